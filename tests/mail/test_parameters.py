"""Content-Type and Content-Disposition, and the names of files in them."""

import pytest

from gateway.mail.malformed import MalformedMessage
from gateway.mail.parameters import read_value
from tests.mail.build import read


@pytest.mark.parametrize(
    ("raw", "word", "parameters"),
    [
        (b" Text/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'text/plain (a; b); charset="utf-8" (c)', "text/plain", {"charset": "utf-8"}),
        (b"multipart/mixed boundary=abc", "multipart/mixed", {"boundary": "abc"}),
        (b'multipart/mixed;\r\n\tboundary="a b"', "multipart/mixed", {"boundary": "a b"}),
        (b'"text/plain"; a=b', "text/plain", {"a": "b"}),
        (b"text/plain;;; ;charset=x;", "text/plain", {"charset": "x"}),
        (b"text/plain; junk; charset=x", "text/plain", {"charset": "x"}),
        (b"text/plain; charset=x (comment); name=y", "text/plain", {"charset": "x", "name": "y"}),
        (b"a/b; name=school report (1).pdf; x=y", "a/b", {"name": "school report (1).pdf", "x": "y"}),
        (b'a/b; name="a\\"b"', "a/b", {"name": 'a"b'}),
        (b'a/b; name="never closed; x=y', "a/b", {"name": "never closed; x=y"}),
        (b'a/b; name="a\r\n b.pdf"', "a/b", {"name": "a b.pdf"}),
        (b"", "", {}),
        (b";;;", "", {}),
    ],
)
def test_value_and_parameters(raw, word, parameters):
    value = read_value(raw)
    assert (value.word, value.parameters) == (word, parameters)


@pytest.mark.parametrize(
    "raw",
    [
        b"attachment; filename*=utf-8''Zo%C3%AB.pdf",
        b"attachment; filename*=utf-8'en'Zo%C3%AB.pdf",
        b"attachment; filename*=iso-8859-1''Zo%EB.pdf",
        b"attachment; filename*0*=utf-8''Zo%C3; filename*1*=%AB; filename*2=.pdf",
        b"attachment; filename*1=\".pdf\"; filename*0*=utf-8''Zo%C3%AB",
        b'attachment; filename="=?utf-8?Q?Zo=C3=AB=2Epdf?="',
        b'attachment; filename="=?utf-8?B?Wm/D?=\r\n =?utf-8?B?qy5wZGY=?="',
        b"attachment; filename==?utf-8?Q?Zo=C3=AB.pdf?=",
        'attachment; filename="Zoë.pdf"'.encode(),
        'attachment; filename="Zoë.pdf"'.encode("cp1252"),
        b"attachment; filename*=Zo%C3%AB.pdf",  # no charset given
    ],
)
def test_a_file_name_in_every_coding(raw):
    assert read_value(raw).parameters["filename"] == "Zoë.pdf"


def test_a_second_name_is_not_forgotten():
    value = read_value(b"attachment; filename=a.pdf; filename*=utf-8''b.pdf; filename=c.pdf")
    assert value.parameters["filename"] == "b.pdf"
    assert [name for _, name in value.others] == ["c.pdf", "a.pdf"]


def test_a_boundary_is_never_decoded():
    assert read_value(b'multipart/mixed; boundary="=?utf-8?Q?a?="').parameters["boundary"] == "=?utf-8?Q?a?="


def test_more_parameters_than_anybody_writes_are_refused():
    with pytest.raises(MalformedMessage, match="more than 200 parameters"):
        read_value(b"a/b" + b"".join(b"; p%d=x" % number for number in range(201)))


@pytest.mark.parametrize(
    ("disposition", "shown"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\Users\\\\tom\\\\report.doc"', "report.doc"),
        ('filename="a/"', "a"),
        ('filename="/"', "/"),
        ('filename="a\tb.pdf"', "a b.pdf"),
        ("filename*=utf-8''a%00b%0D%0AX.pdf", "a b  X.pdf"),
        ('filename=" report.pdf "', "report.pdf"),
    ],
)
def test_a_file_name_is_one_visible_step_of_a_path(disposition, shown):
    message = read(f"Content-Type: application/pdf\nContent-Disposition: attachment; {disposition}\n\nx\n")
    assert message.attachments[0].filename == shown


def test_every_name_that_a_reader_may_show_is_known():
    message = read(
        'Content-Type: application/pdf; name="one.pdf"\n'
        "Content-Disposition: attachment; filename=two.pdf; filename*=utf-8''three.pdf\n\nx\n"
    )
    assert message.attachments[0].names == ("three.pdf", "one.pdf", "two.pdf")
