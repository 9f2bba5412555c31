"""Transfer encodings, sound and broken."""

import base64
import binascii

import pytest

from gateway.mail.transfer import decode_body, holds_encoded_file, is_sound, read_encoding

PDF = b"%PDF-1.7 " + bytes(range(256)) * 20


def lines(data: bytes, width: int = 76, end: bytes = b"\r\n") -> bytes:
    text = base64.b64encode(data)
    return end.join(text[start : start + width] for start in range(0, len(text), width)) + end


@pytest.mark.parametrize("length", range(5))
@pytest.mark.parametrize("end", [b"\r\n", b"\n", b" \r\n"])
def test_sound_base64(length, end):
    data = PDF[: len(PDF) - length]
    assert decode_body(lines(data, end=end), "base64") == data
    assert is_sound(lines(data, end=end), "base64")


@pytest.mark.parametrize(
    ("data", "meant"),
    [
        (b"QUJD\r\nREU=\r\nRkdI\r\n", b"ABCDEFGH"),  # padding in the middle
        (b"QUI=QUI=", b"ABAB"),
        (b"QUJDRE", b"ABCD"),  # padding left out
        (b"QUJDR", b"ABC"),  # a character too many
        (b"QU!J*D\x00RA==", b"ABCD"),  # foreign characters
        (b"QUI=\r\n-- \r\nThe list's footer, no base64 at all.", b"AB"),
        (b"====QUJD", b"ABC"),
    ],
)
def test_broken_base64_gives_all_that_any_reader_sees(data, meant):
    assert decode_body(data, "base64") == meant


@pytest.mark.parametrize(
    "data", [b"QUJD\r\nREU=\r\nRkdI", b"QUI=QUI=", b"QUJDR", b"QU!JDRA==", b"QUI=\r\n-- \r\nfooter", b"=QUJD"]
)
def test_base64_over_which_readers_differ_is_unsound(data):
    assert not is_sound(data, "base64")


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("junk", [b"*", b"**", b"\0", b"\0\0\0"])
@pytest.mark.parametrize("place", [0, 5, 76, 500, -1])
def test_foreign_characters_are_noticed_wherever_they_stand(end, junk, place):
    data = lines(PDF, end=end)
    for whole in (data, data[: -len(end)]):
        assert is_sound(whole, "base64")
        assert not is_sound(whole[:place] + junk + whole[place:], "base64")


@pytest.mark.parametrize("data", [b"", b"\r\n", b"QUJD", b"QUI=\r\n\r\n", b"QUJDRE"])
def test_harmless_base64_is_sound(data):
    assert is_sound(data, "base64")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Zo=C3=AB=\r\n Marsh", "Zoë Marsh"),
        (b"Zo=C3=AB= \r\n Marsh", "Zoë Marsh"),  # white space behind the soft break
        (b"Zo=c3=ab =XX", "Zoë =XX"),
        (b"a=", "a"),
    ],
)
def test_quoted_printable(data, text):
    assert decode_body(data, "quoted-printable").decode() == text


def uuencoded(data: bytes, end: bytes = b"\n") -> bytes:
    body = b"".join(
        binascii.b2a_uu(data[start : start + 45]).rstrip(b"\n") + end for start in range(0, len(data), 45)
    )
    return b"begin 644 report.pdf" + end + body + b"`" + end + b"end" + end


def test_uuencode():
    assert decode_body(uuencoded(PDF), "x-uuencode") == PDF
    assert decode_body(uuencoded(PDF, b"\r\n"), "x-uuencode") == PDF


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("length", [1, 44, 45, 46, 90, 200])
def test_one_uuencoded_file_is_sound(length, end):
    assert is_sound(uuencoded(PDF[:length], end), "x-uuencode")


@pytest.mark.parametrize(
    "data",
    [
        b"Zoe has asthma.\n" + uuencoded(PDF),
        uuencoded(PDF) + b"Zoe has asthma.\n",
        uuencoded(PDF) + uuencoded(PDF),
        uuencoded(PDF).replace(b"\nend", b"\n(ZOE MARSH\nend"),
        uuencoded(PDF)[:-4],
        b"Zoe has asthma.",
    ],
    ids=["text before it", "text behind it", "two", "a line more", "no end", "none"],
)
def test_a_uuencoded_body_with_anything_else_in_it_is_unsound(data):
    assert not is_sound(data, "x-uuencode")


@pytest.mark.parametrize("encoding", ["", "7bit", "8bit", "binary", "no-such-encoding"])
def test_anything_else_is_as_it_is(encoding):
    assert decode_body(PDF, encoding) == PDF


@pytest.mark.parametrize(
    ("field", "encoding"),
    [
        ("BASE64", "base64"),
        (' "base64"', "base64"),
        ("base64; x", "base64"),
        ("base64 (c)", "base64"),
        ("", ""),
    ],
)
def test_the_encodings_name(field, encoding):
    assert read_encoding(field) == encoding


@pytest.mark.parametrize(
    "text",
    [
        b"See below\r\n\r\n" + uuencoded(PDF, b"\r\n"),
        b"See below\n\n" + uuencoded(b"short file"),
        b"=ybegin line=128 size=5174 name=report.pdf\r\nabc",
        b"=ybegin part=1 total=2 line=128 size=5174 name=report.pdf\r\nabc",
        b"begin-base64 644 report.pdf\nUERGMS43\n====\n",
        b"Hi\r\n(This file must be converted with BinHex 4.0)\r\n:abc",
    ],
)
def test_a_file_inside_a_text_is_noticed(text):
    assert holds_encoded_file(text)


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 words in\nand then write the essay\nend\n",
        b"We begin 100 metres behind the school\n",
        b"begin 644\n",
        b"=ybegin\n",
        b"begin with BinHex, the oldest of them\n",
    ],
)
def test_prose_is_no_file(text):
    assert not holds_encoded_file(text)
