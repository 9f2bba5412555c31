"""Names of people who are not in the register, as well as a line of text alone can tell."""

from gateway.register.folding import Word
from gateway.register.hits import Line
from gateway.register.nearby import Nearby
from gateway.register.reading import Reading
from gateway.register.vocabulary import COMMON, GRAMMAR, ORDINARY, is_given_name

_BEFORE = GRAMMAR["for"] | GRAMMAR["about"] | {"with"}


def strangers(line: Line, nearby: Nearby) -> list[tuple[int, int]]:
    """Where in the text words stand that are most likely somebody's name."""
    reading = Reading(line, nearby)
    found: list[tuple[int, int]] = []
    for number, word in enumerate(line.words):
        if not _may_be_name(word) or number in reading.covered or (found and word.start < found[-1][1]):
            continue
        before = reading.word(number - 1)
        behind = reading.word(number + 1) if reading.joined(number + 1) else None
        surname = behind is not None and _may_be_name(behind)
        given = is_given_name(word.folded)
        titled = before is not None and before.folded in GRAMMAR["titles"]
        owns = word.possessive and behind is not None and behind.folded in GRAMMAR["personal"]
        pair = surname and before is not None and before.folded in _BEFORE
        if titled or (not reading.caps and (given or owns or pair)):
            found.append((word.start, behind.end if surname and behind is not None else word.end))
    return found


def _may_be_name(word: Word) -> bool:
    """Whether it has a capital and is no everyday word."""
    plain = word.folded not in COMMON and word.folded not in ORDINARY
    return word.capital and len(word.folded) > 2 and plain and word.folded.isalpha()
