"""
Whether a word that is also a name is used as one: "Hope A", "Mrs Bird", "Rose's essay", but not "Hope you are well".

Each kind of evidence is one function that gives its reason, or "". What a word
is called by decides together with what stands beside it: capitals, titles,
initials, possessives, labels, prepositions, verbs, and whether the message goes
to that person's family.
"""

import re
from collections.abc import Callable
from functools import cached_property

from gateway.register.folding import Word
from gateway.register.names import PERSONAL_NOUNS, Line, NamedPerson, NameHit
from gateway.register.vocabulary import PHRASES

_TITLES = frozenset(
    "mr mrs ms miss mx dr doctor prof professor sir madam dame mister master mme mlle herr frau".split()
)
_REIGNS = frozenset(
    "st saint santa san king queen prince princess pope emperor tsar sultan lord lady mount port fort lake".split()
)
_PLACES = frozenset(
    "street road avenue lane drive crescent university hospital park church cathedral theatre museum station institute "
    "foundation stadium airport castle hotel valley river island bridge square arena gallery surgery nursery".split()
)
_EPONYMS = frozenset(
    "law laws theorem principle constant modulus equation equations paradox effect conjecture postulate motion disease "
    "syndrome comet algorithm transform inequality lemma cage reagent number numbers triangle spiral sequence "
    "experiment telescope poem poems poetry novel novels sonnet sonnets play plays painting paintings symphony".split()
)
_SCRIPTURE = frozenset(
    "matthew mark luke john acts romans james peter jude ruth daniel esther job joel amos micah timothy titus philemon "
    "samuel kings isaiah jeremiah ezekiel jonah joshua ezra genesis exodus".split()
)
_FAMILY_NOUNS = frozenset(
    "mum mother mummy dad father parents parent sister brother family nan gran carer carers".split()
)
_STRONG_NOUNS = _FAMILY_NOUNS | frozenset(
    "homework progress tutor tutoring lesson lessons absence attendance behaviour ehcp essay coursework feedback "
    "spelling spellings report timetable tuition mock mocks revision exam exams assessment invoice review notes "
    "handover targets hours sessions session application".split()
)
_FAMILIES = frozenset("family siblings twins sisters brothers household".split())
_CHILDREN = frozenset("children boys girls parents kids".split())
_RELATIONS = frozenset(
    "pupil student tutee child son daughter brother sister sibling twin tutor teacher colleague client learner "
    "nephew niece cousin candidate".split()
)
_GREETINGS = frozenset(
    "hi hello dear hey thanks cheers sorry congratulations congrats birthday bye goodbye welcome ask tell done".split()
)
_ABOUT = frozenset("about regarding concerning re".split())
_REPORTED = frozenset(
    "report reports notes feedback homework work worksheet update plan lesson lessons timetable news review reference "
    "letter message comments concern concerns targets results certificate invoice tutor tuition session sessions "
    "mark marks call meeting chat email essay summary assessment test tests recap log progress support slot cover".split()
)
_FOR = frozenset("for on by from of to".split())
_GOES_ON = frozenset(
    "on at this next today tomorrow tonight and in is was has will after before from year monday tuesday wednesday "
    "thursday friday saturday sunday for about re to since until".split()
)
_DEEDS = frozenset(
    "missed forgot passed needs needed attended asked asks wants wanted struggles struggled enjoyed finished completed "
    "scored achieved got cannot couldn won wasn isn hasn didn doesn can".split()
)
_BEING = frozenset("is was has will".split())
_STATES = frozenset(
    "ill unwell absent late away poorly off sick struggling improving back doing making been finished missed made "
    "unable ready better not going".split()
)
_IMPERATIVES = frozenset("mark grant bill chase pat skip sue book will may".split())
_AND = frozenset("and y et und".split())
_YEAR = re.compile(r"(?:year|yr|y)\d{0,2}|reception|nursery")
_PARTS = re.compile(r"[:;|,/()\[\]{}!?…•·\"<>]|\s-|-\s|\.\s|\.$|--")
_REPLY = re.compile(
    r"(?:\s*(?:(?:re|fwd?|fw|aw|wg|sv|vs|tr|rv|ref|odp|antw|r|i|ynt|res|enc)\s*(?:\[\d+\]|\(\d+\))?\s*:|\[[^\]]{1,20}\]|external:?))+",
    re.IGNORECASE,
)


class Reading:
    """
    A line with its names, as somebody reads it who knows whom it goes to.

    *near* says whether the message goes to a person's family or school;
    *addressed* holds the folded given names of recipients who are nobody's pupil.
    """

    def __init__(
        self,
        line: Line,
        near: Callable[[NamedPerson], bool],
        addressed: frozenset[str] = frozenset(),
        inside: bool = False,
    ) -> None:
        self.line = line
        self.words = line.words
        self.near = near
        self.addressed = addressed
        self.inside = inside
        prefix = _REPLY.match(line.text)
        self.start = prefix.end() if prefix else 0

    @cached_property
    def caps(self) -> bool:
        """Whether there are no small letters, so that capitals say nothing."""
        letters = [word.shown for word in self.words if word.start >= self.start and len(word.shown) > 1]
        return bool(letters) and all(shown.upper() == shown for shown in letters)

    @cached_property
    def title_case(self) -> bool:
        """Whether It Is Written Like This, so that capitals say nothing."""
        long = [word for word in self.words if len(word.shown) > 3 and word.start > self.start]
        hits = {number for hit in self.line.hits for number in range(hit.first, hit.last)}
        others = [word for word in long if self.words.index(word) not in hits] or long
        return len(others) > 1 and sum(word.capital for word in others) >= 0.7 * len(others)

    @cached_property
    def covered(self) -> frozenset[int]:
        """The words that belong to a fixed expression."""
        found: set[int] = set()
        for position, word in enumerate(self.words):
            for phrase in PHRASES.get(word.folded, ()):
                there = self.words[position : position + len(phrase)]
                if tuple(each.folded for each in there) == phrase and not any(
                    _PARTS.search(each.gap) for each in there[1:]
                ):
                    found.update(range(position, position + len(phrase)))
                    break
        return frozenset(found)

    def word(self, position: int) -> Word | None:
        """The word at that place, or None beyond the ends of the line."""
        return self.words[position] if 0 <= position < len(self.words) else None

    def joined(self, position: int) -> bool:
        """Whether that word follows the one before without anything that parts them."""
        word = self.word(position)
        return word is not None and position > 0 and not _PARTS.search(word.gap)

    def neighbours(self, hit: NameHit) -> tuple[Word | None, Word | None]:
        """The words right before and right behind a name, where nothing parts them."""
        before = self.word(hit.first - 1) if self.joined(hit.first) else None
        behind = self.word(hit.last) if self.joined(hit.last) else None
        return before, behind

    def parted_behind(self, hit: NameHit) -> bool:
        """Whether a separator or the end follows."""
        return self.word(hit.last) is None or not self.joined(hit.last)

    def segment(self, hit: NameHit) -> tuple[int, int]:
        """The words between the separators around a name."""
        first, last = hit.first, hit.last
        while first > 0 and self.joined(first) and self.words[first - 1].start >= self.start:
            first -= 1
        while last < len(self.words) and self.joined(last):
            last += 1
        return first, last

    def alone(self, hit: NameHit) -> bool:
        """Whether its segment holds nothing but names, initials, "and" and a year group."""
        first, last = self.segment(hit)
        named = {number for each in self.line.hits for number in range(each.first, each.last)}
        return all(
            number in named
            or self.words[number].folded in _AND
            or self.words[number].initial
            or _YEAR.fullmatch(self.words[number].folded)
            or self.words[number].folded.isdigit()
            for number in range(first, last)
        )

    def is_near(self, hit: NameHit) -> bool:
        """Whether the message goes to somebody connected with one of the people so called."""
        return any(map(self.near, hit.people))


def no_name(reading: Reading, hit: NameHit) -> bool:
    """Whether a name that is no ordinary word stands for something else all the same."""
    if hit.form == "full" and not hit.ordinary:
        return False
    if any(number in reading.covered for number in range(hit.first, hit.last)):
        return True
    before, behind = reading.neighbours(hit)
    name = reading.words[hit.last - 1]
    text = reading.line.text
    if name.folded in _SCRIPTURE and re.match(r"\W*\d+\s*[:.v]\s*\d+", text[hit.end :]):
        return True
    if hit.form == "family" and behind is not None and behind.folded in _EPONYMS and name.possessive:
        return True
    if hit.form == "given":
        if before is not None and before.folded in _REIGNS and before.capital and name.capital:
            return True
        if behind is not None and name.capital:
            if re.fullmatch(r"[IVX]{2,4}", behind.shown) and not _has_initial(hit, behind):
                return True
            after = reading.word(hit.last + 1)
            if behind.folded == "the" and after is not None and after.capital and not reading.title_case:
                return True
    return (
        behind is not None
        and behind.folded in _PLACES
        and behind.capital
        and name.capital
        and not name.possessive
        and not reading.title_case
        and not reading.is_near(hit)
    )


def used_as_name(reading: Reading, hit: NameHit) -> str:
    """Why an ordinary word is a name here; "" where it is just the word."""
    if any(number in reading.covered for number in range(hit.first, hit.last)) and hit.form != "full":
        return ""
    evidence = (_full, _titled, _with_initial) if _addressee(reading, hit) else _EVIDENCE
    return next(filter(None, (each(reading, hit) for each in evidence)), "")


def _addressee(reading: Reading, hit: NameHit) -> bool:
    """Whether a recipient is called so who has nothing to do with the pupil."""
    return reading.words[hit.first].folded in reading.addressed and not reading.is_near(hit)


def _capital(reading: Reading, hit: NameHit) -> bool:
    return reading.words[hit.first].capital


def _tells(reading: Reading, hit: NameHit) -> bool:
    """Whether the capital says something: in mid-sentence, where not everything has one."""
    before, _ = reading.neighbours(hit)
    return _capital(reading, hit) and before is not None and not reading.caps and not reading.title_case


def _full(reading: Reading, hit: NameHit) -> str:
    if hit.form != "full":
        return ""
    words = reading.words[hit.first : hit.last]
    behind = reading.neighbours(hit)[1]
    label = reading.alone(hit) or words[-1].possessive
    if not label and (reading.caps or reading.title_case or not all(word.capital for word in words)):
        return ""
    if behind is not None and behind.folded.isdigit():
        return ""
    straight = any(_starts_given(person, words[0]) for person in hit.people)
    comma = any("," in word.gap for word in words[1:])
    return "first name and surname together" if straight or comma or label else ""


def _starts_given(person: NamedPerson, word: Word) -> bool:
    return not person.family_name.casefold().startswith(word.folded)


def _titled(reading: Reading, hit: NameHit) -> str:
    before = reading.word(hit.first - 1)
    gap = reading.words[hit.first].gap
    if before is None or before.folded not in _TITLES or gap.strip(" ._"):
        return ""
    if before.folded in ("miss", "master", "sir") and not (before.capital and _capital(reading, hit)):
        return ""
    return "a title before it"


def _has_initial(hit: NameHit, letter: Word) -> bool:
    """Whether a letter is the initial of the other name of one of these people."""
    for person in hit.people:
        others = [person.given_name, getattr(person, "preferred_name", "")]
        if hit.form in ("given", "part"):
            others = [person.family_name]
        if any(name and name[0].casefold() == letter.folded for name in others):
            return True
    return False


def _with_initial(reading: Reading, hit: NameHit) -> str:
    before, behind = reading.neighbours(hit)
    if behind is not None and behind.initial and hit.form in ("given", "part") and _has_initial(hit, behind):
        parted = reading.word(hit.last + 1) is None or not reading.joined(hit.last + 1) or behind.possessive
        sure = behind.folded not in "ai" or parted or reading.words[hit.last].gap == ""
        if sure and (_capital(reading, hit) or parted):
            return "the surname's initial behind it"
    if behind is None and hit.form == "given" and re.match(r"[ .]?\(?[A-Z]\b", reading.line.text[hit.end :]):
        letter = reading.word(hit.last)
        if letter is not None and letter.initial and _has_initial(hit, letter):
            return "the surname's initial behind it"
    previous = reading.word(hit.first - 1)
    gap = reading.words[hit.first].gap
    if (
        previous is not None
        and previous.initial
        and not gap.strip(" .")
        and hit.form == "family"
        and _capital(reading, hit)
        and _has_initial(hit, previous)
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
    if hit.form == "family" and noun in _EPONYMS:
        return ""
    if hit.kind == "time":
        sure = near or noun in _FAMILY_NOUNS
    elif hit.kind == "place" or (hit.kind == "word" and hit.form == "family"):
        sure = near or noun in _STRONG_NOUNS
    else:
        sure = True
    if not _capital(reading, hit):
        sure = noun in _STRONG_NOUNS and (near or hit.kind not in ("time", "place")) and hit.form != "family"
    return "a possessive" if sure else ""


def _label(reading: Reading, hit: NameHit) -> str:
    if not reading.alone(hit):
        return ""
    _, last = reading.segment(hit)
    opens = last < len(reading.words)
    near = reading.is_near(hit) or any(
        reading.near(person)
        for other in reading.line.hits
        if reading.segment(other) == reading.segment(hit)
        for person in other.people
    )
    if opens and near:
        return "a label, and the message goes to that family"
    if near and hit.kind not in ("time", "place") and _capital(reading, hit):
        return "set apart, and the message goes to that family"
    if hit.kind == "mild" and _capital(reading, hit):
        return "a label"
    noun = reading.word(last)
    if opens and reading.inside and hit.kind == "word" and hit.form == "given" and noun is not None:
        return "a label among colleagues" if noun.folded in PERSONAL_NOUNS else ""
    return ""


def _greeted(reading: Reading, hit: NameHit) -> str:
    before, behind = reading.neighbours(hit)
    if before is None or not _capital(reading, hit) or reading.title_case or reading.caps:
        return ""
    second = reading.word(hit.first - 2)
    thanks = before.folded == "you" and second is not None and second.folded == "thank"
    well = before.folded != "done" or (second is not None and second.folded == "well")
    if not (thanks or (before.folded in _GREETINGS and well)):
        return ""
    if (
        hit.kind in ("time", "place")
        and before.folded not in ("birthday", "done", "ask", "tell")
        and not reading.is_near(hit)
    ):
        return ""
    ends = behind is None or behind.folded in _GOES_ON
    return "somebody is greeted" if ends else ""


def _related(reading: Reading, hit: NameHit) -> str:
    before, behind = reading.neighbours(hit)
    if not _capital(reading, hit) or reading.title_case:
        return ""
    if before is not None and before.folded in _RELATIONS and not reading.caps:
        if behind is None or behind.folded in _GOES_ON | _DEEDS:
            return "a relation before it"
    if hit.form == "family" and behind is not None:
        if behind.folded in _FAMILIES and reading.words[hit.first].folded not in ("young", "royal", "holy"):
            return "a family"
        if behind.folded in _CHILDREN and reading.is_near(hit):
            return "a family"
    return ""


def _spoken_of(reading: Reading, hit: NameHit) -> str:
    """ "Lesson with Grace", "Feedback for Hope", "notes on Mark"."""
    if not _tells(reading, hit):
        return ""
    before, behind = reading.neighbours(hit)
    if before is None or (behind is not None and behind.folded not in _GOES_ON):
        return ""
    if before.folded == "with":
        return "somebody is met"
    if hit.kind in ("time", "place"):
        return ""
    second = reading.word(hit.first - 2)
    reported = second is not None and second.folded in _REPORTED
    if before.folded in _ABOUT or (before.folded in _FOR and reported):
        return "somebody is spoken of"
    return ""


def _does(reading: Reading, hit: NameHit) -> str:
    """ "Will missed his lesson", "Grace is unwell"."""
    behind = reading.neighbours(hit)[1]
    if behind is None or hit.form not in ("given", "part") or not _capital(reading, hit):
        return ""
    if reading.words[hit.last - 1].possessive:
        return ""
    after = reading.word(hit.last + 1)
    state = after is not None and reading.joined(hit.last + 1) and after.folded in _STATES
    if behind.folded in _DEEDS and behind.folded != "can":
        deed = True
    elif behind.folded == "can":
        deed = after is not None and after.folded in ("t", "not")
    else:
        deed = behind.folded in _BEING and state
    if not deed or (hit.kind in ("time", "place") and not reading.is_near(hit)):
        return ""
    return "somebody does something"


def _in_year(reading: Reading, hit: NameHit) -> str:
    behind = reading.word(hit.last)
    if behind is None or not _capital(reading, hit) or not _YEAR.fullmatch(behind.folded):
        return ""
    apart = "(" in behind.gap or "," in behind.gap
    return "a year group behind it" if apart and (hit.kind != "time" or reading.is_near(hit)) else ""


def _of_the_family(reading: Reading, hit: NameHit) -> str:
    """ "Grace timetable" to Grace's mother; any "Poppy homework"."""
    behind = reading.neighbours(hit)[1]
    if behind is None or hit.form != "given" or hit.kind in ("time", "place") or not _capital(reading, hit):
        return ""
    if behind.folded not in PERSONAL_NOUNS or reading.words[hit.first].folded in _IMPERATIVES:
        return ""
    near = reading.is_near(hit) or hit.kind == "mild"
    return "a school word behind it" if near and not reading.caps else ""


def _mild(reading: Reading, hit: NameHit) -> str:
    """A capital in mid-sentence is enough for words that are mostly names."""
    if hit.kind != "mild" or not _tells(reading, hit):
        return ""
    before, behind = reading.neighbours(hit)
    proper = (before is not None and before.capital and before.start > reading.start) or (
        behind is not None and behind.capital
    )
    return "" if proper else "a capital in mid-sentence"


_EVIDENCE: tuple[Callable[[Reading, NameHit], str], ...] = (
    _full, _titled, _with_initial, _possessive, _label, _greeted, _related, _spoken_of, _does, _in_year,
    _of_the_family, _mild,
)  # fmt: skip


def beside(reading: Reading, hit: NameHit, sure: NameHit) -> bool:
    """Whether an ordinary word stands beside a certain name as its equal: "Jack and Niamh"."""
    if not _capital(reading, hit):
        return False
    left, right = sorted((hit, sure), key=lambda each: each.first)
    between = reading.words[left.last : right.first]
    gap = reading.words[right.first].gap
    if len(between) == 1 and between[0].folded in _AND:
        return True
    listed = not between and re.fullmatch(r"\s*[,/&+]\s*", gap) is not None
    return listed and (hit.kind != "time" or "&" in gap or "+" in gap)
