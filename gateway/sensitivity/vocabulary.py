"""
Finds the words that make a text sensitive, or show what kind of paper it is.

The list is data (``config/words/special_category.toml``); one pass over the
text finds them all, whatever their number.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from ahocorasick_rs import AhoCorasick, MatchKind

from gateway.mail.document import Passage, Signal
from gateway.sensitivity.pairs import Pairs

# Not sensitive in themselves: they tell a record about somebody from a lesson or a policy.
PAPERS = frozenset({"record", "marking", "lesson", "invented", "policy"})
# Fixed expressions that hold a sensitive word and are none.
PLAIN = "plain"
_TOLD = frozenset({"pieces", "pairs"})

_LONGEST = 60  # letters of an entry, at most

# One character for one, so that offsets stay: blanks and dashes of every kind are one kind.
_FOLD = str.maketrans(
    {
        **dict.fromkeys("\t\r\n\v\f\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc", "'"),
    }
)


class Word(msgspec.Struct, frozen=True):
    """
    One entry of the list.

    *open* words may go on (``epilep*``), *ending* ones have more before them (``*cillin``), *exact*
    ones keep their case (``=SEND``).
    """

    text: str
    kind: str
    weight: int
    open: bool
    exact: str = ""
    ending: bool = False


class WordList(msgspec.Struct, frozen=True):
    """The whole list: single words, and pairs of ordinary ones."""

    words: tuple[Word, ...]
    pairs: Pairs


def read_words(tables: Mapping[str, Mapping[str, Any]]) -> WordList:
    """The entries of the tables ``[kind]`` with keys "0" to "3" or "3-topic", and of ``[pieces]`` and ``[pairs.kind]``."""
    words = tuple(
        Word(
            _folded(text.strip("=*")),
            kind,
            int(weight.partition("-")[0]),
            text.endswith("*"),
            text[1:] if text.startswith("=") else "",
            text.startswith("*"),
        )
        for kind, weights in tables.items()
        if kind not in _TOLD
        for weight, texts in weights.items()
        for text in texts
    )
    return WordList(words, Pairs(tables.get("pieces", {}), tables.get("pairs", {})))


class Vocabulary:
    """The list, ready to search with."""

    def __init__(self, listed: WordList) -> None:
        self.words = words = listed.words
        self._pairs = listed.pairs
        # "tennis court": nothing in it counts.
        self._plain = frozenset(index for index, word in enumerate(words) if word.kind == PLAIN)
        self._search = AhoCorasick([word.text for word in words], matchkind=MatchKind.LeftmostLongest)

    def scan(self, passages: tuple[Passage, ...], most: int = 20_000) -> tuple[Signal, ...]:
        """Where in the passages the words stand, in order, at most so many in all; of `PAPERS` the first time of each."""
        found: list[Signal] = []
        seen = set(self._plain)
        for number, passage in enumerate(passages):
            text = _folded(passage.text)
            before = len(found)
            places = self._search.find_matches_as_indexes(text)
            while places:
                cut_off = []
                for index, start, end in places:
                    if index in seen:
                        continue
                    word = self.words[index]
                    if word.exact and passage.text[start:end] != word.exact:
                        continue  # "send" is no special need
                    if word.ending:
                        start = _beginning(text, start)
                    if not _whole(text, start, end, word):
                        if " " in word.text:
                            cut_off.append((start + 1, end))
                    elif not _DENIED.match(text, end) and not _UNTICKED.search(
                        text, max(0, start - 5), start
                    ):
                        found.append(Signal(number, start, end, word.kind, word.weight))
                        if word.kind in PAPERS:
                            seen.add(index)
                places = [each for start, end in cut_off for each in self._within(text, start, end)]
            found += self._pairs.scan(number, text, passage.text, most - len(found))
            found[before:] = sorted(found[before:], key=lambda each: each.start)
            if len(found) >= most:
                return tuple(found[:most])
        return tuple(found)

    def _within(self, text: str, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """What begins inside an entry that is no whole word: of "her hearing aids" not "her hearing aid" but "hearing aids"."""
        for index, first, last in self._search.find_matches_as_indexes(text[start : stop + _LONGEST]):
            if start + first < stop:
                yield index, start + first, start + last


def _folded(text: str) -> str:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals grow, such as the Turkish dotted I
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_FOLD)


# A form's answer that there is nothing: "Allergies: none". A table's tab has become a blank.
# So does a blank to be filled in, and a pair of answers of which none is crossed out.
_DENIED = re.compile(
    r"[\w/]{0,20}(?: [\w/]{1,20}){0,4} ?[:?.] ?"
    r"(?:(?:none|no|nil|n|n/a|y ?/ ?n|yes ?/ ?no|not applicable|nothing)\b(?! [a-z]*ed\b)|[_.\u2026]{3})"
    r"|[^.:?()]{0,80}\) ?[:?]? ?(?:none|no|nil|n|n/a|not applicable|nothing)\b(?! [a-z]*ed\b)"
)
_UNTICKED = re.compile(r"(?:\[ ?\]|\( ?\)|[\u2610\u25a1]) ?$")


def _beginning(text: str, start: int) -> int:
    """Where the word begins that has its ending at *start*."""
    while start and text[start - 1].isalpha():
        start -= 1
    return start


def _whole(text: str, start: int, end: int, word: Word) -> bool:
    if start and text[start - 1].isalnum() and text[start].isalnum():
        # a number may run into its unit: "50mg"
        return text[start - 1].isdigit() and word.text == "mg"
    return word.open or end == len(text) or not (text[end].isalnum() and text[end - 1].isalnum())
