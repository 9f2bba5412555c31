"""Signs of a person besides names: "my son", a date of birth, an address, the number of a file. Pure."""

import re
from datetime import date

from gateway.register.register import Register
from gateway.register.vocabulary import is_first_name
from gateway.sensitivity.person import Who

_KIN = re.compile(
    r"\b(?P<whose>my|our|your|her|his|their|the|this|that)\s+(?:(?!own\b)\w+\s+){0,2}?"
    r"(?P<kin>(?:step|grand|god|foster )?-?(?:son|daughter)|boy|girl|lad|lass|lassie|laddie|wee one|little one|nephew|niece|twins|eldest|youngest|middle one|bairn)"
    r"(?=['’]s\b|\b)(?!s)",
    re.IGNORECASE,
)
_KIN_WEIGHTS = {"my": 2.0, "our": 2.0, "your": 1.5}
_OUR = re.compile(
    r"\b(?:[Oo]ur|[Mm]y|[Ll]ittle|[Yy]oung|[Pp]oor) (?P<name>[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]{2,})\b(?! [A-Z])"
)


def kin(text: str) -> list[Who]:
    """Children named by whose they are: "my son", "our Josh"."""
    found = [
        Who(m.start(), m.end(), _KIN_WEIGHTS.get(m["whose"].lower(), 1.0), "somebody's child")
        for m in _KIN.finditer(text)
    ]
    found += [
        Who(m.start("name"), m.end("name"), 1.5, "a person's first name")
        for m in _OUR.finditer(text)
        if is_first_name(m["name"].casefold())
    ]
    return found


_DATE = (
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ ./-]+(?P<month>\d{1,2}|[a-z]{3,9})[ ./-]+(?P<year>\d{4}|\d{2})|"
    r"(?P<iso>\d{4}-\d{2}-\d{2})"
)
_BORN = re.compile(
    rf"\b(?:date of birth|birth date|birthday|d\.? ?o\.? ?b\.?|born(?: on)?)\b[\s:.,(-]{{0,6}}(?:{_DATE})",
    re.IGNORECASE,
)
_ANY_DATE = re.compile(rf"(?<![\w./-])(?:{_DATE})(?![\w/-])", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def births(text: str, register: Register) -> list[Who]:
    """Dates on which pupils of the register were born, with or without a word that says so."""
    found = []
    for match in _ANY_DATE.finditer(text):
        born = _date(match)
        ours = register.pupils_born(born) if born else ()
        if ours:
            about = ours[0].id if len(ours) == 1 else ""
            found.append(Who(match.start(), match.end(), 1.5, "a pupil's date of birth", about))
    return found


def _date(match: re.Match[str]) -> date | None:
    """The day that is written, day before month as in Britain; two digits are a year of this century."""
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        month, year = match["month"].lower(), int(match["year"])
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
        return date(year if year > 99 else 2000 + year, number, int(match["day"]))
    except ValueError:
        return None


_HOME = re.compile(
    r"\b(?:(?:home )?address|home|lives at|resides at|of)\b[\s:,]{0,3}(?:Flat \w+,? )?\d{1,4}[A-Za-z]?,? (?:[A-Z][\w'’-]+ ){1,3}?"
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Close|Drive|Dr|Row|Rise|Yard|Crescent|Court|Place|Way|Terrace|Gardens|Grove|Hill|Mews)\b"
)
_HOSPITAL = re.compile(
    r"\b(?:hospital|patient|unit|clinic|MRN|case|social care|mosaic|liquidlogic|CHI)(?: ?(?:no|number|ref|reference|ID|id))?"
    r"\.?\s?[:#]\s?(?=[A-Z/-]*\d)[A-Z\d][A-Z\d/-]{4,14}\b",
    re.IGNORECASE,
)


def particulars(text: str) -> list[Who]:
    """A date of birth, where somebody lives, the number of somebody's file."""
    found = [Who(m.start(), m.end(), 2.0, "a date of birth") for m in _BORN.finditer(text)]
    found += [Who(m.start(), m.end(), 1.5, "a home address") for m in _HOME.finditer(text)]
    found += [Who(m.start(), m.end(), 1.5, "the number of somebody's file") for m in _HOSPITAL.finditer(text)]
    return found
