"""The block reader finds the one end of a message wherever the blocks are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.smtp.content import ContentReader, has_bare_line_ends, has_nul

PIECES = st.lists(st.sampled_from([b"\r\n", b".", b"..", b"a", b"\r", b"\n", b"\r\n.", b"\0"]), max_size=12)


def stuffed(content: bytes) -> bytes:
    """What a client sends for *content*, whose lines end in CRLF."""
    return (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


@given(st.lists(st.sampled_from([b"", b".", b"..", b"a.", b".a", b"abc"]), max_size=8), st.data())
def test_what_was_stuffed_comes_back_however_it_is_cut(lines: list[bytes], data: st.DataObject) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    wire = stuffed(content) + b"QUIT\r\n"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    blocks = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    reader = ContentReader(1_000)
    for number, block in enumerate(blocks):
        rest = reader.feed(block)
        if rest is not None:
            assert rest + b"".join(blocks[number + 1 :]) == b"QUIT\r\n"
            break
    else:
        pytest.fail("no end found")
    assert reader.take() == content


@given(PIECES, st.integers(1, 5))
def test_the_end_does_not_depend_on_the_packets(pieces: list[bytes], step: int) -> None:
    wire = b"".join(pieces) + b"\r\n.\r\nX"
    whole = ContentReader(1_000)
    rest = whole.feed(wire)
    slow = ContentReader(1_000)
    for start in range(0, len(wire), step):
        left = slow.feed(wire[start : start + step])
        if left is not None:
            assert left + wire[start + step :] == rest
            break
    assert slow.take() == whole.take()


def test_too_much_is_dropped_and_counted() -> None:
    reader = ContentReader(10)
    assert reader.feed(b"x" * 11) is None
    assert reader.feed(b"y" * 1_000) is None
    assert reader.feed(b"\r\n.\r\nQUIT") == b"QUIT"
    assert reader.too_large
    assert reader.take() == b""


def test_a_message_at_the_limit_is_kept() -> None:
    reader = ContentReader(12)
    assert reader.feed(b"0123456789\r\n.\r\n") == b""
    assert not reader.too_large
    assert reader.take() == b"0123456789\r\n"


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"\r\n\n", b"\r\r\n", b"\n\r", b"a\n", b"\r"])
def test_bare_line_ends_are_seen(content: bytes) -> None:
    assert has_bare_line_ends(content)


@pytest.mark.parametrize("content", [b"", b"a\r\n", b"\r\n\r\n", b"a"])
def test_proper_lines_are_fine(content: bytes) -> None:
    assert not has_bare_line_ends(content)
    assert not has_nul(content)
