"""
Input that takes the standard library seconds, or to its knees.

Each must come to a decision, a message or MalformedMessage, within the test's
time-out, which is hundreds of times what it takes: a busy machine keeps to it,
and what grows with a square does not.
"""

import pytest

from gateway.mail.address import parse_addresses
from gateway.mail.headers import decode_header
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.mime import Limits
from gateway.mail.parameters import read_value
from tests.mail.build import ENVELOPE, read

pytestmark = pytest.mark.timeout(60)

REFUSED = {
    "a subject of 9 kB": b"Subject: " + b"a " * 4_500,
    "20,000 addresses": b"To: "
    + b",\r\n ".join(b"Person %d <p%d@x.example>" % (i, i) for i in range(20_000)),
    "5,000 parameters": b"Content-Type: text/plain" + b"".join(b"; p%d=x" % i for i in range(5_000)),
    "20,000 Received": b"Received: from a.example by b.example; Mon, 12 Oct 2026 15:20:00 +0000\r\n" * 20_000,
    "100,000 fields": b"X: y\r\n" * 100_000,
    "a line of 10 MB": b"Subject: " + b"x" * 10_000_000,
    "a field of 1 MB": b"Subject: " + b"x" * 70 + b"\r\n x" * 250_000,
    "200,000 parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 200_000,
    "multipart 1,000 deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(1_000)
    ),
    "multipart 10,000 deep, one border": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 10_000,
    "rfc822 3,000 deep": b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    "lines that look like a border": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--bb\r\n" * 1_000_000,
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_more_than_anybody_writes_is_refused(raw):
    with pytest.raises(MalformedMessage):
        read(raw + b"\r\n\r\nHello\r\n")


READ = {
    "50,000 semicolons": b"Content-Type: text/plain" + b";" * 50_000,
    "50,000 semicolons and spaces": b"Content-Type: text/plain" + b"; " * 50_000,
    "3,000 parentheses in a type": b"Content-Type: text/plain " + b"(" * 3_000,
    "3,000 parentheses in To": b"To: " + b"(" * 3_000,
    "3,000 comments in comments": b"To: " + b"(" * 3_000 + b")" * 3_000 + b" a@x.example",
    "a boundary of 100 kB": b"Content-Type: multipart/mixed; boundary=" + b"b" * 100_000,
    "an empty boundary": b'Content-Type: multipart/mixed; boundary=""',
    "2,000 addresses": b"To: " + b", ".join(b"Person %d <p%d@x.example>" % (i, i) for i in range(2_000)),
    "100 Received": b"Received: from a.example by b.example\r\n" * 100 + b"Subject: x",
}


@pytest.mark.parametrize("raw", READ.values(), ids=READ)
def test_what_is_only_odd_is_read(raw):
    message = read(raw + b"\r\n\r\nHello\r\n")
    assert message.root.encoded == b"Hello\r\n"
    assert message.defects is not None


def test_a_long_list_is_read_to_its_end():
    message = read(READ["2,000 addresses"] + b"\r\n\r\n")
    assert [box.address for box in message.visible][::1_999] == ["p0@x.example", "p1999@x.example"]


# Whatever a pattern might stumble over, as long as a header may be.
_PIECES = [
    "(",
    ")",
    "((a",
    "<",
    "<a",
    '"',
    '"a',
    "\\",
    '"\\',
    "(\\",
    '<"',
    "=?",
    "=?a?q?",
    "=?a?q?x",
    ",",
    ";",
    ":",
]
_PIECES += [
    "; ",
    ": ",
    "a:",
    "@",
    "@ ",
    "a@b ",
    "a@:",
    "<>",
    "()",
    " ",
    "\t",
    "a",
    "a=",
    'a="',
    "=",
    "*",
    "a*0*=",
    "'",
]
_PIECES += [
    "?",
    "?=",
    "=?utf-8?B?QQ==?= ",
    "=?utf-8?Q?=C3?=",
    "\u2028",
    "é",
    "[",
    "]",
    ".",
    "\r\n ",
    "\r",
    "\n",
]


@pytest.mark.parametrize("piece", _PIECES)
def test_no_pattern_is_more_than_linear(piece):
    text = piece * (131_072 // len(piece))
    raw = text.encode()
    parse_addresses(text)
    parse_addresses(f"Ana <a@x.example>, {text}")
    decode_header(raw)
    for start in (b"", b"text/plain; ", b'text/plain; name="', b"text/plain (", b"text/plain; name="):
        try:
            read_value(start + raw)
        except MalformedMessage:
            continue


def test_a_body_of_many_lines_costs_no_more_than_its_bytes():
    """Nothing in the tree reads a body line by line: the parts are found by their border alone."""
    body = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"a line of text\r\n" * 1_000_000 + b"--b--\r\n"
    message = read(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body)
    assert len(message.parts[0].encoded) == 16_000_000 - 2


@pytest.mark.parametrize(
    "field", [b"Subject", b"From", b"To", b"Cc", b"Content-Type", b"Content-Disposition"]
)
def test_a_fault_anywhere_in_the_reader_is_malformed(field, monkeypatch):
    """The wall: any exception of a part of the parser becomes the one that means "hold it"."""

    def broken(*_: object) -> None:
        raise RecursionError

    for place in ("gateway.mail.headers.decode_text", "gateway.mail.address.decode_text"):
        monkeypatch.setattr(place, broken)
    monkeypatch.setattr("gateway.mail.parameters.decode_text", broken)
    with pytest.raises(MalformedMessage, match="structure cannot be read"):
        Message.parse(field + b": a/b; \xe9\r\n\r\n", ENVELOPE, Limits())
