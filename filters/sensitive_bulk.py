"""
No sensitive data in mail that goes to many (RND, Preparation/follow up).

Counts the outside households and addresses of the envelope, blind copies too. A
file that only its recipients can open does not count: nobody can say what is in it.
"""

from collections.abc import Iterator

from gateway.mail.address import canonical
from gateway.mail.document import Document
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Filter, Most, RuleSettings
from gateway.policy.finding import Finding
from gateway.register.model import Carer, Pupil
from gateway.register.register import Register
from gateway.sensitivity.assessment import LEVELS, Level
from gateway.sensitivity.classify import assess
from gateway.sensitivity.evidence import evidence_of
from gateway.sensitivity.written import written


class Settings(RuleSettings, frozen=True):
    """*recipients*: the most outside parties that are not many. *threshold*: the least level that counts."""

    recipients: Most = 5
    threshold: Level = "medium"


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """At most one finding, with the evidence of every part that is sensitive."""
    parties = {_party(address, register) for address in message.envelope.rcpt_to} - {""}
    if len(parties) <= settings.recipients:
        return
    found = [
        (document, name, made)
        for document, name in _readable(message)
        if (made := assess(document, register)).level
        and LEVELS.index(made.level) >= LEVELS.index(settings.threshold)
    ]
    if not found:
        return
    levels = [made.level for _, _, made in found if made.level]
    yield Finding(
        rule="sensitive_bulk",
        summary=public(
            "Sensitive data about a pupil goes to {count} outside households or organisations.",
            count=len(parties),
        ),
        evidence=tuple(each for document, name, made in found for each in evidence_of(document, made, name)),
        suggestion="Send what is about one pupil to that pupil's family alone.",
        confidence=max(levels, key=LEVELS.index),
        about=tuple(sorted({person for _, _, made in found for person in made.about})),
    )


def _readable(message: Message) -> Iterator[tuple[Document, str]]:
    yield written(message), ""
    for part in message.files:
        document = message.facts.documents.get(part.path)
        if document and document.protection != "protected":
            yield document, part.filename or "an attachment without a name"


def _party(address: str, register: Register) -> str:
    """A key that is equal for addresses of one family or school; "" for the agency's own."""
    if register.is_inside(address):
        return ""
    for match in register.whose(address):
        if isinstance(match.person, Pupil | Carer) and match.person.household:
            return f"household {match.person.household}"
    school = register.school_at(address)
    return f"school {school.id}" if school else f"address {canonical(address)}"


FILTER = Filter("sensitive_bulk", Settings, inspect, needs=frozenset({"documents"}), kinds=frozenset())
