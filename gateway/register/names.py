"""
Finds the names of registered people in a line of text.

Text and names are folded alike (case, marks, hyphens, apostrophes, invisible
characters), then compared word by word, so that a name inside a longer word is
no match and cost does not grow with the register.
"""

import unicodedata
from typing import Literal

import msgspec

from gateway.register.model import People, Pupil, SchoolContact, Staff

NamedPerson = Pupil | Staff | SchoolContact
Form = Literal["full", "given", "family", "other"]


class NameHit(msgspec.Struct, frozen=True):
    """
    A stretch ``text[start:end]`` that is how somebody is called.

    *people* may be several: a first name is shared by many. *form* says which
    name it is.
    """

    start: int
    end: int
    form: Form
    people: tuple[NamedPerson, ...]


class Word(msgspec.Struct, frozen=True):
    """One word of a text: folded, and where it stood."""

    folded: str
    start: int
    end: int


# Letters that NFKD leaves alone although people type them without their stroke.
_FLAT = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h"},
)
_APOSTROPHES = "'\u2018\u2019\u02bc\u02bb\u00b4\u0060\uff07\u2032"


def words(text: str) -> list[Word]:
    """The words of a text, folded; an apostrophe stays inside its word, possessive s goes."""
    found: list[Word] = []
    current: list[str] = []
    start = 0
    last = 0

    def finish() -> None:
        if not current:
            return
        folded = "".join(current).strip("'")
        folded = folded.removesuffix("'s")
        folded = folded.replace("'", "")
        if folded:
            found.append(Word(folded, start, last))
        current.clear()

    for position, char in enumerate(text):
        if unicodedata.category(char) == "Cf":
            continue  # zero-width and direction marks join, they do not part
        if char in _APOSTROPHES:
            if current:
                current.append("'")
            continue
        folded = _fold_char(char)
        if not folded:
            if unicodedata.category(char) != "Mn":
                finish()
            continue
        if not current:
            start = position
        current.append(folded)
        last = position + 1
    finish()
    return found


def _fold_char(char: str) -> str:
    spread = unicodedata.normalize("NFKD", char.casefold()).translate(_FLAT)
    return "".join(each for each in spread if each.isalnum())


class NameIndex:
    """Every way of calling every pupil and teacher in the register."""

    def __init__(self, people: People) -> None:
        self._first: dict[tuple[str, ...], tuple[Form, list[NamedPerson]]] = {}
        self._longest = 1
        contacts = [contact for school in people.schools for contact in school.staff]
        named: tuple[NamedPerson, ...] = (*people.pupils, *people.staff, *contacts)
        for person in named:
            self._learn(person)

    def _learn(self, person: NamedPerson) -> None:
        givens = [person.given_name]
        if isinstance(person, Pupil | Staff):
            givens += [person.preferred_name, *person.other_names]
        family = person.family_name
        for given in filter(None, givens):
            if family:
                self._put(f"{given} {family}", "full", person)
                self._put(f"{family} {given}", "full", person)
            self._put(given, "given", person)
        if family:
            self._put(family, "family", person)

    def _put(self, name: str, form: Form, person: NamedPerson) -> None:
        key = tuple(word.folded for word in words(name))
        if not key:
            return
        self._longest = max(self._longest, len(key))
        _, holders = self._first.setdefault(key, (form, []))
        if person not in holders:
            holders.append(person)

    def find(self, text: str) -> list[NameHit]:
        """All names in the text, the longest first where several start at one place."""
        spread = words(text)
        hits: list[NameHit] = []
        position = 0
        while position < len(spread):
            for length in range(min(self._longest, len(spread) - position), 0, -1):
                key = tuple(word.folded for word in spread[position : position + length])
                known = self._first.get(key)
                if known:
                    end = spread[position + length - 1].end
                    hits.append(NameHit(spread[position].start, end, known[0], tuple(known[1])))
                    position += length
                    break
            else:
                position += 1
        return hits
