"""
A subject shows pupils and teachers by their initials only (HST Internet/Email/Devices 1).

The subject is read as mail programs show it, in every way they differ. A name
counts wherever it stands; a name that is also an ordinary word counts where it
is used as a name. Initials are what the policy asks for and are always fine.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Literal

import msgspec
from rapidfuzz.distance import OSA

from gateway.mail.headers import decode_header
from gateway.mail.message import Message
from gateway.mail.public import Public, public
from gateway.mail.readings import other_readings
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Confidence, Evidence, Finding, Initials
from gateway.register.model import Pupil, SchoolContact, Staff
from gateway.register.names import Called, Line, NameHit
from gateway.register.naming import Form, NamedPerson, called, keys, short_forms
from gateway.register.nearby import Nearby
from gateway.register.otherwise import no_name
from gateway.register.reading import Reading
from gateway.register.register import Register
from gateway.register.shortened import replaced, told_apart
from gateway.register.strangers import strangers
from gateway.register.usage import beside, used_as_name
from gateway.register.vocabulary import ORDINARY, SHORT_FORMS, is_given_name

Place = Literal["thread_topic", "keywords", "comments", "attachment_name"]


_LONG_ENOUGH = 5  # letters of a name in which a slip still leaves it recognisable
_A_FEW = 8  # of those who share a name, so many are looked at and listed


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
    allow: frozenset[str] = frozenset()


class _Named(msgspec.Struct, frozen=True):
    """A name in a text, who counts of those who are called so, and why it is taken for a name."""

    hit: NameHit
    people: tuple[NamedPerson, ...]
    why: str
    confidence: Confidence


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for the subject, and one for each further place that is looked at and names somebody."""
    look = _Look(message, register, settings)
    for field in message.headers.all("subject"):
        shown = decode_header(field.raw)
        known: frozenset[str] = frozenset()
        for text in (shown, *other_readings(field.raw, shown)):
            found, seen = look.names(text, known)
            known |= seen
            if found:
                yield _finding(text, found, look)
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


class _Look:
    """What a text is judged by: who counts today, and whom the message is about."""

    def __init__(self, message: Message, register: Register, settings: Settings) -> None:
        self.message = message
        self.register = register
        self.settings = settings
        self.today = message.envelope.today

    @cached_property
    def sender(self) -> frozenset[str]:
        """The ids of whoever sends it."""
        return frozenset(staff.id for staff in self.register.staff_at(self.message.envelope.mail_from))

    @cached_property
    def nearby(self) -> Nearby:
        """The people around the recipients."""
        shown = (box.address for box in self.message.visible if box.address)
        return Nearby((*self.message.envelope.rcpt_to, *shown), self.register)

    @cached_property
    def short_forms(self) -> dict[str, list[Pupil]]:
        """The short forms, registered or not, of the first names of pupils around."""
        found: dict[str, list[Pupil]] = {}
        for pupil in self.nearby.pupils:
            for short in short_forms(pupil):
                found.setdefault(short, []).append(pupil)
        return found

    def names(self, text: str, known: frozenset[str] = frozenset()) -> tuple[list[_Named], frozenset[str]]:
        """
        The names in a text that count, and all words of it that are names.

        Words in *known* were judged in a better reading of the text.
        """
        line = self.register.names.read(text)
        line = self._with_slips(self._with_short_forms(line))
        if not line.hits:
            return [], frozenset()
        reading = Reading(line, self.nearby, self.counts)
        named: list[_Named] = []
        waiting: list[_Named] = []
        for hit in line.hits:
            people = self._who(hit)
            if not people or self._spelled(line, hit) in known:
                continue
            if line.text[hit.start : hit.end].casefold() in self.settings.allow:
                continue
            if hit.form == "part" and not reading.is_near(hit):
                continue
            if not hit.ordinary:
                if not no_name(reading, hit):
                    named.append(_Named(hit, people, hit.note, self._confidence(reading, hit, people)))
            elif why := used_as_name(reading, hit):
                named.append(_Named(hit, people, why, "high" if hit.form == "full" else "medium"))
            else:
                waiting.append(_Named(hit, people, "a name beside it", "medium"))
        sure = list(named)
        named += [each for each in waiting if any(beside(reading, each.hit, one.hit) for one in sure)]
        named.sort(key=lambda each: each.hit.start)
        return named, frozenset(self._spelled(line, hit) for hit in line.hits)

    def _who(self, hit: NameHit) -> tuple[NamedPerson, ...]:
        """Those who are pupils or teachers today: all to whose family the message goes, and a few more."""
        near = [pupil for pupil in self.nearby.pupils if pupil in hit.people and self.counts(pupil)]
        others = (person for person in hit.people if person not in near and self.counts(person))
        return (*near, *islice(others, _A_FEW))

    @staticmethod
    def _spelled(line: Line, hit: NameHit) -> str:
        return " ".join(word.folded for word in line.words[hit.first : hit.last])

    def _with_short_forms(self, line: Line) -> Line:
        """Short forms that are not registered count where the message goes to that pupil's family."""
        if not any(word.capital and word.folded in SHORT_FORMS for word in line.words):
            return line
        taken = {number for hit in line.hits for number in range(hit.first, hit.last)}
        more = [
            NameHit(
                word.start, word.end, "given", tuple(self.short_forms[word.folded]),
                ORDINARY.get(word.folded, ""), number, number + 1, "a short form of the name",
            )
            for number, word in enumerate(line.words)
            if word.folded in self.short_forms and number not in taken
            and word.capital and word.folded not in self.nearby.addressed
        ]  # fmt: skip
        return _with(line, more)

    def _with_slips(self, line: Line) -> Line:
        """
        Names with one slip of the finger, of pupils to whose family the message goes.

        They are treated as words that need to be used as a name: "Petrol" is no Petrov.
        """
        taken = {number for hit in line.hits for number in range(hit.first, hit.last)}
        unknown = [
            (number, word)
            for number, word in enumerate(line.words)
            if number not in taken and word.capital and len(word.folded) >= _LONG_ENOUGH
            and word.folded not in ORDINARY and not is_given_name(word.folded)
        ]  # fmt: skip
        more = []
        for number, word in unknown:
            for name, form, pupil in self._spellings:
                slip = name[0] == word.folded[0] and OSA.distance(name, word.folded, score_cutoff=1) == 1
                if slip:
                    hit = NameHit(word.start, word.end, form, (pupil,), "word", number, number + 1)
                    more.append(hit)
                    break
        return _with(line, more)

    @cached_property
    def _spellings(self) -> list[tuple[str, Called, Pupil]]:
        """The names of pupils around that are long enough to be misspelt."""
        return [
            (key.text, "family" if key.form is Form.FAMILY else "given", pupil)
            for pupil in self.nearby.pupils
            for name, form in called(pupil)
            for key in keys(name, form)
            if len(key.text) >= _LONG_ENOUGH and key.text not in ORDINARY
        ]

    def counts(self, person: NamedPerson) -> bool:
        """Whether it is a pupil today, or a teacher whose name matters."""
        if isinstance(person, Pupil):
            return person.is_pupil(self.today)
        return self.settings.own_name or person.id not in self.sender

    def _confidence(self, reading: Reading, hit: NameHit, people: tuple[NamedPerson, ...]) -> Confidence:
        """How sure it is that this pupil or teacher is meant, and nobody else of that name."""
        if hit.form == "full" or reading.is_near(hit):
            return "high"
        own = all(person.id in self.sender for person in people)
        called = reading.words[hit.first].folded in self.nearby.addressed
        return "low" if own or called else "medium"


def _with(line: Line, more: list[NameHit]) -> Line:
    if not more:
        return line
    hits = sorted((*line.hits, *more), key=lambda hit: hit.first)
    return msgspec.structs.replace(line, hits=tuple(hits))


def _finding(text: str, found: list[_Named], look: _Look) -> Finding:
    corrected = _with_initials(text, found, look)
    return _report(
        "",
        public("The subject names a pupil or a teacher, where only initials may stand."),
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


def _elsewhere(kind: Place, where: str, text: str, found: list[_Named], look: _Look) -> Finding:
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
    kind: str,
    summary: Public,
    evidence: tuple[Evidence, ...],
    suggestion: str,
    found: list[_Named],
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


def _evidence(where: str, text: str, found: list[_Named]) -> tuple[Evidence, ...]:
    return tuple(Evidence(where, text, each.hit.start, each.hit.end, _why(each)) for each in found)


_WHO: dict[type[NamedPerson], str] = {
    Pupil: "a pupil",
    Staff: "a colleague",
    SchoolContact: "a member of a school's staff",
}
_FORM = {"full": "the full name", "given": "the first name", "family": "the surname", "part": "a name"}
_SURE = {"high": "", "medium": "; fairly sure", "low": "; perhaps another person of that name"}


def _why(named: _Named) -> str:
    who = " or ".join(dict.fromkeys(_WHO[type(each)] for each in named.people))
    note = f" ({named.why})" if named.why else ""
    return f"{_FORM[named.hit.form]} of {who}{note}{_SURE[named.confidence]}"


_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_](?:\.\s?|\s))+$")


def _with_initials(text: str, found: list[_Named], look: _Look) -> str:
    """The text as it should be: each name's initials in its place, told apart where two would be equal."""
    meant = [_meant(each, look) for each in found]
    among = [person for person in look.nearby.pupils if look.counts(person)]
    marks = told_apart([person for person in meant if person is not None], among)
    spans: dict[tuple[int, int], str] = {}
    line = look.register.names.read(text)
    for each, person in zip(found, meant, strict=True):
        start, end = each.hit.start, each.hit.end
        if person is None:
            spans[start, end] = f"{text[start].upper()}."
            continue
        behind = next((word for word in line.words if word.start >= end), None)
        if each.hit.form != "full" and behind is not None and behind.initial and not behind.gap.strip(" ."):
            end = behind.end  # "Hope A" is one name
        before = _INITIALS.search(text[:start])
        if each.hit.form == "family" and before is not None and marks[person.id].startswith(before[0][0]):
            start = before.start()  # and so is "A. Hope"
        spans[start, end] = marks[person.id] if each.why != "a title before it" else f"{text[start].upper()}."
    return replaced(text, spans)


def _meant(named: _Named, look: _Look) -> NamedPerson | None:
    """The one person who is meant; None where it may be several."""
    near = [person for person in named.people if look.nearby.near(person)] or list(named.people)
    return near[0] if len(near) == 1 or named.hit.form == "full" else None


def _unknown(text: str, look: _Look) -> Iterator[Finding]:
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


FILTER = Filter("subject_name", Settings, inspect)
