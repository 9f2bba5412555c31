"""
Finds the names of registered people in a line of text.

Text and names are folded alike and compared word by word, so that a name inside
a longer word is no match, and the cost of a search does not grow with the
register. What two names in a row say together ("Bell, Tom", "smithjohn") is put
together afterwards, by the person whom both belong to.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from gateway.register.folding import Word, leet, other_readings, spelled_out, words
from gateway.register.model import People, Pupil, SchoolContact, Staff
from gateway.register.vocabulary import COMMON, ORDINARY, Kind, nicknames_of

NamedPerson = Pupil | Staff | SchoolContact
Form = Literal["full", "given", "family", "part"]

_FULL, _GIVEN, _FAMILY, _PART = range(4)
_FORMS: tuple[Form, ...] = ("full", "given", "family", "part")
# Small words in names, which are no name by themselves.
_PARTICLES = frozenset(
    "al el ul ur de da di du do dos das del della degli la le les lo van von der den ten ter te bin binti bint ibn "
    "ben abu abd ap ab ni nic mac mc o d l st saint san santa y e i af av zu zum thi of the und and".split()
)
PERSONAL_NOUNS = frozenset(
    "homework progress report reports lesson lessons notes essay coursework feedback timetable test tests results "
    "plan plans assessment revision recap summary review mock mocks exam exams reading spelling spellings work "
    "parents mum mother dad father tutor tutoring tuition session sessions hours invoice absence attendance target "
    "targets ehcp oral log update handover application book books phonics practice worksheet".split()
)
_MOST_NICKNAMED = 200


class NameHit(msgspec.Struct, frozen=True):
    """
    A stretch ``text[start:end]`` that is how somebody is called.

    *people* may be several: a first name is shared by many. *form* says which
    name it is; "part" is a second given name. *kind* is not "" where the name is
    an ordinary word as well. *first* and *last* number the words it covers.
    *note* says what made it a name where it is not written as registered.
    """

    start: int
    end: int
    form: Form
    people: tuple[NamedPerson, ...]
    kind: Kind = ""
    first: int = 0
    last: int = 0
    note: str = ""

    @property
    def ordinary(self) -> bool:
        """Whether it is an ordinary word too, and only its use can make it a name."""
        return bool(self.kind)


class Line(msgspec.Struct, frozen=True):
    """A text with its words and the names in it."""

    text: str
    words: tuple[Word, ...]
    hits: tuple[NameHit, ...]


class _Found(msgspec.Struct):
    """A match while it is being put together: whom it belongs to (by number) under which form."""

    first: int
    last: int
    holders: dict[int, int]
    kind: Kind
    note: str = ""


class NameIndex:
    """Every way of calling every pupil and teacher in the register. Strictly read-only."""

    def __init__(self, people: People) -> None:
        contacts = [contact for school in people.schools for contact in school.staff]
        staff = [each for each in people.staff if each.given_name]  # without one it is a shared mailbox
        self._people: tuple[NamedPerson, ...] = (*people.pupils, *staff, *contacts)
        # A holder is person * 4 + form; several holders of one name stand in a tuple.
        self._names: dict[str, int | tuple[int, ...]] = {}
        self._of_several_words: set[str] = set()
        self._longest = 3
        gathered: dict[str, list[int]] = {}
        seen: dict[tuple[str, int], tuple[tuple[str, int], ...]] = {}
        for number, person in enumerate(self._people):
            for name, form in _called(person):
                keys = seen.get((name, form))
                if keys is None:
                    keys = seen[name, form] = tuple(self._keys(name, form))
                for key, as_form in keys:
                    holders = gathered.setdefault(key, [])
                    holder = number * 4 + as_form
                    if holder not in holders[-6:]:
                        holders.append(holder)
        for key, holders in gathered.items():
            self._names[key] = holders[0] if len(holders) == 1 else tuple(holders)

    def _keys(self, name: str, form: int) -> Iterator[tuple[str, int]]:
        """The folded forms of one registered name: whole, and the parts that stand for it."""
        spread = [word.folded for word in words(name)]
        if not spread:
            return
        for whole in {"".join(spread), *spelled_out(name)}:
            if len(spread) > 1:
                self._of_several_words.add(whole)
                self._longest = max(self._longest, min(len(spread), 8))
            yield whole, form
            if form == _FAMILY:
                for prefix, other in (("mac", "mc"), ("mc", "mac"), ("saint", "st"), ("st", "saint")):
                    if whole.startswith(prefix) and len(whole) > len(prefix) + 2:
                        yield other + whole.removeprefix(prefix), form
        if len(spread) < 2:
            return
        if all(len(each) == 1 for each in spread):  # an unspaced script: family name first
            if form == _FULL and len(spread) in (3, 4):
                self._of_several_words.add("".join(spread[-2:]))
                yield "".join(spread[-2:]), _GIVEN
            return
        telling = [each for each in spread if len(each) > 2 and each not in _PARTICLES]
        for position, part in enumerate(telling):
            if form == _FAMILY:
                yield part, _FAMILY
            elif form == _GIVEN:
                yield part, _GIVEN if position == 0 and spread[0] == part else _PART
            elif form == _FULL:
                yield part, _GIVEN if position == 0 else _FAMILY if position == len(telling) - 1 else _PART

    def find(self, text: str) -> list[NameHit]:
        """All names in the text, in its order; the longest where several start at one place."""
        return list(self.read(text).hits)

    def read(self, text: str) -> Line:
        """The text's words and all names in it."""
        spread = tuple(words(text))
        found = self._merge(self._scan(spread, text), spread)
        hits = []
        for each in found:
            first, last = spread[each.first], spread[each.last - 1]
            start = min(word.start for word in spread[each.first : each.last])
            end = max(word.end for word in (first, last))
            form = min(each.holders.values())
            people = tuple(self._people[number] for number in each.holders)
            hits.append(
                NameHit(start, end, _FORMS[form], people, each.kind, each.first, each.last, each.note)
            )
        return Line(text, spread, tuple(hits))

    def _scan(self, spread: tuple[Word, ...], text: str) -> list[_Found]:
        found: list[_Found] = []
        position, end = 0, len(spread)
        while position < end:
            match = self._spaced_letters(spread, position)
            if match is None:
                for length in range(min(self._longest, end - position), 1, -1):
                    match = self._joined(spread, position, length)
                    if match is not None:
                        break
                else:
                    match = self._single(spread, position, text)
            if match is None:
                position += 1
                continue
            found.append(match)
            position = match.last
        return found

    def _holders(self, key: str) -> dict[int, int] | None:
        posting = self._names.get(key)
        if posting is None:
            return None
        if isinstance(posting, int):
            return {posting >> 2: posting & 3}
        holders: dict[int, int] = {}
        for each in posting:
            person, form = each >> 2, each & 3
            if holders.get(person, 4) > form:
                holders[person] = form
        return holders

    def _single(self, spread: tuple[Word, ...], position: int, text: str) -> _Found | None:
        word = spread[position]
        folded = word.folded
        holders = self._holders(folded)
        if holders is not None:
            return _Found(position, position + 1, holders, ORDINARY.get(folded, ""))
        for reading in other_readings(word, text):
            holders = self._holders(reading)
            if holders is not None:
                return _Found(position, position + 1, holders, ORDINARY.get(reading, ""), "in other letters")
        if folded in COMMON or len(folded) < 5:
            return None
        return self._inflected(spread, position) or self._run_together(spread, position)

    def _inflected(self, spread: tuple[Word, ...], position: int) -> _Found | None:
        """ "Niamhs homework", "the Okonkwos": a possessive without its apostrophe, a plural."""
        folded = spread[position].folded
        if not folded.endswith("s"):
            return None
        after = spread[position + 1].folded if position + 1 < len(spread) else ""
        before = spread[position - 1].folded if position else ""
        holders = self._holders(folded[:-1])
        if holders is None or folded[:-1] in ORDINARY:
            return None
        if after in PERSONAL_NOUNS or (before == "the" and _FAMILY in holders.values()):
            return _Found(position, position + 1, holders, "", "with an s")
        return None

    def _run_together(self, spread: tuple[Word, ...], position: int) -> _Found | None:
        """ "smithjohn", "niamhreport": two names of one person, or a name and a school word."""
        folded = spread[position].folded
        if folded in ORDINARY or not folded.isalpha():
            return None
        for cut in range(len(folded) - 2, 1, -1):
            left, right = folded[:cut], folded[cut:]
            one = self._names.get(left)
            if one is None:
                continue
            if cut > 3 and right in PERSONAL_NOUNS and left not in ORDINARY:
                return _Found(position, position + 1, self._holders(left) or {}, "", "run together")
            if self._names.get(right) is not None:
                shared = _shared(self._holders(left) or {}, self._holders(right) or {})
                if shared:
                    return _Found(position, position + 1, shared, "", "run together")
        return None

    def _joined(self, spread: tuple[Word, ...], position: int, length: int) -> _Found | None:
        """Several words that spell one name: "Jean Luc", "Xiao Ming", "O Neill", "N1amh"."""
        pieces = spread[position : position + length]
        gaps = [piece.gap for piece in pieces[1:]]
        if any(len(gap) > 2 or gap.strip(" '-._@$") for gap in gaps):
            return None
        key = "".join(piece.folded for piece in pieces)
        posting = self._names.get(key)
        if posting is None:
            if any(gap in ("@", "$") for gap in gaps):
                key = key[: len(pieces[0].folded)] + "".join(
                    piece.gap.replace("@", "a").replace("$", "s") + piece.folded for piece in pieces[1:]
                )
            elif all(gap == "" for gap in gaps):
                key = leet(key)
            else:
                return None
            if len(key) < 4 or key in ORDINARY or key not in self._names:
                return None
            return _Found(position, position + length, self._holders(key) or {}, "", "in other signs")
        if key not in self._of_several_words and not _may_join(pieces, gaps, key):
            return None
        return _Found(position, position + length, self._holders(key) or {}, ORDINARY.get(key, ""))

    def _spaced_letters(self, spread: tuple[Word, ...], position: int) -> _Found | None:
        """ "N I A M H": letters set apart that spell a name; three with dots are initials."""
        end = position
        gap = spread[position + 1].gap if position + 1 < len(spread) else ""
        while (
            end < len(spread)
            and len(spread[end].folded) == 1
            and spread[end].folded.isalpha()
            and spread[end].folded.isascii()
            and (end == position or (gap and spread[end].gap == gap))
        ):
            end += 1
        count = end - position
        if count < 3 or (count == 3 and "." in gap):
            return None
        key = "".join(word.folded for word in spread[position:end])
        holders = self._holders(key)
        if holders is None:
            for cut in range(2, count - 1):
                holders = _shared(self._holders(key[:cut]) or {}, self._holders(key[cut:]) or {})
                if holders:
                    break
        if not holders:
            return None
        return _Found(position, end, holders, ORDINARY.get(key, ""), "letters set apart")

    def _merge(self, found: list[_Found], spread: tuple[Word, ...]) -> list[_Found]:
        """Neighbouring names of one person become one full name."""
        merged: list[_Found] = []
        for each in found:
            if merged:
                whole = _together(merged[-1], each, spread)
                if whole is not None:
                    merged[-1] = whole
                    continue
            merged.append(each)
        return [self._with_nickname(each, spread) for each in merged]

    def _with_nickname(self, each: _Found, spread: tuple[Word, ...]) -> _Found:
        """ "Tommy Bell": a short form that is not registered, beside the family name."""
        if _FAMILY not in each.holders.values() or len(each.holders) > _MOST_NICKNAMED:
            return each
        for position in (each.first - 1, each.last):
            if not 0 <= position < len(spread) or not spread[position].capital:
                continue
            gap = spread[max(position, each.first)].gap if position < each.first else spread[position].gap
            if gap.strip(" ,-._"):
                continue
            holders = {
                number: _FULL
                for number, form in each.holders.items()
                if form == _FAMILY
                and spread[position].folded in nicknames_of(self._people[number].given_name.casefold())
            }
            if holders:
                first, last = min(each.first, position), max(each.last, position + 1)
                return _Found(first, last, holders, "", "a short form of the name")
        return each


def _called(person: NamedPerson) -> Iterator[tuple[str, int]]:
    """Everything somebody is called, and what kind of name it is."""
    yield person.given_name, _GIVEN
    yield person.family_name, _FAMILY
    if isinstance(person, Pupil | Staff):
        yield person.preferred_name, _GIVEN
        for name in person.other_names:
            yield name, _GIVEN if name.isascii() and name.isalpha() else _FULL


def _may_join(pieces: tuple[Word, ...], gaps: Iterable[str], key: str) -> bool:
    """Whether two or more words may spell a name of one word: not where they are words themselves."""
    if len(key) < 4:
        return False
    if all(gap in ("", "'", "-") for gap in gaps):
        return True
    return all(len(piece.folded) > 1 and piece.folded not in ORDINARY for piece in pieces)


def _shared(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """The people to whom both names belong, as given name and family name in either order."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return {
        number: _FULL
        for number, form in small.items()
        if number in large and (form == _FAMILY) != (large[number] == _FAMILY)
    }


def _together(left: _Found, right: _Found, spread: tuple[Word, ...]) -> _Found | None:
    between = spread[left.last : right.first]
    if len(between) > 1 or any(
        not (word.initial or word.folded in _PARTICLES) or len(word.gap) > 2 for word in between
    ):
        return None
    gap = spread[right.first].gap
    if len(gap) > 3 or gap.strip(" ,-._'\"()"):
        return None
    if _FULL in left.holders.values():
        again = {number: _FULL for number in left.holders if number in right.holders}
        return _Found(left.first, right.last, again, left.kind and right.kind, left.note) if again else None
    shared = _shared(left.holders, right.holders)
    if not shared:
        return None
    kind = left.kind if left.kind and right.kind else ""
    return _Found(left.first, right.last, shared, kind, left.note or right.note)
