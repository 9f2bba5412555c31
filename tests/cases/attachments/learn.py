"""
``make classifier``: learns the weights of words from labelled texts, and measures what they are worth.

A linear support vector machine with a squared hinge, solved coordinate by coordinate in its dual (Hsieh et al., 2008):
plain Python, the same result each time. It is measured in sixths: each file is judged by what was learnt from the files of
the other five.
"""

import random
import sys
from collections import Counter
from collections.abc import Sequence
from math import log, sqrt

import msgspec
from rich.console import Console

from gateway.documents.read import read_document
from gateway.mail.document import Document, Passage, Stretch
from gateway.register.vocabulary import FOLDER
from gateway.sensitivity.classify import by_rules
from gateway.sensitivity.learnt import terms
from gateway.sensitivity.papers import papers_of
from gateway.sensitivity.second_look import decide, figures_of
from tests.cases.attachments.evaluate import WORDS, precision, recall
from tests.cases.attachments.texts import Text, read_texts, read_unseen
from tests.sensitivity.test_classify import REGISTER

TARGET = FOLDER / "learnt.txt"
FILES = ("rounds.txt", "unseen_dev.txt", *(f"train_{number}.txt" for number in range(1, 32)))
_TERMS = 10_000  # words and pairs that are kept
_OFTEN = 2  # texts that a word has to stand in
_COST = 0.02  # of a text on the wrong side, against that of heavy weights
_FIGURES = 0.6  # a figure's share, its deviation being 1
_PASSES = 40
_PARTS = 6  # of the files, each judged by what was learnt from the others
_HEAD = """\
# What words say together of whether a text is sensitive: a weight, a tab, a word's stem or two neighbours.
# "@" is a given name, "#" a short number, "##" a long one; "=" is where the sum begins, "=name" a figure
# (second_look.py); "+word" counts in sentences that speak of somebody, "-word" in others.
# Written by `make classifier` from tests/cases/attachments; what is changed by hand is lost with the next run.
"""


class Example(msgspec.Struct, frozen=True):
    """A text as it is learnt from: its words, its figures, the answer of the rules."""

    group: str
    sensitive: bool
    terms: frozenset[str]
    figures: dict[str, float]
    level: str


def example(text: Text, group: str) -> Example:
    """One text; it is short enough to be one stretch."""
    body = text.text
    level = by_rules(read_document(body.encode(), vocabulary=WORDS), REGISTER).level or ""
    passages = (Passage("", body),)  # as one, though what begins like a message is read as one
    document = Document(
        media_type="text/plain",
        digest="",
        size=len(body),
        protection="readable",
        passages=passages,
        signals=WORDS.scan(passages),
    )
    figures = figures_of(document, Stretch(0, 0, len(body), 0.0), REGISTER, papers_of(document))
    return Example(group, text.sensitive, frozenset(terms(body)), figures, level)


def examples() -> list[Example]:
    """All texts that may be learnt from, by their files."""
    found = [example(text, "fresh" if text.held_out else "texts") for text in read_texts()]
    for name in FILES:
        found += [example(text, name.removesuffix(".txt")) for text in read_unseen(name)]
    return found


def chosen(among: Sequence[Example]) -> list[str]:
    """The terms that tell most: how uneven their numbers are, for how often they stand."""
    counts = {
        label: Counter(t for each in among if each.sensitive is label for t in each.terms)
        for label in (True, False)
    }
    sizes = {label: sum(each.sensitive is label for each in among) for label in (True, False)}
    odds = sizes[False] / max(1, sizes[True])

    def tells(term: str) -> float:
        yes, no = counts[True][term] + 0.5, counts[False][term] + 0.5
        return abs(log(yes / no * odds)) * sqrt(yes + no)

    often = [
        term for term in counts[True] | counts[False] if counts[True][term] + counts[False][term] >= _OFTEN
    ]
    return sorted(often, key=lambda term: (-tells(term), term))[:_TERMS]


def learn(among: Sequence[Example]) -> dict[str, float]:
    """The weights of terms, and of figures behind "="."""
    kept = chosen(among)
    names = sorted({name for each in among for name in each.figures})
    place = {term: index for index, term in enumerate([*kept, *(f"={name}" for name in names), "="])}
    mean = {name: sum(each.figures.get(name, 0.0) for each in among) / len(among) for name in names}
    spread = {
        name: sqrt(sum((each.figures.get(name, 0.0) - mean[name]) ** 2 for each in among) / len(among)) or 1.0
        for name in names
    }
    rows = []
    for each in among:
        row = [(place[term], 1.0) for term in sorted(each.terms) if term in place]
        row += [
            (place[f"={name}"], _FIGURES * (each.figures.get(name, 0.0) - mean[name]) / spread[name])
            for name in names
        ]
        rows.append([*row, (place["="], 1.0)])
    found = _solve(rows, [1 if each.sensitive else -1 for each in among], len(place))
    made = {term: found[index] for term, index in place.items()}
    for name in names:  # figures are used as they are counted
        made[f"={name}"] *= _FIGURES / spread[name]
        made["="] -= made[f"={name}"] * mean[name]
    return made


def _solve(rows: list[list[tuple[int, float]]], labels: list[int], size: int) -> list[float]:
    """Dual coordinate descent, algorithm 1 of Hsieh et al., for the squared hinge."""
    weights, shares = [0.0] * size, [0.0] * len(rows)
    slack = 1 / (2 * _COST)
    lengths = [sum(value * value for _, value in row) + slack for row in rows]
    order, dice = list(range(len(rows))), random.Random(1)
    for _ in range(_PASSES):
        dice.shuffle(order)
        for index in order:
            row, label, share = rows[index], labels[index], shares[index]
            slope = label * sum([weights[at] * value for at, value in row]) - 1 + slack * share
            now = max(share - slope / lengths[index], 0.0)
            if now != share:
                shares[index], step = now, (now - share) * label
                for at, value in row:
                    weights[at] += step * value
    return weights


def score(each: Example, learnt: dict[str, float]) -> float:
    """As `second_look.score_of`, of what was counted before."""
    said = sum(learnt.get(term, 0.0) for term in each.terms)
    return said + learnt["="] + sum(learnt.get(f"={name}", 0.0) * size for name, size in each.figures.items())


def measured(known: Sequence[Example], scores: dict[int, float]) -> str:
    """Precision and recall of the rules, and with the second look."""
    shown = []
    for alarm in (
        lambda each: each.level in ("medium", "high"),
        lambda each: decide(each.level or None, scores[id(each)]) in ("medium", "high"),
    ):
        count: Counter[str] = Counter()
        for each in known:
            found = alarm(each)
            count[
                "hit"
                if found and each.sensitive
                else "alarm"
                if found
                else "miss"
                if each.sensitive
                else "rest"
            ] += 1
        shown.append(
            f"{precision(count):.3f} {recall(count):.3f}  {count['alarm']:3} alarms {count['miss']:3} missed"
        )
    return "   ".join(shown)


def judged(known: Sequence[Example]) -> dict[int, float]:
    """The score of each text by what was learnt from other files, by the text's `id`."""
    groups = list(dict.fromkeys(each.group for each in known))
    scores: dict[int, float] = {}
    for part in range(_PARTS):
        left_out = set(groups[part::_PARTS])
        learnt = learn([each for each in known if each.group not in left_out])
        scores |= {id(each): score(each, learnt) for each in known if each.group in left_out}
    return scores


def main() -> int:
    """Measure, then learn from everything and write it down."""
    console = Console(highlight=False, soft_wrap=True)
    known = examples()
    if "--only-write" not in sys.argv:
        console.print("each file judged by others: precision, recall of the rules; with the second look")
        scores = judged(known)
        for group in dict.fromkeys(each.group for each in known):
            own = [each for each in known if each.group == group]
            console.print(f"{group:12}{len(own):5}   {measured(own, scores)}")
        untouched = [each for each in known if each.group.startswith("train")]
        console.print(f"{'train_*':12}{len(untouched):5}   {measured(untouched, scores)}")
    learnt = learn(known)
    lines = [f"{weight:.3f}\t{term}" for term, weight in sorted(learnt.items()) if abs(weight) >= 0.0005]
    TARGET.write_text(_HEAD + "\n".join(lines) + "\n", "utf-8")
    console.print(f"{TARGET.name}: {len(lines)} weights, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
