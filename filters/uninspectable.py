"""
What could not be read to its end is looked at by a person before it leaves.

An attachment that only its recipient can open is not meant: protecting it is
what the policy asks for. A message that is broken so that another program may
show another text, or another file, is.
"""

from collections.abc import Iterator

from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding
from gateway.register.register import Register


class Settings(RuleSettings, frozen=True):
    """This rule has none."""


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for all such attachments, one for the message; inside the agency nothing is disclosed."""
    del settings
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return
    evidence = []
    for part in message.files:
        document = message.facts.documents.get(part.path)
        if document is None or not document.complete:
            name = part.filename or "an attachment without a name"
            evidence.append(Evidence(where=name, why=document.unread if document else "it was not read"))
    if evidence:
        yield Finding(
            rule="uninspectable",
            summary=public(
                "{count} of the attachments could not be read to the end, so nobody can say what is in it.",
                count=len(evidence),
            ),
            evidence=tuple(evidence),
            suggestion="Send it in a usual format (PDF, Word, Excel, a picture), or ask a colleague to release it.",
            kind="attachment",
        )
    if message.defects:
        yield Finding(
            rule="uninspectable",
            summary=public(
                "The message is broken in a way that mail programs read differently, "
                "so nobody can say what its recipient will see."
            ),
            evidence=tuple(
                Evidence(where=f"part {defect.path}" if defect.path else "message", why=defect.text)
                for defect in message.defects
            ),
            suggestion="Write it anew in your mail program, attach its files again, and send that.",
            kind="structure",
        )


FILTER = Filter("uninspectable", Settings, inspect, needs=frozenset({"documents"}))
