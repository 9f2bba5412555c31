"""The invented agency of the labelled cases, and messages that its tutor sends."""

from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.register.model import People
from gateway.register.register import Agency, Register

FILE = Path(__file__).parent.parent / "cases" / "headers" / "register.json"
DOMAIN = "lindenmere-tutors.example"
TUTOR = f"wilfred@{DOMAIN}"


@cache
def register() -> Register:
    """The agency's register."""
    people = msgspec.json.decode(FILE.read_bytes(), type=People)
    return Register(people, Agency("Lindenmere", (DOMAIN,)))


def message(
    subject="Lesson notes",
    to="angharad-mum@homepost.example",
    *,
    cc="",
    rcpt=None,
    sender=TUTOR,
    now="2026-10-12T16:20:00+01:00",
    fields="",
    body="Please see our lesson plan.",
    facts=None,
) -> Message:
    """A message; its envelope goes to whom it shows, unless *rcpt* says otherwise."""
    raw = subject if isinstance(subject, bytes) else subject.encode()
    head = f"From: Wilfred Askew <{TUTOR}>\r\nTo: {to}\r\n" + (f"Cc: {cc}\r\n" if cc else "") + fields
    wire = head.encode() + b"Subject: " + raw + b"\r\n"
    wire += body if isinstance(body, bytes) else b"\r\n" + body.encode() + b"\r\n"
    shown = [each.strip() for each in f"{to},{cc}".split(",") if each.strip()]
    envelope = Envelope(
        mail_from=sender,
        recipients=tuple(map(Recipient, rcpt if rcpt is not None else shown)),
        received_at=datetime.fromisoformat(now),
    )
    made = Message.parse(wire, envelope)
    return made.with_facts(facts) if isinstance(facts, Facts) else made


def findings(rule, made, **settings):
    """What one rule finds in a message."""
    return list(rule.inspect(made, register(), rule.settings(**settings)))
