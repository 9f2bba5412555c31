"""
The names in a line of text that count: whose, why it is a name, and how sure that is.

This puts together what the index finds, whom the message goes to, and whether
an ordinary word is used as a name.
"""

from itertools import islice
from typing import Literal

import msgspec
from rapidfuzz.distance import OSA

from gateway.mail.lazy import lazy
from gateway.mail.message import Message
from gateway.register.declined import nominatives
from gateway.register.hits import SLIP, Called, Line, NameHit
from gateway.register.model import Pupil
from gateway.register.naming import Form, NamedPerson, called, keys, short_forms
from gateway.register.nearby import Nearby
from gateway.register.otherwise import no_name
from gateway.register.reading import Reading
from gateway.register.register import Register
from gateway.register.usage import beside, used_as_name
from gateway.register.vocabulary import GRAMMAR, ORDINARY, SHORT_FORMS, Kind, is_given_name

Sureness = Literal["low", "medium", "high"]

_LONG_ENOUGH = 5  # letters of a name in which a slip still leaves it recognisable
_A_FEW = 8  # of those who share a name, so many are looked at and listed


class Named(msgspec.Struct, frozen=True):
    """A name in a text, who counts of those who are called so, and why it is taken for a name."""

    hit: NameHit
    people: tuple[NamedPerson, ...]
    why: str
    confidence: Sureness


class Look:
    """What a text is judged by: who counts today, and whom the message is about."""

    def __init__(
        self,
        message: Message,
        register: Register,
        own_name: bool = True,
        allow: frozenset[str] = frozenset(),
    ) -> None:
        self.message = message
        self.register = register
        self.own_name = own_name
        self.allow = allow
        self.today = message.envelope.today

    @lazy
    def sender(self) -> frozenset[str]:
        """The ids of whoever sends it."""
        return frozenset(staff.id for staff in self.register.staff_at(self.message.envelope.mail_from))

    @lazy
    def nearby(self) -> Nearby:
        """The people around the recipients."""
        shown = (box.address for box in self.message.visible if box.address)
        return Nearby((*self.message.envelope.rcpt_to, *shown), self.register)

    @lazy
    def short_forms(self) -> dict[str, list[Pupil]]:
        """The short forms, registered or not, of the first names of pupils around."""
        found: dict[str, list[Pupil]] = {}
        for pupil in self.nearby.pupils:
            for short in short_forms(pupil):
                found.setdefault(short, []).append(pupil)
        return found

    def names(self, text: str, known: frozenset[str] = frozenset()) -> tuple[list[Named], frozenset[str]]:
        """
        The names in a text that count, and all words of it that are names.

        Words in *known* were judged in a better reading of the text.
        """
        line = self.register.names.read(text)
        if self.nearby.pupils:
            line = self._with_slips(self._with_short_forms(line))
        if not line.hits:
            return [], frozenset()
        reading = Reading(line, self.nearby, self.counts)
        named: list[Named] = []
        waiting: list[Named] = []
        for hit in line.hits:
            people = self._who(hit)
            if not people or self._spelled(line, hit) in known:
                continue
            if line.text[hit.start : hit.end].casefold() in self.allow:
                continue
            if hit.form == "part" and not reading.is_near(hit):
                continue
            if not hit.ordinary:
                if not no_name(reading, hit):
                    named.append(Named(hit, people, hit.note, self._confidence(reading, hit, people)))
            elif why := used_as_name(reading, hit):
                named.append(Named(hit, people, why, "high" if hit.form == "full" else "medium"))
            else:
                waiting.append(Named(hit, people, "a name beside it", "medium"))
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
            if number not in taken and word.capital and len(word.folded) >= _LONG_ENOUGH - 1
            and word.folded not in ORDINARY
            and (not is_given_name(word.folded) or (number > 0 and line.words[number - 1].folded in GRAMMAR["slavic"]))
        ]  # fmt: skip
        more = []
        for number, word in unknown:
            slavic = number > 0 and line.words[number - 1].folded in GRAMMAR["slavic"]
            declined = {*nominatives(word.folded)} if slavic else ()
            for name, form, pupil in self._spellings:
                slip = (
                    name[0] == word.folded[0]
                    and len(word.folded) >= _LONG_ENOUGH
                    and OSA.distance(name, word.folded, score_cutoff=1) == 1
                )
                if slip or name in declined:
                    kind: Kind = "" if name in declined else "word"
                    note = "declined" if name in declined else SLIP
                    hit = NameHit(word.start, word.end, form, (pupil,), kind, number, number + 1, note)
                    more.append(hit)
                    break
        return _with(line, more)

    @lazy
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
        return self.own_name or person.id not in self.sender

    def _confidence(self, reading: Reading, hit: NameHit, people: tuple[NamedPerson, ...]) -> Sureness:
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
