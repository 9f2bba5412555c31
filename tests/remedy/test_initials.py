"""A subject is replaced in the wire bytes, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mail.headers import decode_header
from gateway.remedy.edit import headers_of, one_line
from gateway.remedy.initials import initials

HEAD = b"From: t@in.example\r\nSUBJECT:  Re: Zoe\r\n Marsh\r\nTo: a@b.example\r\n"
BODY = b"References: <1@a>\r\n\r\nSubject: Zoe Marsh\r\n\x00\xff\r\n"


def test_only_the_subject_changes():
    assert initials(HEAD + BODY, "Re: Z.M.") == HEAD.replace(b" Re: Zoe\r\n Marsh", b"Re: Z.M.") + BODY


def test_a_second_subject_goes():
    raw = b"Subject: one\r\nTo: a@b.example\r\nSubject: Zoe\r\n\r\n"
    assert initials(raw, "Z.") == b"Subject: Z.\r\nTo: a@b.example\r\n\r\n"


def test_outlooks_topic_changes_along():
    raw = b"Subject: Fwd: RE[2]: Zoe Marsh\r\nThread-Topic: Zoe Marsh\r\nThread-Index: Aa==\r\n\r\n"
    assert (
        initials(raw, "RE: Z.M.") == b"Subject: RE: Z.M.\r\nThread-Topic: Z.M.\r\nThread-Index: Aa==\r\n\r\n"
    )


def test_another_topic_stays():
    raw = b"Subject: Zoe Marsh\r\nThread-Topic: Timetable\r\n\r\n"
    assert b"Thread-Topic: Timetable\r\n" in initials(raw, "Z.M.")


def test_fields_of_blind_copies_go():
    assert initials(b"Bcc: x@y.example,\r\n z@y.example\r\nSubject: a\r\n\r\n", "b") == b"Subject: b\r\n\r\n"


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@y.example", "a\nb: c", "a\x85b: c", "a\u2028b: c", "a\x00b", "a\x0bb"]
)
def test_no_text_starts_a_field_of_its_own(evil: str):
    edited = initials(HEAD + BODY, evil)
    assert [field.name for field in headers_of(edited).fields] == ["from", "subject", "to", "references"]
    assert headers_of(edited).text("subject") == (one_line(evil),)


@given(st.text(max_size=300))
def test_a_reader_sees_the_new_subject_whatever_is_in_it(subject: str):
    edited = initials(HEAD + BODY, subject)
    (field,) = headers_of(edited).all("subject")
    assert decode_header(field.raw) == one_line(subject)
    assert edited.endswith(b"To: a@b.example\r\n" + BODY)
    assert initials(edited, subject) == edited
    assert all(len(line) <= 80 for line in edited[: edited.index(b"To:")].split(b"\r\n"))
