"""Somebody may be called like a person of history or a saying: a fixed expression never hides a full name of the register."""

from datetime import UTC, datetime

import pytest

from filters.subject_name import FILTER
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.register.model import People, Pupil
from gateway.register.register import Agency, Register
from gateway.register.vocabulary import PHRASES

PAIRS = sorted(phrase for phrases in PHRASES.values() for phrase in phrases if len(phrase) == 2)


@pytest.mark.parametrize("phrase", PAIRS[:: len(PAIRS) // 40], ids=" ".join)
def test_a_full_name_that_is_a_fixed_expression_too_is_found(phrase: tuple[str, str]) -> None:
    given, family = (word.capitalize() for word in phrase)
    register = Register(
        People(pupils=(Pupil(id="p1", given_name=given, family_name=family),)), Agency(domains=("a.example",))
    )
    raw = f"From: tom@a.example\r\nTo: head@school.example\r\nSubject: Progress report for {given} {family}\r\n\r\nHello\r\n"
    envelope = Envelope(
        mail_from="tom@a.example",
        recipients=(Recipient("head@school.example"),),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    findings = list(FILTER.inspect(Message.parse(raw.encode(), envelope), register, FILTER.settings()))
    assert [each.rule for each in findings] == ["subject_name"]
