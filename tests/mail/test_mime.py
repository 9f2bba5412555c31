"""The tree of parts: what stands where in the bytes."""

import pytest

from gateway.mail.malformed import MalformedMessage
from gateway.mail.mime import Limits, read_tree
from tests.mail.build import read, with_type


def tree(message):
    return [(part.path, part.content_type, bytes(part.encoded)) for part in message.root.walk()]


def leaves(message):
    return [(part.path, part.encoded.decode()) for part in message.parts]


def test_a_plain_message_is_one_part():
    message = read("Subject: x\n\nHello\n")
    assert tree(message) == [("", "text/plain", b"Hello\r\n")]
    assert message.attachments == ()
    assert [part.text for part in message.bodies] == ["Hello\r\n"]


def test_the_line_end_before_a_border_belongs_to_the_border():
    message = with_type(
        "multipart/mixed; boundary=b", "preamble\n--b\n\none\n--b\n\ntwo\n\n--b--\nepilogue\n"
    )
    assert leaves(message) == [("1", "one"), ("2", "two\r\n")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("--b\n\none\n--b\n\ntwo\n", ["one", "two\r\n"]),  # never closed
        ("--b\n\none\n--b--", ["one"]),
        ("--b  \t\n\none\n--b-- \n", ["one"]),  # white space behind the border
        ("--b\n--b\n\none\n--b--\n", ["", "one"]),
        ("--b\n\n--bb\n--b--\n", ["--bb"]),  # another line that begins like it
        ("--b\n\nx --b\n--b--\n", ["x --b"]),  # not at the start of a line
        ("--b\n\none\n--b--\n--b\n\nhidden\n", ["one"]),
    ],
)
def test_borders(body, expected):
    assert [text for _, text in leaves(with_type("multipart/mixed; boundary=b", body))] == expected


def test_a_border_that_begins_like_another():
    message = with_type(
        "multipart/mixed; boundary=outer",
        "--outer\nContent-Type: multipart/alternative; boundary=outer1\n\n"
        "--outer1\n\none\n--outer1--\n--outer\n\ntwo\n--outer--\n",
    )
    assert leaves(message) == [("1.1", "one"), ("2", "two")]


def test_an_inner_part_ends_with_the_outer_one():
    message = with_type(
        "multipart/mixed; boundary=o",
        "--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\none\n--o\n\ntwo\n--i\n\nthree\n--o--\n",
    )
    assert leaves(message) == [("1.1", "one"), ("2", "two\r\n--i\r\n\r\nthree")]


def test_a_forwarded_message_is_opened():
    message = with_type(
        "multipart/mixed; boundary=b",
        "--b\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\n<p>x</p>\n--b--\n",
    )
    assert [(part.path, part.content_type) for part in message.root.walk()] == [
        ("", "multipart/mixed"),
        ("1", "message/rfc822"),
        ("1.1", "text/html"),
    ]
    assert message.root.children[0].children[0].headers.first("subject") == "inner"


def test_a_forwarded_message_in_base64_is_a_file():
    message = with_type("message/rfc822", "U3ViamVjdDogeAo=\n", "Content-Transfer-Encoding: base64\n")
    assert [part.content for part in message.attachments] == [b"Subject: x\n"]


def test_parts_of_a_digest_are_messages():
    message = with_type("multipart/digest; boundary=b", "--b\n\nSubject: inner\n\nHello\n--b--\n")
    assert tree(message)[1:] == [
        ("1", "message/rfc822", b"Subject: inner\r\n\r\nHello"),
        ("1.1", "text/plain", b"Hello"),
    ]


@pytest.mark.parametrize("declared", ["", "text", "nonsense", "; charset=utf-8"])
def test_what_has_no_type_is_text(declared):
    assert with_type(declared).root.content_type == "text/plain"


@pytest.mark.parametrize(
    ("header", "is_file"),
    [
        ("Content-Type: text/plain", False),
        ("Content-Type: text/html\nContent-Disposition: inline", False),
        ("Content-Type: text/plain; name=notes.txt", True),
        ("Content-Type: text/plain\nContent-Disposition: attachment", True),
        ("Content-Type: text/plain\nContent-Disposition: inline; filename=notes.txt", True),
        ("Content-Type: image/png\nContent-Disposition: inline", True),
        ("Content-Type: text/calendar", True),
        ("Content-Type: application/octet-stream", True),
    ],
)
def test_what_is_a_file(header, is_file):
    message = read(f"{header}\n\nHello\n")
    assert bool(message.attachments) is is_file
    assert bool(message.bodies) is not is_file


def test_text_is_read_under_its_charset():
    assert read("Content-Type: text/plain; charset=utf-8\n\nZoë\n".encode()).root.text == "Zoë\n"
    assert read("Content-Type: text/plain; charset=latin1\n\nZoë\n".encode("latin-1")).root.text == "Zoë\n"
    assert read("Content-Type: text/plain; charset=none-such\n\nZoë\n".encode("latin-1")).root.text == "Zoë\n"


@pytest.mark.parametrize("kind", ["multipart/signed", "multipart/encrypted", "application/pkcs7-mime"])
def test_a_sealed_message_is_known_as_such(kind):
    assert with_type(f"{kind}; boundary=b", "--b\n\nx\n--b--\n").sealed


def test_an_encrypted_part_does_not_seal_the_whole():
    body = "--b\nContent-Type: application/pkcs7-mime\n\nx\n--b--\n"
    assert not with_type("multipart/mixed; boundary=b", body).sealed


def nested(depth: int) -> bytes:
    head = "".join(
        f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(depth)
    )
    return (head + "\nHello\n").encode()


def test_depth_is_limited():
    assert read_tree(nested(30), Limits()).walk()[-1].encoded == b"Hello\n"
    with pytest.raises(MalformedMessage, match="nested more than 30 deep"):
        read_tree(nested(31), Limits())


def test_the_number_of_parts_is_limited():
    def parts(number: int) -> bytes:
        return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * number

    assert len(read_tree(parts(999), Limits()).children) == 999
    with pytest.raises(MalformedMessage, match="more than 1000 parts"):
        read_tree(parts(1_000), Limits())


def test_a_parts_header_is_limited_too():
    body = "--b\nX-A: " + "x" * 200_000 + "\n\nHello\n--b--\n"
    with pytest.raises(MalformedMessage, match="header is longer"):
        with_type("multipart/mixed; boundary=b", body)
