"""What kind of paper a document is: a record about somebody, a lesson, a policy, a form that nobody filled in. Pure."""

import re
from collections import defaultdict

from gateway.mail.document import Document
from gateway.sensitivity.vocabulary import PAPERS

_MARKED = 4.0  # what protective markings count, however many
_LOOKED_AT = 100_000  # characters of a document: what kind of paper it is shows by then

_BLANK = re.compile(r"_{3,}|\.{6,}|\[ *\]|\u2026{2,}|\u2610|\.{2,}/\.{2,}")
_FIELD = re.compile(r"^[ \t]*(?:\d+[.)] ?)?[A-Z][^\n:?]{1,70}[:?][ \t]*(?=\n)", re.MULTILINE)
_NEXT = re.compile(r"\n+[ \t]*(?:\d+[.)] ?)?[A-Z][^\n:?]{1,70}[:?]")
_MARKS = re.compile(
    r"[(\[](?:\d{1,2}|\d{1,2} marks?|Total \d+ marks?)[)\]] *(?=\n|$)|\b\d{1,2} marks\b", re.MULTILINE
)
# Speech as stories have it: "'You'll like them,' she said".
_SPEECH = re.compile(
    r"[,.!?\t]['’\"”] (?:he|she|they|[A-Z][a-z]+|I|the \w+) (?:said|asked|replied|whispered|cried|shouted|says|muttered)\b|['’\"”] (?:said|says|asked) (?:[A-Z]|the |his |her |their |my )"
)
_SPOKEN = re.compile(r"\b(?:he|she|him|her|his|hers|he's|she's)\b", re.IGNORECASE)
_QUESTIONS = re.compile(r"^[ \t]*(?:Q ?)?\d{1,2}[.):][^\n?]{8,160}\?", re.MULTILINE)
_GLOSS = re.compile(r"^[ \t]*[a-zà-ÿ'’][^\n:–=-]{1,40} (?:[–—=-]|->) [^\n]{1,50}$", re.MULTILINE)
_PRICES = re.compile(r"[£€$] ?\d")
_PERCENT = re.compile(r"\b\d{1,3} ?%")
_YEARS = re.compile(r"\b(?:1[0-8]\d\d|19[0-7]\d)\b(?!/)")


def papers_of(document: Document) -> dict[str, float]:
    """
    How much it looks like a record, a lesson, a policy; each different word once.

    "invented", what speaks for people of stories and history, is a part of "lesson".
    """
    seen: dict[str, dict[str, int]] = defaultdict(dict)
    for signal in document.signals:
        if signal.kind in PAPERS:
            text = document.passages[signal.passage].text[signal.start : signal.end].casefold()
            seen[signal.kind][text] = signal.weight
    papers = defaultdict(float, {kind: float(sum(words.values())) for kind, words in seen.items()})
    papers["record"] += min(papers.pop("marking", 0.0), _MARKED)
    left = _LOOKED_AT
    gloss = spoken = blanks = marks = years = speech = questions = prices = percent = 0
    for passage in document.passages:
        text = passage.text[:left]
        left -= len(text)
        blanks += len(_BLANK.findall(text)) + _empty(text)
        marks += len(_MARKS.findall(text))
        questions += len(_QUESTIONS.findall(text))
        percent += len(_PERCENT.findall(text))
        prices += len(_PRICES.findall(text))
        gloss += len(_GLOSS.findall(text))
        speech += len(_SPEECH.findall(text))
        years += len(set(_YEARS.findall(text)))
        spoken += len(_SPOKEN.findall(text))
        if not left:
            break
    papers["policy"] = max(0.0, papers["policy"] - min(spoken / 2, 4.0))  # rules and leaflets speak of nobody
    if blanks > 1:  # a form to be filled in, a worksheet with gaps
        papers["policy"] += min(2.0 * (blanks - 1), 8.0)
    if marks > 1:
        papers["lesson"] += min(2.0 * marks, 6.0)
    if questions > 1:
        papers["lesson"] += min(2.0 * questions, 6.0)
    if gloss > 3:  # words and what they mean
        papers["lesson"] += min(2.0 * gloss, 12.0)
    if percent > 3:
        papers["lesson"] += min(percent / 2, 4.0)
    if prices > 2:
        papers["policy"] += min(float(prices), 5.0)
    papers["invented"] += min(2.0 * years, 4.0) + min(5.0 * speech, 10.0)
    papers["lesson"] += papers["invented"]
    return dict(papers)


def _empty(text: str) -> int:
    """How many questions are followed by the next one at once."""
    return sum(_NEXT.match(text, match.end()) is not None for match in _FIELD.finditer(text))
