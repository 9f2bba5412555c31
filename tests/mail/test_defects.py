"""Defects: where readers may see another message than we do, and only there."""

import pytest

from tests.mail.build import kinds, read, with_header, with_type
from tests.mail_programs import PROGRAMS, File, Letter, as_message


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Subject: one\r\nSubject: two", "field_twice"),
        ("From: a@x.example\r\nFrom: b@x.example", "field_twice"),
        ("To: a@x.example\r\nTo: b@x.example", "field_twice"),
        ("Content-Type: text/plain\r\nContent-Type: text/html", "field_twice"),
        ("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64", "field_twice"),
        ("Content-Disposition: inline\r\nContent-Disposition: attachment; filename=a.pdf", "field_twice"),
        ("Subject: Zo\0e", "header_nul"),
        ("Subject: x\r\nno field at all\r\nTo: a@x.example", "header_broken"),
        (" Subject: x\r\nTo: a@x.example", "header_broken"),
        ("Subject: x\r\nContent-Type: message/partial; id=a; number=1", "elsewhere"),
        ("Subject: x\r\nContent-Type: message/external-body; access-type=ftp", "elsewhere"),
        ("Subject: x\r\nContent-Type: multipart/mixed", "parts_missing"),
        ("Subject: x\r\nContent-Type: multipart/mixed; boundary=b", "parts_missing"),
    ],
)
def test_a_header_that_readers_differ_over(header, kind):
    assert kinds(with_header(header)) == [kind]


@pytest.mark.parametrize(
    "header",
    [
        "Subject: one\r\nSubject:  one",  # said twice, but the same
        "Subject: one\r\nReceived: a\r\nReceived: b\r\nX-A: 1\r\nX-A: 2",
        "Subject: one\r\nContent-Type: text/plain; charset=none-such",
        "Subject: one\r\nContent-Transfer-Encoding: eightbit",
        "X-Empty:",
    ],
)
def test_a_header_that_is_only_untidy(header):
    assert kinds(with_header(header)) == []


def test_a_message_without_any_header_is_text():
    assert kinds(read("Just a line of text\nand another\n")) == []
    assert kinds(read("")) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("--b\n\none\n--b--\n--b\n\nhidden\n--b--\n", "parts_behind_end"),
        (
            "--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nQUJD=QUJD\n--b--\n",
            "base64_broken",
        ),
        (
            "--b\nContent-Type: application/pdf\njunk\nContent-Transfer-Encoding: base64\n\nQUJD\n--b--\n",
            "header_broken",
        ),
        ("--b\n junk\nContent-Transfer-Encoding: base64\n\nQUJD\n--b--\n", "header_broken"),
        (
            "--b\nContent-Transfer-Encoding: x-uuencode\n\nZoe\nbegin 644 a.txt\n%:&5L;&\\`\n`\nend\n--b--\n",
            "base64_broken",
        ),
        ("--b\n\nbegin 644 a.txt\n%:&5L;&\\`\n`\nend\n--b--\n", "file_in_text"),
    ],
)
def test_a_body_that_readers_differ_over(body, kind):
    assert kinds(with_type("multipart/mixed; boundary=b", body)) == [kind]


def test_parts_that_are_encoded_as_a_whole():
    message = with_type(
        "multipart/mixed; boundary=b", "--b\n\nx\n--b--\n", "Content-Transfer-Encoding: base64\n"
    )
    assert kinds(message) == ["parts_encoded"]


@pytest.mark.parametrize(
    "body",
    [
        "--b\n\none\n",  # never closed
        "--b\n\none\n--b--\nsome text behind it\n",
        "--b\none line that is no header\n--b--\n",
        "--b\n\n--b\n\n--b--\n",
    ],
)
def test_a_body_that_is_only_untidy(body):
    assert kinds(with_type("multipart/mixed; boundary=b", body)) == []


def test_a_defect_names_the_part_and_nothing_private():
    body = "--b\n\nSecret Zoë\n--b\nContent-Transfer-Encoding: base64\n\nQUJD=QUJD\n--b--\n"
    (defect,) = with_type("multipart/mixed; boundary=b", body).defects
    assert defect.path == "2"
    assert "Zo" not in defect.text


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_what_mail_programs_write_has_none(program):
    letter = Letter(
        subject="Übung",
        text="Grüße\n",
        files=(
            File("Zoë.pdf", b"%PDF" * 999, "application/pdf"),
            File("a.png", b"PNG", "image/png", inline=True),
        ),
    )
    assert as_message(letter, program).defects == ()
