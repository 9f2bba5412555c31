"""Signs that a text is about one identifiable child: names, dates of birth, official numbers."""

import re
from collections import Counter, defaultdict

import msgspec

from gateway.register.model import Pupil
from gateway.register.names import NameHit
from gateway.register.register import Register


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
        if pupils and _CAPITALISED.match(text[hit.start]) and hit.end - hit.start > 2:
            hits.append((hit, pupils[0].id if len(pupils) == 1 else ""))
    forms: dict[str, set[str]] = defaultdict(set)
    for hit, about in hits:
        forms[about].add(hit.form)
    mentions = Counter(about for hit, about in hits if not hit.ordinary)
    found = []
    for hit, about in hits:
        if hit.ordinary and hit.form != "full" and not mentions[about]:
            continue  # "in May", "grace period": a word, unless its owner is named otherwise too
        if hit.form == "full":
            found.append(Who(hit.start, hit.end, 3.0, "a pupil's full name", about))
        elif about and {"given", "family"} <= forms[about]:
            found.append(Who(hit.start, hit.end, 2.5, "a pupil's first name and surname", about))
        elif about and _initial_of(register.pupil(about), hit.form, text[hit.end : hit.end + 3]):
            found.append(Who(hit.start, hit.end, 2.5, "a pupil's name and initial", about))
        elif about and mentions[about] > 1:
            found.append(Who(hit.start, hit.end, 2.0, "a pupil's name, more than once", about))
        else:
            found.append(Who(hit.start, hit.end, 1.0, "a pupil's name", about))
    return found


def _initial_of(pupil: Pupil | None, form: str, behind: str) -> bool:
    """Whether a first name is followed by the initial of its owner's surname ("Freya L.")."""
    return (
        pupil is not None
        and form == "given"
        and bool(pupil.family_name)
        and behind[:1] == " "
        and behind[1:2] == pupil.family_name[:1].upper()
        and not behind[2:3].isalpha()
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
