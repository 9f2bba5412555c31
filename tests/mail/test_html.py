"""HTML is parsed within a bound: depth that only an attack has costs no more than its length, and no word."""

import pytest

from gateway.mail.html import _may_go_on, parsed

DEEP = (
    "<div>", "<ul><li>", "<table><tr><td>", "<DIV\n>", "<div></x>", "<div><!-- </div> -->", "<div title='</div>'>",
    "<div><script></div></script>", "<!--><div><!-- -->", "<!---><div><!-- -->", "<!-- --!><div><!-- -->",
    "<svg><title><div>", "<div><svg></svg><script></div></script>",
    "<div><table><tr><td></div></table>", "<svg><g><![CDATA[</g>]]><div>", "<div><script><!--<script></script></div></script>",
    "<svg><desc><p></desc></svg>", "<svg><style><a title='</style><!--'><div>",
)  # fmt: skip


def words(source: str) -> str:
    root = parsed(source).root
    return root.text(separator=" ") if root else ""


# What hides all that follows from whoever takes the first for a comment, a quotation or a raw element.
HIDING = (
    "<a title='<!--'>",
    "<a title='<script>'>",
    '<div =">',
    "<select><xmp></select>",
    "<svg><style><a title='</style><!--'>",
)


@pytest.mark.parametrize("start", HIDING)
def test_depth_behind_what_is_no_beginning_is_seen(start):
    page = parsed(start + "<div>" * 8_000 + "quillwort")
    assert len(page.css("div")) < 8_000
    assert "quillwort" in (page.root.text() if page.root else "")


@pytest.mark.parametrize(
    "source",
    [
        "".join(f"<b id={number}><p>" for number in range(2_000)),
        "".join(f"<b><i id={number}></b>x" for number in range(2_000)),
        "<div " + " ".join(f"a{number}" for number in range(20_000)) + ">",
    ],
    ids=["paragraphs", "elements that overlap", "attributes"],
)
def test_what_multiplies_in_the_parser_loses_its_tags(source):
    """Each paragraph would begin with all that is bold and not yet closed; two million elements, ten seconds."""
    assert not parsed(source).css("b, i, div")


@pytest.mark.parametrize("tag", DEEP)
def test_depth_without_end_loses_its_tags_and_keeps_its_words(tag):
    page = parsed(tag * 8_000 + "quillwort")
    assert "quillwort" in (page.root.text(separator=" ") if page.root else "")
    assert len(page.css("div, ul, table")) < 8_000


@pytest.mark.parametrize("ends", ["", "</p>"])
def test_a_long_page_keeps_its_tags(ends):
    page = parsed("<body>" + f"<div><p>a<br>{ends}</div>" * 3_000)
    assert len(page.css("div")) == 3_000


def test_a_page_of_sloppy_pairs_keeps_its_tags():
    page = parsed("<div><b>x</div>" * 1_500)
    assert len(page.css("div")) == 1_500


def test_a_picture_that_stands_in_its_address_costs_no_tags():
    page = parsed(f'<img src="data:image/png;base64,{"iVBOR/+w0" * 20_000}"><div>x</div>')
    assert len(page.css("img, div")) == 2


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


@pytest.mark.parametrize(
    ("script", "expected"),
    [("<!--" * 200_000, False), ("<script><!--", False), ("<!-- a <SCRIPT", True), ("<!--\n<script>", True)],
    ids=["what has no end", "before it", "capitals", "on the next line"],
)
def test_a_script_within_a_comment_of_a_script_may_go_on(script, expected):
    assert _may_go_on(script, otherwise=False) is expected
