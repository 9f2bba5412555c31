"""
Sensitive data about a pupil travels in an attachment that is password-protected or encrypted.

Fires for an attachment (a forwarded message is one, its text included) that opens without a password, holds special-category
data about an identifiable pupil, and goes to anybody outside the agency.
"""

from collections.abc import Iterator

from gateway.mail.document import Document
from gateway.mail.message import Message
from gateway.mail.mime import Part
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding, Protect
from gateway.register.register import Register
from gateway.sensitivity.assessment import LEVELS, Assessment, Level
from gateway.sensitivity.evidence import evidence_of
from gateway.sensitivity.titled import assess_file


class Settings(RuleSettings, frozen=True):
    """*threshold* is the least level of sensitivity that counts."""

    threshold: Level = "medium"


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for all the attachments that need protection."""
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return
    found: list[tuple[Part, Document, Assessment]] = []
    for part in message.files:
        document = message.facts.documents.get(part.path)
        if document is None or document.protection == "protected":
            continue
        read, assessment = assess_file(document, part.filename or "", register)
        if assessment.level and LEVELS.index(assessment.level) >= LEVELS.index(settings.threshold):
            found.append((part, read, assessment))
    if not found:
        return
    levels = [assessment.level for _, _, assessment in found if assessment.level]
    yield Finding(
        rule="unprotected_attachment",
        summary=public("An attachment can be opened by anybody, and holds sensitive data about a pupil.")
        if len(found) == 1
        else public(
            "{count} of the attachments can be opened by anybody, and hold sensitive data about a pupil.",
            count=len(found),
        ),
        evidence=tuple(each for part, document, made in found for each in _evidence(part, document, made)),
        suggestion="Protect the file with a password, send it again, and tell the recipient the password by "
        "telephone, never by email.",
        confidence=max(levels, key=LEVELS.index),
        about=tuple(sorted({person for _, _, made in found for person in made.about})),
        remedy=Protect(
            tuple(dict.fromkeys(message.forwarded.get(part.path, part.path) for part, _, _ in found))
        ),
    )


def _evidence(part: Part, document: Document, made: Assessment) -> Iterator[Evidence]:
    shown = "an attachment without a name" if part.is_attachment else "the text of a forwarded message"
    return evidence_of(document, made, part.filename or shown)


FILTER = Filter(
    "unprotected_attachment", Settings, inspect, needs=frozenset({"documents"}), kinds=frozenset()
)
