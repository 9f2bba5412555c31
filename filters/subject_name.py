"""
A subject shows pupils and teachers by their initials only (HST Internet/Email/Devices 1).

The subject is read as a mail program shows it. Names that are also ordinary
words count only where they are used as a name.
"""

from collections.abc import Iterator
from datetime import date

from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding, Initials
from gateway.register.model import Pupil, SchoolContact, Staff
from gateway.register.names import NamedPerson, NameHit
from gateway.register.register import Register


class Settings(RuleSettings, frozen=True):
    """What is looked for."""


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """At most one finding: the names in the subject, and the subject with initials in their place."""
    del settings
    subject = message.subject
    today = message.envelope.today
    hits = [
        (hit, people)
        for hit in register.names.find(subject)
        if (people := tuple(each for each in hit.people if _counts(each, today)))
    ]
    if not hits:
        return
    corrected = _with_initials(subject, hits)
    yield Finding(
        rule="subject_name",
        summary=public("The subject names a pupil or a teacher, where only initials may stand."),
        evidence=tuple(
            Evidence("subject", subject, hit.start, hit.end, f"{hit.form} name of {_described(people)}")
            for hit, people in hits
        ),
        suggestion=f"Write initials instead: {corrected}",
        about=tuple(dict.fromkeys(each.id for _, people in hits for each in people if each.id)),
        remedy=Initials(corrected),
    )


def _counts(person: NamedPerson, today: date) -> bool:
    """Whether the person is a pupil on that day, or a teacher with a name of their own."""
    if isinstance(person, Pupil):
        return person.is_pupil(today)
    return bool(person.given_name)


def _described(people: tuple[NamedPerson, ...]) -> str:
    kinds = {Pupil: "a pupil", Staff: "a colleague", SchoolContact: "a school's staff"}
    return " or ".join(dict.fromkeys(kinds[type(each)] for each in people))


def _with_initials(subject: str, hits: list[tuple[NameHit, tuple[NamedPerson, ...]]]) -> str:
    out, position = [], 0
    for hit, people in hits:
        person = people[0]
        letters = [name[0].upper() for name in (person.given_name, person.family_name) if name]
        out += [subject[position : hit.start], ".".join(letters) + "."]
        position = hit.end
    return "".join([*out, subject[position:]])


FILTER = Filter("subject_name", Settings, inspect)
