"""
Sensitive information belongs into a protected attachment, not into the text (SPT 6.2.1).

Weighs subject and text as an attachment is weighed. What the text merely quotes
from its recipients is left out.
"""

from collections.abc import Iterator

from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Finding
from gateway.register.register import Register
from gateway.sensitivity.assessment import LEVELS, Level
from gateway.sensitivity.classify import assess
from gateway.sensitivity.evidence import evidence_of
from gateway.sensitivity.written import written


class Settings(RuleSettings, frozen=True):
    """*threshold* is the least level of sensitivity that counts."""

    threshold: Level = "high"


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """At most one finding: what the message itself says, if it leaves the agency."""
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return
    text = written(message)
    made = assess(text, register)
    if made.level is None or LEVELS.index(made.level) < LEVELS.index(settings.threshold):
        return
    yield Finding(
        rule="sensitive_body",
        summary=public("The text of the message holds sensitive data about a pupil."),
        evidence=tuple(evidence_of(text, made)),
        suggestion="Write it into a document, protect that with a password, and send it attached.",
        confidence=made.level,
        about=made.about,
    )


FILTER = Filter("sensitive_body", Settings, inspect, kinds=frozenset())
