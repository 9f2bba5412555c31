"""
Whether a word that is also a name is used as one: "Hope A", "Mrs Bird", "Rose's essay", but not "Hope you are well".

Each kind of evidence is one function that gives its reason, or "". What a word
is called by decides together with what stands beside it: capitals, titles,
initials, possessives, labels, prepositions, verbs, and whether the message goes
to that person's family.
"""

import re
from collections.abc import Callable

from gateway.register.folding import Word
from gateway.register.hits import SLIP, NameHit
from gateway.register.naming import NamedPerson
from gateway.register.otherwise import has_initial, in_scripture, in_work
from gateway.register.reading import YEAR, Reading
from gateway.register.said import asked_about, capital, does, greeted, in_sentence, related, spoken_of, tells
from gateway.register.vocabulary import GRAMMAR

# What may follow a name and a comma where somebody is spoken to or of.
_ADDRESSES = (
    GRAMMAR["personal"] | GRAMMAR["goes_on"] | frozenset(["you", "your", "please", "thank", "thanks", "well"])
)
_NO_OWNERS = GRAMMAR["imperatives"] | GRAMMAR["subjects"]
_MATTERS = GRAMMAR["subjects"] | GRAMMAR["personal"]  # what a pupil's name goes before: "Rose, maths, 5pm"
_STRONG = GRAMMAR["kin"] | GRAMMAR["strong"]


def used_as_name(reading: Reading, hit: NameHit) -> str:
    """Why an ordinary word is a name here; "" where it is just the word."""
    if any(number in reading.covered for number in range(hit.first, hit.last)) and hit.form != "full":
        return _owner(reading, hit)
    if in_scripture(reading, hit) or in_work(reading, hit):
        return ""
    evidence = (_full, _titled, _with_initial) if _addressee(reading, hit) else _EVIDENCE
    return next(filter(None, (each(reading, hit) for each in evidence)), "")


def _owner(reading: Reading, hit: NameHit) -> str:
    """A "Summer tuition" is a season's whoever reads it; "Summer's tuition", to her mother, is hers."""
    behind = reading.neighbours(hit)[1]
    hers = behind is not None and behind.folded in _STRONG | GRAMMAR["personal"]
    return _possessive(reading, hit) if hers and reading.is_near(hit) and capital(reading, hit) else ""


def _addressee(reading: Reading, hit: NameHit) -> bool:
    """Whether a recipient is called so who has nothing to do with the pupil."""
    return reading.words[hit.first].folded in reading.nearby.addressed and not reading.is_near(hit)


def _full(reading: Reading, hit: NameHit) -> str:
    if hit.form != "full":
        return ""
    words = reading.words[hit.first : hit.last]
    behind = reading.neighbours(hit)[1]
    label = reading.alone(hit) or words[-1].possessive or _in_small_letters(reading, hit)
    if not label and (reading.caps or reading.title_case or not all(word.capital for word in words)):
        return ""
    if behind is not None and behind.folded.isdigit():
        return ""
    straight = any(_starts_given(person, words[0]) for person in hit.people)
    comma = any("," in word.gap for word in words[1:])
    return "first name and surname together" if straight or comma or label else ""


def _in_small_letters(reading: Reading, hit: NameHit) -> bool:
    """Both words small and side by side, to her own family or before what pupils have: "grace hill report"."""
    words = reading.words[hit.first : hit.last]
    if any(word.capital for word in words) or any(word.gap.strip() for word in words[1:]):
        return False
    behind = reading.neighbours(hit)[1]
    straight = any(_starts_given(person, words[0]) for person in hit.people)
    hers = behind is not None and behind.folded in GRAMMAR["personal"]
    # "I will mark reading homework"
    said = words[0].folded in GRAMMAR["imperatives"] or words[-1].folded in GRAMMAR["subjects"]
    return straight and ((hers and not said) or reading.is_near(hit))


def _starts_given(person: NamedPerson, word: Word) -> bool:
    return not person.family_name.casefold().startswith(word.folded)


def _titled(reading: Reading, hit: NameHit) -> str:
    before = reading.word(hit.first - 1)
    gap = reading.words[hit.first].gap
    if before is None or before.folded not in GRAMMAR["titles"] or gap.strip(" ._"):
        return ""
    if before.folded in ("miss", "master", "sir") and not (before.capital and capital(reading, hit)):
        return ""
    return "a title before it"


def _with_initial(reading: Reading, hit: NameHit) -> str:
    before, behind = reading.neighbours(hit)
    if (
        behind is not None
        and behind.initial
        and hit.form in ("given", "part")
        and has_initial(reading, hit, behind)
    ):
        parted = reading.word(hit.last + 1) is None or not reading.joined(hit.last + 1) or behind.possessive
        sure = behind.folded not in "ai" or parted or reading.words[hit.last].gap == ""
        if sure and (capital(reading, hit) or parted):
            return "the surname's initial behind it"
    if behind is None and hit.form == "given" and re.match(r"[ .]?\(?[A-Z]\b", reading.line.text[hit.end :]):
        letter = reading.word(hit.last)
        if letter is not None and letter.initial and has_initial(reading, hit, letter):
            return "the surname's initial behind it"
    turned = reading.word(hit.last)
    if (
        turned is not None
        and turned.initial
        and turned.gap.strip() == ","
        and hit.form == "family"
        and capital(reading, hit)
        and has_initial(reading, hit, turned)
        and reading.parted_before(hit)
        and (reading.word(hit.last + 1) is None or not reading.joined(hit.last + 1))
    ):
        return "the first name's initial behind it"
    previous = reading.word(hit.first - 1)
    gap = reading.words[hit.first].gap
    if (
        previous is not None
        and previous.initial
        and not gap.strip(" .")
        and hit.form == "family"
        and capital(reading, hit)
        and has_initial(reading, hit, previous)
        and (previous.folded not in "ai" or "." in gap or before is None or hit.first == 1)
    ):
        return "the first name's initial before it"
    return ""


def _possessive(reading: Reading, hit: NameHit) -> str:
    if not reading.words[hit.last - 1].possessive:
        return ""
    behind = reading.neighbours(hit)[1]
    noun = behind.folded if behind is not None else ""
    near = reading.is_near(hit)
    if noun in GRAMMAR["eponyms" if hit.form == "family" else "staged"]:
        return ""
    if hit.kind == "time":
        sure = (near and noun not in GRAMMAR["seasons"]) or noun in GRAMMAR["kin"]
    elif hit.form == "family":  # "Shepherd's pie"
        sure = not noun or noun in _STRONG or (near and noun in GRAMMAR["personal"])
    elif hit.kind == "place":
        sure = near or noun in _STRONG
    else:
        sure = True
    if not capital(reading, hit):
        hers = near and hit.kind not in ("time", "place") and noun in GRAMMAR["personal"]
        sure = hers or (noun in _STRONG and (near or hit.kind not in ("time", "place")))
        sure = sure and hit.form != "family"
    return "a possessive" if sure else ""


def _label(reading: Reading, hit: NameHit) -> str:
    if not reading.alone(hit):
        return ""
    _, last = reading.segment(hit)
    opens = last < len(reading.words)
    if opens and reading.words[last].gap.strip() == ",":
        matter = reading.words[last].folded in _MATTERS and not reading.joined(last + 1)
        if not (matter or reading.words[last].folded in _ADDRESSES or reading.is_hour(last)):
            return ""  # "Bell, book and candle"
    if hit.kind == "place" and opens and hit.first > 0 and reading.words[hit.first].gap.strip() == ",":
        return ""  # "Atlanta, Georgia"
    near = any(
        reading.is_near(other)
        for other in reading.line.hits
        if reading.segment(other) == reading.segment(hit)
    )
    if opens and near:
        return "a label, and the message goes to that family"
    if near and hit.kind not in ("time", "place") and capital(reading, hit):
        return "set apart, and the message goes to that family"
    if hit.kind == "mild" and capital(reading, hit):
        return "a label"
    if not reading.nearby.inside or hit.kind not in ("word", "mild"):
        return ""
    noun = reading.word(last if opens else 0)
    return "a label among colleagues" if noun is not None and noun.folded in GRAMMAR["personal"] else ""


def _in_year(reading: Reading, hit: NameHit) -> str:
    behind = reading.word(hit.last)
    if behind is None or not capital(reading, hit) or not YEAR.fullmatch(behind.folded):
        return ""
    apart = "(" in behind.gap or "," in behind.gap
    return "a year group behind it" if apart and (hit.kind != "time" or reading.is_near(hit)) else ""


def _of_the_family(reading: Reading, hit: NameHit) -> str:
    """A school word follows: "grace timetable" to Grace's mother, "Poppy homework" to anybody."""
    behind = reading.neighbours(hit)[1]
    if behind is None or hit.kind in ("time", "place"):
        return ""
    if not capital(reading, hit) and not _heads_it(reading, hit, behind):
        return ""
    if hit.form != "given" and hit.note != SLIP:
        return ""
    if behind.folded not in GRAMMAR["personal"] or reading.words[hit.first].folded in _NO_OWNERS:
        return ""
    near = reading.is_near(hit) or hit.kind == "mild"
    return "a school word behind it" if near and not reading.caps else ""


def _heads_it(reading: Reading, hit: NameHit, behind: Word) -> bool:
    """To her own family, and nothing else is said: "grace report"; not "sunny timetable", "hope lessons go well"."""
    if hit.note == SLIP or not reading.is_near(hit) or reading.segment(hit) != (hit.first, hit.last + 1):
        return False
    return behind.folded in _STRONG and reading.words[hit.first].folded not in GRAMMAR["adjectives"]


def _mild(reading: Reading, hit: NameHit) -> str:
    """A capital in mid-sentence is enough for words that are mostly names."""
    if hit.kind != "mild" or not tells(reading, hit):
        return ""
    before, behind = reading.neighbours(hit)
    proper = (before is not None and before.capital and before.start > reading.start) or (
        behind is not None and behind.capital
    )
    author = before is not None and before.folded == "by" and not reading.is_near(hit)
    language = before is not None and before.folded == "in"  # "written in Ruby"
    return "" if proper or author or language else "a capital in mid-sentence"


_EVIDENCE: tuple[Callable[[Reading, NameHit], str], ...] = (
    _full, _titled, _with_initial, _possessive, _label, greeted, related, spoken_of, does, asked_about,
    _in_year, _of_the_family, in_sentence, _mild,
)  # fmt: skip


def beside(reading: Reading, hit: NameHit, sure: NameHit) -> bool:
    """Whether an ordinary word stands beside a certain name as its equal: "Jack and Niamh"."""
    if not capital(reading, hit):
        return False
    left, right = sorted((hit, sure), key=lambda each: each.first)
    between = reading.words[left.last : right.first]
    gap = reading.words[right.first].gap
    if len(between) == 1 and between[0].folded in GRAMMAR["and"]:
        return True
    listed = not between and re.fullmatch(r"\s*[,/&+]\s*", gap) is not None
    return listed and (hit.kind != "time" or "&" in gap or "+" in gap)
