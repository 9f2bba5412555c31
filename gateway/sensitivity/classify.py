"""
The classifier: who, what and form, near one another.

A text is sensitive when words of a special category stand near signs of one
identifiable child, in something that is not a lesson, a policy or an empty form.
Every answer comes with its evidence.
"""

import re
from collections import defaultdict
from typing import Literal

import msgspec

from gateway.mail.document import Document, Signal
from gateway.register.register import Register
from gateway.sensitivity.vocabulary import PAPERS
from gateway.sensitivity.who import ABOVE, Who, who_in

Level = Literal["low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("low", "medium", "high")

_SURE = 2.0  # from that weight on a person is one whom everything within reach may be about
_TELLING = 3  # the weight of words that are hardly ever written but about a person
_MUCH = 4  # what several other words weigh together
_CLOSE = 100  # characters: about a sentence
_REACH = 600  # characters between a person and what is said of them


class Reason(msgspec.Struct, frozen=True):
    """One thing that weighed: where it stands, its text masked, and why it counts."""

    passage: int
    start: int
    end: int
    why: str


class Assessment(msgspec.Struct, frozen=True):
    """How sensitive a document is; *level* None means not at all."""

    level: Level | None
    reasons: tuple[Reason, ...] = ()
    kinds: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def assess(document: Document, register: Register) -> Assessment:
    """Weigh a document. Costs nothing where no sensitive word was found."""
    what = [signal for signal in document.signals if signal.kind not in PAPERS]
    if not what:
        return Assessment(None)
    papers = _papers(document)
    best: tuple[float, float, list[Signal], list[Who], int] = (0.0, 0.0, [], [], 0)
    by_passage: dict[int, list[Signal]] = defaultdict(list)
    for signal in what:
        by_passage[signal.passage].append(signal)
    for passage, signals in by_passage.items():
        text = document.passages[passage].text
        for start, end in _windows(signals, len(text)):
            people = who_in(text[start:end], register)
            inside = [each for each in signals if start <= each.start < end]
            who = _weight_who(people)
            if who < _SURE:
                inside = [each for each in inside if _close(each, people, start)]
                if all(each.weight < _TELLING for each in inside) and _weight_what(text, inside) < _MUCH:
                    continue  # a first name in a sentence with ordinary words
            said = _weight_what(text, inside)
            if min(who, 3.0) * said > best[0] * best[1]:
                best = (min(who, 3.0), said, inside, [_moved(each, start) for each in people], passage)
                made = _conclude(best, papers)
                if made.level == LEVELS[-1]:
                    return made  # nothing further makes it worse
    return _conclude(best, papers)


def _windows(signals: list[Signal], length: int) -> list[tuple[int, int]]:
    """The stretches of a passage within reach of a sensitive word, joined where they touch."""
    joined: list[tuple[int, int]] = []
    for signal in signals:
        start, end = max(0, signal.start - _REACH), min(length, signal.end + _REACH)
        if joined and start <= joined[-1][1] and end - joined[-1][0] < 20_000:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _close(signal: Signal, people: list[Who], by: int) -> bool:
    return any(
        who.start + by - _CLOSE <= signal.end and signal.start <= who.end + by + _CLOSE for who in people
    )


def _moved(who: Who, by: int) -> Who:
    return msgspec.structs.replace(who, start=who.start + by, end=who.end + by)


def _weight_who(people: list[Who]) -> float:
    """The strongest sign, and half of what other kinds of signs add."""
    strongest: dict[str, float] = {}
    for each in people:
        strongest[each.why] = max(strongest.get(each.why, 0.0), each.weight)
    ordered = sorted(strongest.values(), reverse=True)
    return ordered[0] + sum(ordered[1:]) / 2 if ordered else 0.0


def _weight_what(text: str, signals: list[Signal]) -> float:
    """Each different word counts once."""
    words = {text[each.start : each.end].casefold(): each.weight for each in signals}
    return float(sum(words.values()))


def _papers(document: Document) -> dict[str, float]:
    """How much the document looks like a record, a lesson, a policy; each different word once."""
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for signal in document.signals:
        if signal.kind in PAPERS:
            text = document.passages[signal.passage].text[signal.start : signal.end].casefold()
            seen[signal.kind][text] = signal.weight
    papers = {kind: float(sum(words.values())) for kind, words in seen.items()}
    blanks = sum(len(_BLANK.findall(passage.text)) for passage in document.passages)
    if blanks > 1:  # a form to be filled in, a worksheet with gaps
        papers["policy"] = papers.get("policy", 0.0) + min(2.0 * (blanks - 1), 6.0)
    return papers


_BLANK = re.compile(r"_{3,}|\.{6,}|\[ {3,}\]|\u2026{2,}")


# The strictest line that both weights reach counts: the surer it is whom a text is about, the less
# it needs to say.
_LEAST: tuple[tuple[Level, float, float], ...] = (
    ("high", 2.5, 4),
    ("medium", 2.0, 2),
    ("medium", 1.5, 3),
    ("medium", 1.0, 6),
    ("low", 1.0, 2.5),
)


def _conclude(
    best: tuple[float, float, list[Signal], list[Who], int], papers: dict[str, float]
) -> Assessment:
    who, said, signals, people, passage = best
    against = papers.get("lesson", 0.0) + papers.get("policy", 0.0) - papers.get("record", 0.0)
    if against > 0:
        said -= against
        if all(each.why == ABOVE for each in people if each.weight >= _SURE):
            who = min(who, 1.0)  # a lesson's paper with a pupil's name on top is the pupil's work
    if max((each.weight for each in signals), default=0) < 2 and said < 4:
        return Assessment(None)  # a few ordinary words prove nothing, whoever they stand beside
    level = next((level for level, people_, said_ in _LEAST if who >= people_ and said >= said_), None)
    if level is None:
        return Assessment(None)
    reasons = [Reason(passage, each.start, each.end, each.why) for each in people]
    reasons += [Reason(passage, each.start, each.end, each.kind) for each in signals]
    return Assessment(
        level,
        tuple(reasons[:40]),
        tuple(sorted({each.kind for each in signals})),
        tuple(sorted({each.about for each in people if each.about})),
    )
