"""A line of text as somebody reads it who knows whom it goes to: its segments, its capitals, its fixed expressions."""

import re
from collections.abc import Callable

from gateway.mail.lazy import lazy
from gateway.register.folding import Word
from gateway.register.hits import Line, NameHit
from gateway.register.naming import NamedPerson
from gateway.register.nearby import Nearby
from gateway.register.vocabulary import GRAMMAR, PHRASES, WORKS

YEAR = re.compile(r"(?:year|yr|y)\d{0,2}|reception|nursery")
# What parts a line into segments; a single hyphen without spaces does not.
PARTS = re.compile(r"[:;|,/()\[\]{}!?…•·\"<>]|\s-|-\s|\.\s|\.$|--")
_REPLY = re.compile(
    r"(?:\s*(?:(?:re|fwd?|fw|aw|wg|sv|vs|tr|rv|ref|odp|antw|r|i|ynt|res|enc)\s*(?:\[\d+\]|\(\d+\))?\s*:"
    r"|\[[^\]]{1,20}\]|external:?))+",
    re.IGNORECASE,
)

_DAYS = frozenset(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
_TITLES: dict[str, list[tuple[str, ...]]] = {}
for _title in WORKS:
    _TITLES.setdefault(_title[0], []).append(_title)


class Reading:
    """
    A line with its names, as somebody reads it who knows whom it goes to.

    *nearby* are the people around the recipients; *counts* says whether somebody
    is a pupil or teacher today.
    """

    def __init__(
        self, line: Line, nearby: Nearby, counts: Callable[[NamedPerson], bool] = lambda _: True
    ) -> None:
        self.line = line
        self.words = line.words
        self.nearby = nearby
        self.counts = counts
        prefix = _REPLY.match(line.text)
        self.start = prefix.end() if prefix else 0

    @lazy
    def caps(self) -> bool:
        """Whether there are no small letters, so that capitals say nothing."""
        letters = [word.shown for word in self.words if word.start >= self.start and len(word.shown) > 1]
        return bool(letters) and all(shown.upper() == shown for shown in letters)

    @lazy
    def title_case(self) -> bool:
        """Whether It Is Written Like This, so that capitals say nothing."""
        long = [word for word in self.words if len(word.shown) > 3 and word.start > self.start]
        hits = {number for hit in self.line.hits for number in range(hit.first, hit.last)}
        others = [word for word in long if self.words.index(word) not in hits] or long
        return len(others) > 1 and sum(word.capital for word in others) >= 0.7 * len(others)

    @lazy
    def covered(self) -> frozenset[int]:
        """The words that belong to a fixed expression."""
        spread: list[tuple[str, int]] = []  # each word and its number; an ampersand is a word too
        for number, word in enumerate(self.words):
            if word.gap.strip() in ("&", "+"):
                spread.append(("&", number))
            spread.append((word.folded, number))
        found: set[int] = set()
        for start, (first, _) in enumerate(spread):
            for phrase in PHRASES.get(first, ()):
                there = spread[start : start + len(phrase)]
                numbers = range(there[0][1], there[-1][1] + 1)
                spelled = tuple(folded for folded, _ in there)
                plural = len(phrase[-1]) > 3 and spelled == (*phrase[:-1], f"{phrase[-1]}s")
                if (spelled == phrase or plural) and all(map(self.joined, numbers[1:])):
                    found.update(numbers)
                    break
        return frozenset(found)

    @lazy
    def characters(self) -> frozenset[str]:
        """The names of people in the works that the line speaks of."""
        folded = tuple(word.folded for word in self.words)
        found: set[str] = set()
        for start, first in enumerate(folded):
            for title in _TITLES.get(first, ()):
                if folded[start : start + len(title)] == title:
                    found |= WORKS[title]
        return frozenset(found)

    def word(self, position: int) -> Word | None:
        """The word at that place, or None beyond the ends of the line."""
        return self.words[position] if 0 <= position < len(self.words) else None

    def joined(self, position: int) -> bool:
        """Whether that word follows the one before without anything that parts them."""
        word = self.word(position)
        return word is not None and position > 0 and not PARTS.search(word.gap)

    def neighbours(self, hit: NameHit) -> tuple[Word | None, Word | None]:
        """The words right before and right behind a name, where nothing parts them."""
        before = self.word(hit.first - 1) if self.joined(hit.first) else None
        behind = self.word(hit.last) if self.joined(hit.last) else None
        return before, behind

    def parted_before(self, hit: NameHit) -> bool:
        """Whether a separator, "Re:" or the beginning goes before."""
        return not self.joined(hit.first) or self.words[hit.first - 1].start < self.start

    def segment(self, hit: NameHit) -> tuple[int, int]:
        """The words between the separators around a name."""
        first, last = hit.first, hit.last
        while first > 0 and self.joined(first) and self.words[first - 1].start >= self.start:
            first -= 1
        while last < len(self.words) and self.joined(last):
            last += 1
        return first, last

    def alone(self, hit: NameHit) -> bool:
        """Whether its segment holds nothing but names, initials, "and" and a year group."""
        first, last = self.segment(hit)
        named = {number for each in self.line.hits for number in range(each.first, each.last)}
        return all(number in named or self._adds_nothing(number) for number in range(first, last))

    def _adds_nothing(self, number: int) -> bool:
        """Whether it is "and", an initial, or a year group."""
        word = self.words[number]
        if self.is_hour(number):
            return True
        if word.folded.isdigit():
            return number > 0 and YEAR.fullmatch(self.words[number - 1].folded) is not None
        return word.folded in GRAMMAR["and"] or word.initial or YEAR.fullmatch(word.folded) is not None

    def is_hour(self, number: int) -> bool:
        """Whether it is part of a time, as in "Thursday 5pm" and "4.30 pm"."""
        word = self.words[number]
        if word.folded in _DAYS or (word.folded in ("am", "pm") and self.words[number - 1].folded.isdigit()):
            return number > 0
        behind = self.words[number + 1 : number + 3]
        return word.folded.isdigit() and any(each.folded in ("am", "pm") for each in behind)

    def is_near(self, hit: NameHit) -> bool:
        """Whether the message goes to somebody connected with one of the people so called."""
        return self.nearby.any_near(hit.people)
