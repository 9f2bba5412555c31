"""
What is told in ordinary words: two groups of them near one another in a sentence. Pure.

"Hospital" and "waiting" prove nothing; "he is waiting to hear from the hospital" tells of an illness.
The groups and pairs are data, the tables ``[pieces]`` and ``[pairs]`` of the word list.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from ahocorasick_rs import AhoCorasick, MatchKind

from gateway.mail.document import Signal

_APART = 70  # characters between the two
_STOP = re.compile(r"[.!?][\"')]?\s|\n\s*\n|\n\s*(?:[-*•]|[A-Z][a-z]{1,8} ?(?:[-–:]|\d)|\d)")


class Pair(msgspec.Struct, frozen=True):
    """Two groups that tell something of *kind*; *ordered* if the first has to stand before the second."""

    first: str
    second: str
    kind: str
    weight: int
    ordered: bool


class Pairs:
    """The groups and pairs, ready to search with."""

    def __init__(self, pieces: Mapping[str, list[str]], pairs: Mapping[str, Mapping[str, Any]]) -> None:
        groups: dict[str, set[str]] = defaultdict(set)
        for group, texts in pieces.items():
            for text in texts:
                groups[text].add(group)
        self._texts = [text.rstrip("*") for text in groups]
        self._open = [text.endswith("*") for text in groups]
        self._groups = [frozenset(each) for each in groups.values()]
        self._search = AhoCorasick(self._texts, matchkind=MatchKind.Standard) if groups else None
        self._told: dict[str, list[tuple[str, Pair]]] = defaultdict(list)  # by the group that comes second
        for kind, weights in pairs.items():
            for weight, texts in weights.items():
                for text in texts:
                    first, sign, second = text.split()
                    pair = Pair(first, second, kind, int(weight), sign == ">")
                    self._told[second].append((first, pair))
                    if not pair.ordered and first != second:
                        self._told[first].append((second, pair))

    def scan(self, number: int, folded: str, text: str, most: int) -> list[Signal]:
        """The pairs in passage *number*, at most so many; *folded* is its text in small letters."""
        if self._search is None:
            return []
        found: list[Signal] = []
        last: dict[str, tuple[int, int]] = {}  # where each group was met last
        # Where the last pair of each kind ended: of those that overlap the first counts.
        told: dict[str, int] = {}
        length, opened = len(folded), self._open
        # In the order of their ends.
        for index, start, end in self._search.find_matches_as_indexes(folded, overlapping=True):
            if (end < length and folded[end].isalnum() and not opened[index]) or (
                start and folded[start - 1].isalnum()
            ):
                continue
            for group in self._groups[index]:
                for other, pair in self._told.get(group, ()):
                    before = last.get(other)
                    if before is None or start - before[1] > _APART or before[1] > start:
                        continue
                    if before[0] >= told.get(pair.kind, 0) and _STOP.search(text, before[1], start) is None:
                        told[pair.kind] = end
                        found.append(Signal(number, before[0], end, pair.kind, pair.weight))
            for group in self._groups[index]:
                last[group] = (start, end)
            if len(found) >= most:
                break
        return found
