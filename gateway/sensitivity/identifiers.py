"""
Official numbers that are one person's alone, told from other numbers by their check digits. Pure.

A number that merely has the right length is an order, an account, a telephone number.
"""

import re
from collections.abc import Callable, Iterator

_NHS = re.compile(r"(?<![\d+])\b(\d{3})[ -]?(\d{3})[ -]?(\d{4})\b(?!\d)")
_UPN = re.compile(r"\b[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]\b")
_ULN = re.compile(r"\bULN\b\W{0,4}(?:(?:no|number)\b\W{0,4})?(\d{10})\b", re.IGNORECASE)
_NI = re.compile(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_CARD = re.compile(
    r"(?<![\d-])(?<!\d )(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -]?)\d{6}\2\d{5})(?![\d-]|[. ]\d)"
)
_CARDS = re.compile(
    r"\b(?:visa|mastercard|amex|american express|maestro|(?:debit|credit|payment|bank|long)[ -]card|card|cvv|cvc|expir\w*|exp"
    r"|security code|valid (?:from|to|until|thru))\b",
    re.IGNORECASE,
)
_NEAR = 80  # characters around a card number in which something says that it is one


def numbers_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Each number that is one person's: where it stands, and what it is."""
    for pattern, check, group, what in _KINDS:
        for match in pattern.finditer(text):
            if check(match[group]):
                yield match.start(), match.end(), what


def cards_in(text: str) -> Iterator[tuple[int, int]]:
    """Payment-card numbers: the length and first digits of a network, the check digit, and words that say so."""
    for match in _CARD.finditer(text):
        around = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
        if card_number(match[0]) and _CARDS.search(around):
            yield match.start(), match.end()


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


_NO_PREFIXES = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def ni_number(text: str) -> bool:
    """Two letters, six digits, A to D; some letters are never given out (HMRC, NIM39110). It has no check digit."""
    letters = text[:2]
    return (
        letters not in _NO_PREFIXES
        and letters[0] not in "DFIQUV"
        and letters[1] not in "DFIOQUV"
        and len({each for each in text if each.isdigit()}) > 1
    )


def card_number(text: str) -> bool:
    """The first digits and length of a card network, and a check digit by Luhn (ISO/IEC 7812-1, annex B)."""
    digits = [int(each) for each in text if each.isdigit()]
    if not _network("".join(map(str, digits))):
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _network(digits: str) -> bool:
    """Visa, Mastercard, American Express, Maestro (UK), Discover, Diners, JCB: numbers that have such a length."""
    length, two, four = len(digits), int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return length in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return length == 16
    if two in (34, 37):
        return length == 15
    if four in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763, 6011) or two == 65:
        return 13 <= length <= 19
    return length == 16 and 3528 <= four <= 3589


_KINDS: tuple[tuple[re.Pattern[str], Callable[[str], bool], int, str], ...] = (
    (_NHS, nhs_number, 0, "an NHS number"),
    (_UPN, upn, 0, "a unique pupil number"),
    (_ULN, uln, 1, "a unique learner number"),
    (_NI, ni_number, 0, "a National Insurance number"),
)

# What they are called where they are a reason.
CHECKED = frozenset(what for *_, what in _KINDS)
