"""What a name may stand for besides a person of the register: a work, a law, a saint, a street."""

import re

from gateway.register.folding import Word
from gateway.register.hits import NameHit
from gateway.register.reading import Reading
from gateway.register.vocabulary import GRAMMAR


def no_name(reading: Reading, hit: NameHit) -> bool:
    """Whether a name that is no ordinary word stands for something else all the same."""
    if hit.form == "full" and not hit.ordinary:
        return False
    if any(number in reading.covered for number in range(hit.first, hit.last)):
        return True
    return (
        in_scripture(reading, hit)
        or in_work(reading, hit)
        or _told_of(reading, hit)
        or _elsewhere(reading, hit)
    )


def _elsewhere(reading: Reading, hit: NameHit) -> bool:
    """A law, a monologue, a saint, a ruler or a street."""
    before, behind = reading.neighbours(hit)
    name = reading.words[hit.last - 1]
    owned = {"family": GRAMMAR["eponyms"], "given": GRAMMAR["staged"]}.get(hit.form, frozenset())
    if behind is not None and behind.folded in owned and name.possessive:
        return True
    if hit.form == "given":
        if before is not None and before.folded in GRAMMAR["reigns"] and before.capital and name.capital:
            return True
        if behind is not None and name.capital:
            if re.fullmatch(r"[IVX]{2,4}", behind.shown) and not has_initial(reading, hit, behind):
                return True
            after = reading.word(hit.last + 1)
            if behind.folded == "the" and after is not None and after.capital and not reading.title_case:
                return True
    return (
        behind is not None
        and behind.folded in GRAMMAR["places"]
        and behind.capital
        and name.capital
        and not name.possessive
        and not reading.title_case
        and not reading.is_near(hit)
    )


def _told_of(reading: Reading, hit: NameHit) -> bool:
    """Somebody of a story: "Freya, goddess of the Norse myths"."""
    behind, after = reading.word(hit.last), reading.word(hit.last + 1)
    if behind is None or after is None or behind.gap.strip() != ",":
        return False
    return behind.folded in GRAMMAR["figures"] and after.folded == "of" and not reading.is_near(hit)


def in_work(reading: Reading, hit: NameHit) -> bool:
    """Somebody in a work that the line speaks of: "Lord of the Flies: Jack and Simon", but not "Jack's homework"."""
    if hit.last - hit.first != 1 or reading.words[hit.first].folded not in reading.characters:
        return False
    before, behind = reading.neighbours(hit)
    if before is not None and before.folded in ("for", "with", "from"):
        return False
    if behind is None:
        return True
    owned = reading.words[hit.first].possessive and behind.folded in GRAMMAR["strong"]
    return not owned and not (behind.initial and has_initial(reading, hit, behind))


def in_scripture(reading: Reading, hit: NameHit) -> bool:
    """A place in the Bible: "Mark 4:35"."""
    book = reading.words[hit.last - 1].folded in GRAMMAR["scripture"]
    return book and re.match(r"\s+\d+\s*[:.v]\s*\d+", reading.line.text[hit.end :]) is not None


def has_initial(reading: Reading, hit: NameHit, letter: Word) -> bool:
    """Whether a letter is the initial of the other name of one of these people."""
    for person in hit.people:
        others = [person.given_name, getattr(person, "preferred_name", "")]
        if hit.form in ("given", "part"):
            others = [person.family_name]
        if any(name and name[0].casefold() == letter.folded for name in others) and reading.counts(person):
            return True
    return False
