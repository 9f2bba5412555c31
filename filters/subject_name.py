"""
A subject shows pupils and teachers by their initials only (HST Internet/Email/Devices 1).

The subject is read as mail programs show it, in every way they differ. A name
counts wherever it stands; a name that is also an ordinary word counts where it
is used as a name. Initials are what the policy asks for and are always fine.
"""

import re
from collections.abc import Iterator
from typing import Literal, get_args

from gateway.mail.answer import answers_outside
from gateway.mail.headers import decode_header
from gateway.mail.message import Message
from gateway.mail.public import Public, public
from gateway.mail.readings import other_readings
from gateway.policy.filter import Filter, RuleSettings, Term
from gateway.policy.finding import Confidence, Evidence, Finding, Initials
from gateway.register.model import Pupil, SchoolContact, Staff
from gateway.register.named import Look, Named
from gateway.register.naming import NamedPerson
from gateway.register.register import Register
from gateway.register.shortened import replaced, told_apart
from gateway.register.strangers import strangers

Place = Literal["thread_topic", "keywords", "comments", "attachment_name"]
Kind = Literal["", "from_outside", "unknown_name"] | Place


class Settings(RuleSettings, frozen=True):
    """
    What is looked for, besides registered names in the subject.

    *places*: further texts that are shown like a subject, each a finding of that
    kind. *unknown_names*: also names of people who are not in the register (kind
    "unknown_name"). *own_name*: whether the sender's own name counts. *allow*:
    names that never count, such as the agency's founder's in its own name.
    """

    places: frozenset[Place] = frozenset()
    unknown_names: bool = False
    own_name: bool = True
    allow: frozenset[Term] = frozenset()


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for the subject, and one for each further place that is looked at and names somebody."""
    look = Look(message, register, settings.own_name, settings.allow)
    for number, field in enumerate(message.headers.all("subject")):
        shown = decode_header(field.raw) if number else message.subject
        known: frozenset[str] = frozenset()
        for text in (shown, *other_readings(field.raw, shown)):
            found, seen = look.names(text, known)
            known |= seen
            if found:
                yield _finding(text, found, look, answers_outside(message, register.agency.domains))
                break
        else:
            continue
        break
    else:
        if settings.unknown_names:
            yield from _unknown(message.subject, look)
    for kind, where, text in _places(message, settings):
        found, _ = look.names(text)
        if found:
            yield _elsewhere(kind, where, text, found, look)


_OUR_OWN = public("The subject names a pupil or a teacher, where only initials may stand.")
_FROM_OUTSIDE = public(
    "The subject that was answered names a pupil or a teacher, where only initials may stand."
)


def _finding(text: str, found: list[Named], look: Look, from_outside: bool) -> Finding:
    """
    The finding on the subject; of kind "from_outside" where a parent's own words are answered.

    A sender who only types "Re:" gains nothing: packs that treat the kind more gently
    take the name out by themselves, so it leaves in no case.
    """
    corrected = _with_initials(text, found, look)
    return _report(
        "from_outside" if from_outside else "",
        _FROM_OUTSIDE if from_outside else _OUR_OWN,
        _evidence("subject", text, found),
        f"Write initials instead: {corrected}",
        found,
        Initials(corrected),
    )


_ELSEWHERE: dict[str, Public] = {
    "thread_topic": public("The thread's topic, which some mail programs show, names a pupil or a teacher."),
    "keywords": public("The message's keywords name a pupil or a teacher."),
    "comments": public("The message's comments field names a pupil or a teacher."),
    "attachment_name": public("The name of an attachment names a pupil or a teacher."),
}


def _elsewhere(kind: Place, where: str, text: str, found: list[Named], look: Look) -> Finding:
    corrected = _with_initials(text, found, look)
    return _report(
        kind,
        _ELSEWHERE[kind],
        _evidence(where, text, found),
        f"Write initials instead: {corrected}",
        found,
        None,
    )


def _places(message: Message, settings: Settings) -> Iterator[tuple[Place, str, str]]:
    fields: tuple[tuple[Place, str], ...] = (
        ("thread_topic", "Thread-Topic"),
        ("keywords", "Keywords"),
        ("comments", "Comments"),
    )
    for kind, name in fields:
        if kind in settings.places:
            for text in message.headers.text(name.lower()):
                yield kind, name, text
    if "attachment_name" in settings.places:
        for part in message.attachments:
            for name in part.names:
                yield "attachment_name", "attachment", name


def _report(
    kind: Kind,
    summary: Public,
    evidence: tuple[Evidence, ...],
    suggestion: str,
    found: list[Named],
    remedy: Initials | None,
) -> Finding:
    levels: tuple[Confidence, ...] = ("high", "medium", "low")
    return Finding(
        rule="subject_name",
        summary=summary,
        evidence=evidence,
        suggestion=suggestion,
        confidence=next(level for level in levels if any(each.confidence == level for each in found)),
        kind=kind,
        about=tuple(dict.fromkeys(person.id for each in found for person in each.people if person.id)),
        remedy=remedy,
    )


def _evidence(where: str, text: str, found: list[Named]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(where, text, each.hit.start, each.hit.end, _why(each)) for each in found[:_MOST_SHOWN]
    )


_WHO: dict[type[NamedPerson], str] = {
    Pupil: "a pupil",
    Staff: "a colleague",
    SchoolContact: "a member of a school's staff",
}
_FORM = {"full": "the full name", "given": "the first name", "family": "the surname", "part": "a name"}
_SURE = {"high": "", "medium": "; fairly sure", "low": "; perhaps another person of that name"}


def _why(named: Named) -> str:
    who = " or ".join(dict.fromkeys(_WHO[type(each)] for each in named.people))
    note = f" ({named.why})" if named.why else ""
    return f"{_FORM[named.hit.form]} of {who}{note}{_SURE[named.confidence]}"


_MOST_SHOWN = 50  # names, of those that a text holds; each is shown with the whole text
_FARTHEST = 40  # characters before a surname, in which its initials are looked for
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_](?:\.\s?|\s))+$")


def _with_initials(text: str, found: list[Named], look: Look) -> str:
    """The text as it should be: each name's initials in its place, told apart where two would be equal."""
    meant = [_meant(each, look) for each in found]
    among = [person for person in look.nearby.pupils if look.counts(person)]
    marks = told_apart([person for person in meant if person is not None], among)
    spans: dict[tuple[int, int], str] = {}
    line = look.register.names.read(text)
    for each, person in zip(found, meant, strict=True):
        start, end, last = each.hit.start, each.hit.end, each.hit.last
        if person is None:
            spans[start, end] = f"{text[start].upper()}."
            continue
        behind = line.words[last] if last < len(line.words) else None
        if each.hit.form != "full" and behind is not None and behind.initial:
            turned = each.hit.form == "family" and marks[person.id].startswith(behind.shown)
            if not behind.gap.strip(" .,") if turned else not behind.gap.strip(" ."):
                end = behind.end  # "Hope A" is one name, and so is "Hope, A."
        before = _INITIALS.search(text, max(0, start - _FARTHEST), start)
        if each.hit.form == "family" and before is not None and marks[person.id].startswith(before[0][0]):
            start = before.start()  # and so is "A. Hope"
        spans[start, end] = marks[person.id] if each.why != "a title before it" else f"{text[start].upper()}."
    return replaced(text, spans)


def _meant(named: Named, look: Look) -> NamedPerson | None:
    """The one person who is meant; None where it may be several."""
    near = [person for person in named.people if look.nearby.near(person)] or list(named.people)
    return near[0] if len(near) == 1 or named.hit.form == "full" else None


def _unknown(text: str, look: Look) -> Iterator[Finding]:
    found = strangers(look.register.names.read(text), look.nearby)
    if found:
        yield Finding(
            rule="subject_name",
            summary=public("The subject seems to name somebody, where only initials may stand."),
            evidence=tuple(
                Evidence("subject", text, start, end, "looks like a name") for start, end in found
            ),
            suggestion="If this is a pupil or a teacher, write initials instead.",
            confidence="low",
            kind="unknown_name",
        )


FILTER = Filter(
    "subject_name", Settings, inspect, kinds=frozenset({"from_outside", "unknown_name", *get_args(Place)})
)
