"""Names of people who are not in the register, as well as a line of text alone can tell."""

from gateway.register.names import Line
from gateway.register.nearby import Nearby
from gateway.register.reading import Reading
from gateway.register.vocabulary import COMMON, GRAMMAR, ORDINARY, is_given_name


def strangers(line: Line, nearby: Nearby) -> list[tuple[int, int]]:
    """Where in the text words stand that are most likely somebody's name."""
    reading = Reading(line, nearby)
    found: list[tuple[int, int]] = []
    for number, word in enumerate(line.words):
        if not word.capital or len(word.folded) < 3 or word.folded in COMMON or number in reading.covered:
            continue
        before = reading.word(number - 1)
        behind = reading.word(number + 1)
        given = word.folded not in ORDINARY and is_given_name(word.folded)
        titled = before is not None and before.folded in GRAMMAR["titles"]
        noun = behind is not None and behind.folded in GRAMMAR["personal"]
        surname = (
            behind is not None
            and reading.joined(number + 1)
            and behind.capital
            and len(behind.folded) > 2
            and behind.folded not in COMMON
        )
        if (
            titled
            or (given and not reading.caps)
            or (word.possessive and noun and word.folded not in ORDINARY)
        ):
            end = behind.end if given and surname and behind is not None else word.end
            found.append((word.start, end))
    return found
