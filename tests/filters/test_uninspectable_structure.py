"""A message that mail programs read differently is looked at before it leaves the agency."""

from datetime import UTC, datetime

import pytest

from filters.uninspectable import FILTER
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.register.model import People
from gateway.register.register import Agency, Register
from tests.mail_programs import PROGRAMS, Letter, as_message

REGISTER = Register(People(), Agency(domains=("brightpath-tutors.example",)))
TWICE = b"Subject: A lesson\r\nSubject: About Zoe Marsh\r\n\r\nHello\r\n"


def found(message: Message):
    return list(FILTER.inspect(message, REGISTER, FILTER.settings()))


def to(address: str, raw: bytes) -> Message:
    envelope = Envelope(
        mail_from="tom@brightpath-tutors.example",
        recipients=(Recipient(address),),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    return Message.parse(raw, envelope)


def test_two_subjects_are_a_finding_that_quotes_neither():
    (finding,) = found(to("ana@family.example", TWICE))
    assert finding.kind == "structure"
    assert [evidence.where for evidence in finding.evidence] == ["message"]
    assert "Zoe" not in finding.summary + finding.evidence[0].why


def test_a_broken_part_is_named_by_its_place():
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n"
        b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD=QUJD\r\n--b--\r\n"
    )
    (finding,) = found(to("ana@family.example", raw))
    assert [evidence.where for evidence in finding.evidence] == ["part 2"]


def test_inside_the_agency_nothing_is_disclosed():
    assert found(to("office@brightpath-tutors.example", TWICE)) == []


@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - {"outlook_rich_text"}))
def test_what_mail_programs_write_is_no_finding(name):
    assert found(as_message(Letter(subject="Übung für Donnerstag"), PROGRAMS[name])) == []
