"""Signs that a text is about one identifiable child: names, dates of birth, official numbers."""

import re
from collections import Counter, defaultdict

import msgspec

from gateway.register.model import Pupil
from gateway.register.names import NameHit
from gateway.register.register import Register
from gateway.register.vocabulary import is_given_name


class Who(msgspec.Struct, frozen=True):
    """
    A sign of a person at ``text[start:end]``.

    *weight* 3 names one child beyond doubt, 1 hints. *about* is the register's
    id, "" for somebody who is not in it.
    """

    start: int
    end: int
    weight: float
    why: str
    about: str = ""


_LABELLED = re.compile(
    r"\b(?:pupil|child|student|patient|young person|name(?: of (?:pupil|child|student))?|full name|re|subject"
    r"|client|forenames?|surname|learner)(?:'s name)?\s*[:\t]\s*"
    r"(?P<name>[A-Z\u00c0-\u00de][\w'’-]+(?:[ \t]+(?:[a-z]{2,3}[ \t]+)?[A-Z\u00c0-\u00de][\w'’-]+){1,3})",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"[A-Z\u00c0-\u00de]")
_DATE = (
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ ./-]+(?P<month>\d{1,2}|[a-z]{3,9})[ ./-]+(?P<year>\d{4}|\d{2})|"
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
)
_BORN = re.compile(
    rf"\b(?:date of birth|d\.?o\.?b\.?|born(?: on)?)\b[\s:.,(-]{{0,6}}(?:{_DATE})", re.IGNORECASE
)
_NHS = re.compile(r"\b(\d{3})[ -]?(\d{3})[ -]?(\d{4})\b")
_UPN = re.compile(r"\b[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]\b")
_ULN = re.compile(r"\bULN\b\W{0,4}(\d{10})\b", re.IGNORECASE)


def who_in(text: str, register: Register) -> list[Who]:
    """Every sign in a text, in no particular order."""
    found = _names(text, register)
    for match in _LABELLED.finditer(text):
        words = match["name"].split()
        if all(_CAPITALISED.match(word) for word in (words[0], words[-1])):
            found.append(Who(match.start("name"), match.end("name"), 2.5, "named as the one it is about"))
    found += _initials(text, register) + _strangers(text)
    found += [Who(m.start(), m.end(), 2.0, "a date of birth") for m in _BORN.finditer(text)]
    found += [Who(m.start(), m.end(), 3.0, "an NHS number") for m in _NHS.finditer(text) if nhs_number(m[0])]
    found += [Who(m.start(), m.end(), 3.0, "a unique pupil number") for m in _UPN.finditer(text) if upn(m[0])]
    found += [
        Who(m.start(), m.end(), 3.0, "a unique learner number") for m in _ULN.finditer(text) if uln(m[1])
    ]
    return found


def _names(text: str, register: Register) -> list[Who]:
    """
    Registered pupils by name.

    A full name is beyond doubt. A first name and a surname of one pupil apart
    from each other are nearly so, and so is a first name that only one pupil has
    and that comes again and again; one mention of a first name merely hints.
    """
    hits: list[tuple[NameHit, str]] = []
    for hit in register.names.find(text):
        pupils = [each for each in hit.people if isinstance(each, Pupil)]
        if hit.form == "family" and _of_another(text, hit):
            continue
        if pupils and _CAPITALISED.match(text[hit.start]) and hit.end - hit.start > 2:
            hits.append((hit, pupils[0].id if len(pupils) == 1 else ""))
    forms: dict[str, set[str]] = defaultdict(set)
    for hit, about in hits:
        forms[about].add(hit.form)
    mentions = Counter(about for hit, about in hits if not hit.ordinary)
    found = []
    for hit, about in hits:
        if hit.form == "full":
            found.append(_full(text, hit, about, mentions[about]))
        elif about and _beside_initial(register.pupil(about), hit, text):
            found.append(Who(hit.start, hit.end, 2.5, "a pupil's name and initial", about))
        elif hit.ordinary and not mentions[about]:
            continue  # "in May", "grace period": a word, unless its owner is named otherwise too
        elif about and {"given", "family"} <= forms[about]:
            found.append(Who(hit.start, hit.end, 2.5, "a pupil's first name and surname", about))
        elif about and mentions[about] > 1:
            found.append(Who(hit.start, hit.end, 2.0, "a pupil's name, more than once", about))
        else:
            weight = 1.5 if about and hit.form == "given" and not hit.ordinary else 1.0
            found.append(Who(hit.start, hit.end, weight, "a pupil's name", about))
    return found


ABOVE = "a pupil's name above the text"
_BYLINE = re.compile(
    r"(?:[ ,(-]{0,3}(?:(?:year|yr?|class|age)\b ?)?[\w-]{0,4}\)?)?[ .-]*(?=\n|$)", re.IGNORECASE
)


def _full(text: str, hit: NameHit, about: str, mentions: int) -> Who:
    """
    A full name; one that stands alone on the first line and never again is the writer's.

    Pupils put their names above their essays so, whatever those are about.
    """
    if text[: hit.start].strip() or mentions > 1 or "\n" not in text[hit.end :]:
        return Who(hit.start, hit.end, 3.0, "a pupil's full name", about)
    return Who(hit.start, hit.end, 1.0 if _BYLINE.match(text, hit.end) else 3.0, ABOVE, about)


_BEFORE = re.compile(r"\b([A-Z\u00c0-\u00de][\w'’-]+) $")


def _of_another(text: str, hit: NameHit) -> bool:
    """Whether a surname stands behind the first name of somebody else."""
    before = _BEFORE.search(text, max(0, hit.start - 30), hit.start)
    return before is not None and is_given_name(before[1].casefold())


_DOTTED = re.compile(r"(?<![\w.])([A-Z])\. ?([A-Z])\.(?!\w)(?P<surname> [A-Z][a-z])?")
_ARE = re.compile(r"\b(?:initials|pupil|student|child|re|ref|tutee)\b\W{0,3}$", re.IGNORECASE)


def _initials(text: str, register: Register) -> list[Who]:
    """Dotted initials: of a registered pupil, or of somebody who is written of so."""
    found = []
    for match in _DOTTED.finditer(text):
        if match["surname"] and not _ARE.search(text, max(0, match.start() - 12), match.start()):
            continue  # J. K. Rowling
        ours = register.pupils_by_initials(match[1] + match[2])
        about = ours[0].id if len(ours) == 1 else ""
        why = "a pupil's initials" if ours else "initials"
        found.append(Who(match.start(), match.end(2) + 1, 2.0 if ours else 1.5, why, about))
    return found


_STRANGER = re.compile(
    r"(?<![\w.] )(?<!\w)(?P<given>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+(?:-[A-Z][a-z]+)?)"
    r" (?P<family>(?:O['’]|Mc|Mac|De |D['’])?[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'’-]+)\b"
)
_PRONOUN = re.compile(r"\b(?:he|she|him|her|his|hers|they|them)\b", re.IGNORECASE)
_THINGS = re.compile(
    r"(?:school|surgery|museum|hospital|clinic|service|team|council|court|centre|plan|report|policy|health|care"
    r"|mental|social|worker|special|speech|language|occupational|therap\w*|psycholog\w*|education\w*|support|form"
    r"|assessment|record|case|year|key|stage|group|lesson|dear|kind|best|many|section|safeguarding|designated|lead"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|the|this|his|her|our|my|your|new|high|grammar|primary|academy|college"
    r"|house|street|road|lane|mum|dad|gran|mother|father|early|help|child|children|pupil|world|great|north|south"
    r"|east|west|english|maths|science|history|individual|personal|family|first|last|name|date|summary)",
    re.IGNORECASE,
)


def _strangers(text: str) -> list[Who]:
    """Full names that no register holds, where the text goes on about him or her."""
    found = []
    for match in _STRANGER.finditer(text):
        if _THINGS.fullmatch(match["given"]) or _THINGS.fullmatch(match["family"]):
            continue
        known = is_given_name(match["given"].casefold())
        goes_on = _PRONOUN.search(text, match.end(), match.end() + 120) is not None
        weight = 2.0 if known and goes_on else 1.5 if known or goes_on else 0.5
        found.append(Who(match.start(), match.end(), weight, "a person's name"))
    return found


def _beside_initial(pupil: Pupil | None, hit: NameHit, text: str) -> bool:
    """Whether one name stands beside the initial of the other ("Freya L.", "L. Freya", "Lindqvist F")."""
    if pupil is None or not pupil.family_name or not pupil.given_name:
        return False
    other = pupil.family_name if hit.form == "given" else pupil.given_name
    initial = re.escape(other[:1].upper())
    behind = re.compile(rf",? {initial}(?![\w'])").match(text, hit.end)
    return bool(
        behind or re.compile(rf"(?<!\w){initial}\.? $").search(text, max(0, hit.start - 3), hit.start)
    )


def nhs_number(text: str) -> bool:
    """Ten digits, the last a check digit modulo 11 (NHS Data Dictionary, NHS NUMBER)."""
    digits = [int(each) for each in text if each.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9] and check != 10


_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


def upn(text: str) -> bool:
    """A check letter, then 12 digits, the last of which may be a letter (DfE, UPN guide, annex)."""
    body = text[1:12] + (text[12] if text[12].isdigit() else str(_UPN_LETTERS.index(text[12])))
    if not body.isdigit():
        return False
    values = [int(each) for each in text[1:12]]
    last = int(text[12]) if text[12].isdigit() else _UPN_LETTERS.index(text[12])
    total = sum(value * weight for value, weight in zip([*values, last], range(2, 14), strict=True))
    return _UPN_LETTERS[total % 23] == text[0]


def uln(text: str) -> bool:
    """Ten digits, the last a check digit modulo 11 (Learning Records Service)."""
    digits = [int(each) for each in text]
    if len(digits) != 10 or digits[0] == 0:
        return False
    rest = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return rest != 0 and 10 - rest == digits[9]
