"""Signs that a text is about one identifiable child: names, dates of birth, official numbers."""

import re

import msgspec

from gateway.register.model import Pupil
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
    found = []
    for hit in register.names.find(text):
        pupils = [each for each in hit.people if isinstance(each, Pupil)]
        if not pupils or not _CAPITALISED.match(text[hit.start]):
            continue
        about = pupils[0].id if len(pupils) == 1 else ""
        if hit.form == "full":
            found.append(Who(hit.start, hit.end, 3.0, "a pupil's full name", about))
        elif len(text[hit.start : hit.end]) > 2:
            found.append(Who(hit.start, hit.end, 1.0, "a pupil's name", about))
    return found


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
