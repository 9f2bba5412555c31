"""No page is left out of those that a browser looks at."""

from tests.browser.test_pictures import FRAME, NO_PAGES, WALKS, every_page


def test_every_page_is_examined_in_the_browser():
    """A new page needs a place in one of the walks of tests/browser/test_pictures.py."""
    assert every_page() == set().union(*WALKS.values(), {FRAME})


def test_what_is_said_to_be_no_page_is_there():
    assert every_page().isdisjoint(NO_PAGES)
