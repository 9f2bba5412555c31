"""HTML is parsed within a bound: depth that only an attack has costs no more than its length, and no word."""

import pytest

from gateway.mail.html import parsed

DEEP = (
    "<div>", "<ul><li>", "<table><tr><td>", "<DIV\n>", "<div></x>", "<div><!-- </div> -->", "<div title='</div>'>",
    "<div><script></div></script>", "<!--><div><!-- -->", "<!---><div><!-- -->", "<!-- --!><div><!-- -->",
    "<svg><title><div>", "<div><svg></svg><script></div></script>",
)  # fmt: skip


def words(source: str) -> str:
    root = parsed(source).root
    return root.text(separator=" ") if root else ""


@pytest.mark.parametrize("tag", DEEP)
def test_depth_without_end_loses_its_tags_and_keeps_its_words(tag):
    page = parsed(tag * 3_000 + "quillwort")
    assert "quillwort" in (page.root.text(separator=" ") if page.root else "")
    assert len(page.css("div, ul, table")) < 3_000


@pytest.mark.parametrize("ends", ["", "</p>"])
def test_a_long_page_keeps_its_tags(ends):
    page = parsed("<body>" + f"<div><p>a<br>{ends}</div>" * 3_000)
    assert len(page.css("div")) == 3_000


def test_a_long_page_with_drawings_keeps_its_tags():
    page = parsed("<style>p > a {}</style>" + "<div><svg><title>a</title><g></g></svg></div>" * 3_000)
    assert len(page.css("div")) == 3_000


@pytest.mark.parametrize(
    "start",
    [
        "<svg><title>",
        "<svg><!-- -",
        "<!--->",
        "<!-- --!",
        "<!--",
        "<!-- -",
        "<script>",
        "<div =",
        '<a b="',
        "<title>",
        "<",
    ],
)
def test_what_has_no_end_takes_no_longer_than_its_length(start):
    """The square of this length would take hours."""
    words(start * 100_000)
