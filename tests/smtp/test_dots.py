"""Dots at the start of lines: found wherever they are, and by the plain rule."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp import dots
from gateway.smtp.content import has_bare_line_ends
from gateway.smtp.dots import find_end, stuff, unstuff

PIECES = st.lists(
    st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"\r\n.\r\n", b". " * 300]), max_size=12
)


@given(PIECES.map(b"".join))
def test_the_end_is_where_a_plain_search_finds_it(block):
    assert find_end(block) == block.find(b"\r\n.\r\n")


@given(PIECES.map(b"".join))
def test_stuffing_is_by_the_plain_rule(content):
    plain = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    assert stuff(content) == plain


@given(PIECES.map(b"".join))
def test_unstuffing_undoes_it(content):
    assert unstuff(stuff(content)) == content


@given(PIECES.map(b"".join))
def test_a_bare_line_end_is_one_without_its_partner(content):
    assert has_bare_line_ends(content) == any(
        each in content.replace(b"\r\n", b"") for each in (b"\r", b"\n")
    )


def test_what_has_no_dot_at_the_start_of_a_line_is_not_copied():
    content = b"A line. And another.\r\n" * 1_000
    assert stuff(content) is content
    assert unstuff(content) is content


def test_a_dot_behind_many_in_vain_is_found():
    content = b"a.b " * (dots._IN_VAIN + 5) + b"\r\n.x"
    assert stuff(content).endswith(b"\r\n..x")
    assert find_end(content + b"\r\n.\r\n") == len(content)


def test_the_end_is_found_at_every_place_around_the_border_of_a_stretch():
    text = b"a." * (dots._IN_VAIN + 2)
    for filler in range(dots._STRETCH - 20, dots._STRETCH + 20):
        content = text + b"a" * filler + b"\r\n.\r\n"
        assert find_end(content) == len(text) + filler
        assert stuff(content).endswith(b"a\r\n..\r\n")
