"""Header fields as a reader sees them."""

import base64

import pytest

from gateway.mail.headers import decode_header, read_headers
from gateway.mail.malformed import MalformedMessage
from tests.mail.build import with_header


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"=?utf-8?Q?Zo=C3=AB_Marsh?=", "Zoë Marsh"),
        (b"=?UTF-8?b?Wm/DqyBNYXJzaA==?=", "Zoë Marsh"),
        (b"=?iso-8859-1?Q?Zo=EB?= Marsh", "Zoë Marsh"),
        (b"About =?iso-8859-1?Q?Zo=EB?=", "About Zoë"),
        (b"=?utf-8?Q?Zo=C3?= =?utf-8?Q?=AB?=", "Zoë"),  # a character cut in two
        (b"=?utf-8?Q?Zo=C3?=\r\n =?utf-8?B?qw==?=", "Zoë"),  # in two codings
        (b"=?utf-8?B?Wm/D?=\r\n\t=?UTF-8?B?qw==?=", "Zoë"),
        (b"=?utf-8?Q?Zo?= =?utf-8?Q?=C3=AB?= Marsh", "Zoë Marsh"),
        (b"=?utf-8?Q?Zo=C3=AB Marsh?=", "Zoë Marsh"),  # raw spaces
        (b"=?utf-8?Q?Where is Zo=C3=AB? Here?=", "Where is Zoë? Here"),  # a raw question mark
        (b"=?utf-8*en?Q?Zo=C3=AB?=", "Zoë"),  # RFC 2231, 5
        (b"=?utf-8?B?Wm/Dqw?=", "Zoë"),  # padding left out
        (b"=?utf-8?B?Wm/D\r\n qw==?=", "Zoë"),  # folded inside
        (b"=?utf-8?B?Wm/Dqw==", "Zoë"),  # cut off
        (b"a=?utf-8?Q?b?=c", "abc"),
        (b"=?x-unknown?Q?Zo=C3=AB?=", "Zoë"),
        (b"=?no-such-charset?Q?Zo=EB?=", "Zoë"),
        (b"=?us-ascii?Q?Zo=C3=AB?=", "Zoë"),
        (b"=?iso-8859-1?Q?Zo=C3=AB?=", "Zoë"),  # UTF-8 under a wrong label
        (b"=?utf-8?Q?Zo=EB?=", "Zoë"),  # the other way round
        (b"=?utf-7?Q?Zo+AOs-?=", "Zoë"),
        ("Zoë Marsh".encode(), "Zoë Marsh"),
        ("Zoë Marsh".encode("cp1252"), "Zoë Marsh"),
        (b"Zoe\r\n Marsh", "Zoe Marsh"),
        (b"Zoe\r\n\tMarsh", "Zoe Marsh"),
        (b"Zoe\rMarsh", "Zoe Marsh"),
        (b'"=?utf-8?Q?Zo=C3=AB?="', '"Zoë"'),
        (b"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=", "=?utf-8?Q?x?="),  # nobody decodes twice
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"2 =? 3 and ?= 4", "2 =? 3 and ?= 4"),
        (b"=?utf-8?Q??=", ""),
        (b"", ""),
    ],
)
def test_a_subject_is_shown_as_mail_programs_show_it(raw, shown):
    assert decode_header(raw) == shown


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-2022-jp", "数学の授業"),
        ("gb18030", "数学课程"),
        ("gb2312", "数学课程"),
        ("big5", "數學課程"),
        ("koi8-r", "Урок математики"),
        ("windows-1251", "Урок математики"),
        ("euc-kr", "수학 수업"),
        ("windows-1256", "درس الرياضيات"),
        ("iso-8859-2", "Łukasz, Żółć"),
        ("utf-16", "Zoë"),
    ],
)
def test_charsets_of_the_world(charset, text):
    coded = base64.b64encode(text.encode(charset)).decode()
    assert decode_header(f"=?{charset}?B?{coded}?=".encode()) == text


@pytest.mark.parametrize(
    "label", ["unicode_escape", "raw_unicode_escape", "idna", "rot13", "zlib", "a\0b", "é"]
)
def test_pythons_other_codecs_are_no_charsets(label):
    assert decode_header(f"=?{label}?Q?=5Cu005A?=".encode()).endswith("\\u005A")


def test_no_surrogate_comes_out_of_any_charset():
    assert decode_header(b"=?utf-7?Q?+2AA-?=").encode() == "\ufffd".encode()


def test_offsets_give_every_field_with_its_folds():
    raw = b"A: 1\r\nB :2\r\n 3\r\n\r\nbody"
    headers, body = read_headers(raw, 0, len(raw), 1_000)
    assert [(field.name, raw[field.start : field.end]) for field in headers.fields] == [
        ("a", b"A: 1\r\n"),
        ("b", b"B :2\r\n 3\r\n"),
    ]
    assert raw[body:] == b"body"
    assert not headers.broken


@pytest.mark.parametrize(
    ("raw", "names", "body", "broken"),
    [
        (b"", [], b"", False),
        (b"\r\nbody", [], b"body", False),
        (b"A: 1", ["a"], b"", False),
        (b"A: 1\r\n", ["a"], b"", False),
        (b"A: 1\n\nbody", ["a"], b"body", False),
        (b"A: 1\r\nno field\r\nB: 2\r\n\r\n", ["a"], b"no field\r\nB: 2\r\n\r\n", True),
        (b"From tom Mon Oct 12\r\nA: 1\r\n\r\nbody", ["a"], b"body", False),
        (b" A: 1\r\n\r\nbody", [], b" A: 1\r\n\r\nbody", True),
        (b": x\r\n\r\n", [], b": x\r\n\r\n", True),
        ("Ä: 1\r\n\r\n".encode(), [], "Ä: 1\r\n\r\n".encode(), True),
    ],
)
def test_where_a_header_ends(raw, names, body, broken):
    headers, start = read_headers(raw, 0, len(raw), 1_000)
    assert [field.name for field in headers.fields] == names
    assert raw[start:] == body
    assert headers.broken is broken


def test_a_header_over_the_limit_is_refused():
    raw = b"A: " + b"x" * 100
    with pytest.raises(MalformedMessage, match="longer than 50 bytes"):
        read_headers(raw, 0, len(raw), 50)


def test_fields_of_one_name_are_all_there():
    message = with_header("Subject: one\r\nsubject: two")
    assert message.headers.text("subject") == ("one", "two")
    assert message.subject == "one"
    assert "subject" in message.headers
    assert message.headers.first("x-none") == ""


@pytest.mark.timeout(300)
def test_many_fields_of_one_name_cost_no_more_than_as_many_of_different_names():
    # Not a race: gathered in tuples, each made anew, they took an hour; as they are, a second or two.
    headers, _ = read_headers(b"X: y\r\n" * 200_000 + b"\r\n", 0, 1_200_002, 2_000_000)
    assert len(headers.all("x")) == 200_000
