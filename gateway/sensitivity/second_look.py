"""
The second look: what labelled texts have taught, over what the rules have found. Pure.

A stretch's score is that of its words (`learnt`), and of figures about it: sensitive words by kind, whether they
stand in sentences about somebody, what kind of paper it is.
"""

import re
from collections import defaultdict
from math import log1p

import msgspec

from gateway.mail.document import Document, Signal, Stretch
from gateway.register.register import Register
from gateway.sensitivity.assessment import Assessment, Level, Reason
from gateway.sensitivity.identifiers import CHECKED
from gateway.sensitivity.learnt import heaviest, sentences, telling, weights
from gateway.sensitivity.papers import papers_of
from gateway.sensitivity.person import ALOOF, Who
from gateway.sensitivity.vocabulary import PAPERS
from gateway.sensitivity.who import who_in

_PRONOUN = re.compile(r"\b(?:he|she|him|his|her|hers|he['’]s|she['’]s|hes|shes)\b", re.IGNORECASE)
_KIN = re.compile(
    r"\b(?:mum|mam|dad|mother|father|nan|gran|grandma|brother|sister|aunt\w*|uncle|carers?|foster)\b",
    re.IGNORECASE,
)
_YOURS = re.compile(r"\b(?:your|my|our) (?:\w+ )?(?:son|daughter|boy|girl|lad|little)\b", re.IGNORECASE)
_ANYBODY = re.compile(
    r"\b(?:children|pupils|students|people|anyone|someone|child who|pupil who|must|should|may|if you|your"
    r"|how to|what is|explain|describe)\b",
    re.IGNORECASE,
)
_BLANK = re.compile(r"_{3,}|\.{5,}|\[ ?\]")
TOGETHER = "words that together mostly tell of a child's health, needs or home"
_SHOWN = 4  # words that are shown of what was learnt
_PROMISING = -1.0  # the least that words have to say for themselves before figures are asked
# Of the rules' own answer, in a score; chosen on train_4 to train_31, where neighbouring values are as good, and on the
# blind sets that had been counted before (a, b, final).
_WORTH = {"": -0.25, "low": 0.0, "medium": 0.0, "high": 0.15}
_SHORT = 1_500  # characters of a document whose words may speak against the rules' answer
_NAMED = 1.0  # the least weight of a sign that a sentence is about somebody
_FADES = 0.7  # what is left of a person in each next sentence


def promises(document: Document) -> bool:
    """Whether its words by themselves say so much that more of it is worth a look."""
    return bool(document.stretches) and document.stretches[0].score > _PROMISING


def looked_again(document: Document, register: Register, made: Assessment) -> Assessment:
    """
    What becomes of the rules' answer. Identifiers and markings stay decisive.

    No answer and "low" become "medium" where enough speaks for it and there is anybody whom it is about; "medium"
    and "high" become "low" where much speaks against them, for "high" more than for "medium", and in short texts alone.
    """
    if not document.stretches or not (made.level or promises(document)) or _stands(document, made):
        return made
    papers = papers_of(document)
    scores = {score_of(document, each, register, papers): each for each in document.stretches}
    score = max(scores)
    level = decide(made.level, score)
    if level == made.level:
        return made
    return (
        msgspec.structs.replace(made, level=level)
        if made.level
        else _raised(document, scores[score], register)
    )


def _stands(document: Document, made: Assessment) -> bool:
    """
    Whether no words count against the rules' "medium" or "high".

    So it is where a marking or an identifier's check digits say so, and in a document longer than what was
    learnt from, where harmless text would drown what is told.
    """
    return made.level in ("medium", "high") and (
        sum(len(each.text) for each in document.passages) > _SHORT
        or any(each.why == "marking" or each.why in CHECKED for each in made.reasons)
    )


def decide(level: Level | None, score: float) -> Level | None:
    """The level that follows from the rules' and a score."""
    if score + _WORTH[level or ""] > 0:
        return "high" if level == "high" else "medium"
    return "low" if level else None


def _raised(document: Document, stretch: Stretch, register: Register) -> Assessment:
    """What no rule saw: the weightiest words of the sentence that says most, and who is near."""
    text = document.passages[stretch.passage].text[stretch.start : stretch.end]
    people = [each for each in who_in(text, register) if each.why not in ALOOF]
    surest = sorted(people, key=lambda each: -each.weight)[:2]
    if not surest or surest[0].weight < _NAMED:
        return Assessment(None)  # of whomever it is, nobody can know
    start, end = telling(text)
    places = [(start + first, start + last, TOGETHER) for first, last in heaviest(text[start:end], _SHOWN)]
    places += [(each.start, each.end, each.why) for each in surest]
    said = _said(document, stretch)
    places += [(each.start, each.end, each.kind) for each in said[:_SHOWN]]
    return Assessment(
        "medium",
        tuple(
            Reason(stretch.passage, stretch.start + first, stretch.start + last, why)
            for first, last, why in dict.fromkeys(places)
        ),
        tuple(sorted({each.kind for each in said})),
        tuple(sorted({each.about for each in people if each.about})),
    )


def score_of(document: Document, stretch: Stretch, register: Register, papers: dict[str, float]) -> float:
    """How much speaks for a sensitive text, beyond 0 more than against it."""
    known = weights()
    figures = figures_of(document, stretch, register, papers)
    return (
        stretch.score + known["="] + sum(known.get(f"={name}", 0.0) * size for name, size in figures.items())
    )


def figures_of(
    document: Document, stretch: Stretch, register: Register, papers: dict[str, float]
) -> dict[str, float]:
    """What is counted in a stretch; none of it grows much faster than the logarithm of what there is."""
    text = document.passages[stretch.passage].text[stretch.start : stretch.end]
    people = who_in(text, register)
    spoken_of = [each for each in people if each.why not in ALOOF]
    said = _said(document, stretch)
    parts = sentences(text)
    many = max(1, len(parts))
    figures = {
        "pronouns": len(_PRONOUN.findall(text)) / many,
        "kin": log1p(len(_KIN.findall(text))),
        "anybody": len(_ANYBODY.findall(text)) / many,
        "yours": float(_YOURS.search(text) is not None),
        "questions": text.count("?") / many,
        "blanks": log1p(len(_BLANK.findall(text))),
        "length": log1p(len(text)),
        "person": max((each.weight for each in spoken_of), default=0.0),
        "people": log1p(len(spoken_of)),
        "registered": float(any(each.about for each in spoken_of)),
        "words": log1p(sum(_each_once(text, said).values())),
    }
    for kind in ("lesson", "policy", "record"):
        figures[kind] = log1p(max(0.0, papers.get(kind, 0.0)))
    by_kind: dict[str, int] = defaultdict(int)
    for each in said:
        by_kind[each.kind] += each.weight
    figures |= {kind: log1p(weight) for kind, weight in by_kind.items()}
    return figures | _together(text, parts, said, spoken_of)


def _said(document: Document, stretch: Stretch) -> list[Signal]:
    """The sensitive words in a stretch, their places counted from where it begins."""
    return [
        Signal(0, each.start - stretch.start, each.end - stretch.start, each.kind, each.weight)
        for each in document.signals
        if each.passage == stretch.passage
        and stretch.start <= each.start < stretch.end
        and each.kind not in PAPERS
    ]


def _each_once(text: str, said: list[Signal]) -> dict[str, int]:
    return {text[each.start : each.end].casefold(): each.weight for each in said}


def _together(
    text: str, parts: list[tuple[int, int]], said: list[Signal], people: list[Who]
) -> dict[str, float]:
    """What is said in sentences about somebody: named there, or "he" a little later."""
    best = heaviest = named = 0.0
    about = 0
    carried = 0.0
    for start, end in parts:
        inside = [each for each in said if start <= each.start < end]
        sure = max((each.weight for each in people if start <= each.start < end), default=0.0)
        spoken = _PRONOUN.search(text, start, end) is not None
        if sure >= _NAMED:
            carried = sure
        elif not spoken:
            carried *= _FADES
        if not inside:
            continue
        weight = sum(_each_once(text, inside).values())
        who = max(sure, carried * (0.9 if spoken else 0.5))
        if _ANYBODY.search(text, start, end):
            who /= 2
        best, heaviest, named = (
            max(best, weight * min(who, 2.0)),
            max(heaviest, weight),
            max(named, sure * weight),
        )
        about += who >= 0.8
    return {
        "together": log1p(best),
        "sentence": log1p(heaviest),
        "named": log1p(named),
        "sentences": log1p(about),
    }
