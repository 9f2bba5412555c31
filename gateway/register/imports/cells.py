"""What the cells of a table say: dates, yes and no, several values in one cell."""

import re
from datetime import date, datetime

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_PACKED = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?: 0?0:00(?::00)?)?")
_WRITTEN = (
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%B-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b, %Y",
    "%d %B, %Y",
)
_YES = {
    "yes",
    "y",
    "true",
    "t",
    "1",
    "x",
    "✓",
    "ja",
    "oui",
    "allowed",
    "permitted",
    "active",
    "enrolled",
    "current",
}
_NO = {
    "no",
    "n",
    "false",
    "f",
    "0",
    "-",
    "✗",
    "nein",
    "non",
    "never",
    "not allowed",
    "left",
    "inactive",
    "leaver",
}
_SEVERAL = re.compile(r"[;|\n]|,(?!\s*$)")
_ADDRESSES = re.compile(r"[;|,\s]+")
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_SPACE = " \t\r\n\v\f\u00a0\u2007\u202f\u200b\ufeff"
# A spreadsheet is kept from taking a cell for a formula by an apostrophe; ours writes one too.
_GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r")


def clean(text: str) -> str:
    """A cell's text without the space around it or the apostrophe that guards a formula."""
    bare = text.strip(_SPACE).replace("\u00a0", " ")
    return bare[1:] if bare[:1] == "'" and bare.startswith(_GUARDED) else bare


def read_date(text: str) -> date:
    """
    A date, the day first where the year is last, as in Britain.

    Raises:
        ValueError: it is none, or there is no such day.
    """
    for form, order in (
        (_ISO, (1, 2, 3)),
        (_YEAR_FIRST, (1, 2, 3)),
        (_PACKED, (1, 2, 3)),
        (_DAY_FIRST, (3, 2, 1)),
    ):
        match = form.fullmatch(text)
        if match:
            year, month, day = (int(match[group]) for group in order)
            return date(year, month, day)
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text, flags=re.IGNORECASE)
    for written in _WRITTEN:
        try:
            return datetime.strptime(plain, written).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    raise ValueError(text)


def read_flag(text: str) -> bool:
    """
    Yes or no.

    Raises:
        ValueError: neither.
    """
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(text)


def read_list(text: str) -> list[str]:
    """Several names or ids in one cell, apart by semicolon, comma, bar or line."""
    return [clean(each) for each in _SEVERAL.split(text) if clean(each)]


def read_addresses(text: str) -> list[str]:
    """Several addresses in one cell, with or without names: ``Ana <ana@x.example>; b@y.example``."""
    inside: list[str] = _IN_ANGLES.findall(text)
    found = inside or _ADDRESSES.split(clean(text))
    return [each.strip().removeprefix("mailto:") for each in found if each.strip()]
