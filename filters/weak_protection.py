"""
A password that is broken in minutes protects nothing for long.

Fires for attachments that open with a password only, but under a cipher that free
programs break: traditional zip encryption, RC4 in old PDF and Office files, 3DES.
What is inside cannot be read, so it is not known whether it is sensitive. The
remedy puts the file into a zip with AES as it is.
"""

from collections.abc import Iterator

from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding, Protect
from gateway.register.register import Register


class Settings(RuleSettings, frozen=True):
    """This rule has none."""


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for all such attachments that leave the agency."""
    del settings
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return
    weak = [
        (part, document)
        for part in message.attachments
        if (document := message.facts.documents.get(part.path)) and document.grade == "weak"
    ]
    if not weak:
        return
    yield Finding(
        rule="weak_protection",
        summary=public("An attachment has a password that can be broken in a short time.")
        if len(weak) == 1
        else public(
            "{count} of the attachments have a password that can be broken in a short time.", count=len(weak)
        ),
        evidence=tuple(
            Evidence(where=part.filename or "an attachment without a name", why=reason)
            for part, document in weak
            for reason in document.reasons[:1]
        ),
        suggestion="Save the file with a password anew in a current program (AES), or send it without a "
        "password and let it be protected on its way.",
        remedy=Protect(tuple(part.path for part, _ in weak)),
    )


FILTER = Filter("weak_protection", Settings, inspect, needs=frozenset({"documents"}), kinds=frozenset())
