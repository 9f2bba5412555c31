"""
Text folded so that two spellings of one name are equal.

Case, marks, width, typographic and invisible characters make no difference;
look-alike letters, umlauts spelled out and digits for letters are other readings
of a word. Every word keeps its place in the text as it was written.
"""

import re
import unicodedata
from importlib.resources import files

import msgspec


class Word(msgspec.Struct, frozen=True):
    """
    One word of a text.

    *folded* is how it compares; *shown* how it is written, marks and width aside.
    ``text[start:end]`` is its place, without a possessive s (*possessive*). *gap*
    is what stands between the word before and this one, "" where they are glued
    together ("SmithJohn" is two words).
    """

    folded: str
    shown: str
    start: int
    end: int
    gap: str = ""
    possessive: bool = False

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.shown[0].isupper()

    @property
    def initial(self) -> bool:
        """Whether it is one capital letter."""
        return len(self.shown) == 1 and self.shown.isupper()


# Letters that decomposition leaves alone although people type them without their stroke.
_FLAT = {
    "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th",
    "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ß": "ss", "ẞ": "SS", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "ng",
    "Ŋ": "NG", "ĸ": "k", "ƒ": "f", "ə": "e", "Ə": "E", "ɑ": "a", "ſ": "s",
    # Arabic letters that are typed for one another, and the dash that only stretches a word
    "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "ـ": "",
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢғ", "abcdefghijklmnoprstuvwyzf", strict=True)),
}  # fmt: skip
# How German, Danish and Norwegian letters are written where the keyboard has none.
_SPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "þ": "th", "ñ": "ny"}
_APOSTROPHES = "'\u2018\u2019\u201a\u201b\u02bc\u02bb\u02b9\u02bd\u02be\u02bf\u00b4\u0060\uff07\u2032\u05f3\u05f4\ua78c\u02c8"
# They take no room on the screen though Unicode does not class them as format characters.
_INVISIBLE = "\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u2060\u2800"
# Scripts written without spaces: each of their letters is a word.
_UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_RUN = re.compile(r"[^\W_]+(?:'[^\W_]+)*'?")
_PIECES = re.compile(r"[^\W_]+")
_CASES = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+")
LEET = str.maketrans("013457", "oieast")


class _Flat(dict[str, str]):
    """Each character in plain letters; filled as characters turn up."""

    def __missing__(self, char: str) -> str:
        category = unicodedata.category(char)
        if char in _APOSTROPHES:
            plain = "'"
        elif category in ("Cf", "Mn", "Me", "Mc") or char in _INVISIBLE:
            plain = ""
        elif char in "\u2014\u2015":
            plain = " - "  # a dash that parts, where the others may join
        elif category == "Pd" or char == "\u2212":
            plain = "-"
        elif category in ("Zs", "Cc"):
            plain = " "
        else:
            spread = unicodedata.normalize("NFKD", char)
            kept = "".join(_FLAT.get(each, each) for each in spread if unicodedata.category(each) != "Mn")
            plain = kept if kept.strip() else " "
        if len(self) < 20_000:
            self[char] = plain
        return plain


_flat = _Flat()


class _Each(dict[int, str]):
    """The same by code point, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        plain = _flat[chr(code)]
        if len(self) < 20_000:
            self[code] = plain
        return plain


_each = _Each()


def words(text: str) -> list[Word]:
    """The words of a text, in the order in which they are shown."""
    if text.isascii():
        return _words(text.replace("`", "'"), None)
    if "\u202e" not in text and all(len(_flat[char]) == 1 for char in _BEYOND_ASCII.findall(text)):
        return _words(text.translate(_each), None)
    flat: list[str] = []
    at: list[int] = []
    for position, char in _displayed(text):
        plain = _flat[char]
        flat.append(plain)
        at.extend([position] * len(plain))
    return _words("".join(flat), at)


def fold(text: str) -> str:
    """A name in the form that words are compared in: folded, without anything between its words."""
    return "".join(word.folded for word in words(text))


def _displayed(text: str) -> "list[tuple[int, str]]":
    """The characters in the order of display: RIGHT-TO-LEFT OVERRIDE turns Latin letters round."""
    shown = list(enumerate(text))
    if "\u202e" not in text:
        return shown
    start = text.index("\u202e")
    stop = next((at for at in range(start + 1, len(text)) if text[at] in "\u202c\u2069\n"), len(text))
    return [*shown[:start], *reversed(shown[start + 1 : stop]), *_displayed_after(text, stop)]


def _displayed_after(text: str, stop: int) -> "list[tuple[int, str]]":
    return [(stop + position, char) for position, char in _displayed(text[stop:])]


def _words(flat: str, at: list[int] | None) -> list[Word]:
    found: list[Word] = []
    last = 0
    for run in _RUN.finditer(flat):
        shown = run.group()
        start, end = run.span()
        gap = flat[last:start]
        if found and shown in ("s", "S") and gap.endswith(".'"):
            continue  # the possessive of dotted initials
        last = end
        if shown.isascii() and shown.isalpha() and (shown.islower() or shown[1:].islower()):
            # an ordinary word, as nearly all are
            found.append(_word(shown, start, end, gap, False, at))
            continue
        _split(run, gap, at, found)
    return found


def _split(run: "re.Match[str]", gap: str, at: list[int] | None, found: list[Word]) -> None:
    """A run with apostrophes, digits or capitals inside: its pieces, glued to one another."""
    shown, base = run.group(), run.start()
    possessive = shown[-2:] in ("'s", "'S") or (shown[-2:-1] in "sS" and shown.endswith("'"))
    cut = len(shown) - (2 if shown[-2:] in ("'s", "'S") else 1 if shown.endswith("'") else 0)
    spans = [
        (piece.start() + inner[0], piece.start() + inner[1])
        for piece in _PIECES.finditer(shown[:cut])
        for inner in _cases(piece.group())
    ]
    before = 0
    for number, (start, end) in enumerate(spans):
        between = gap if number == 0 else shown[before:start]
        belongs = possessive and number == len(spans) - 1
        found.append(_word(shown[start:end], base + start, base + end, between, belongs, at))
        before = end


def _cases(piece: str) -> list[tuple[int, int]]:
    """Where capitals, digits and unspaced scripts part a piece: "SmithJohn2" is three."""
    if piece.isascii():
        return [match.span() for match in _CASES.finditer(piece)]
    if piece.islower() or piece.isupper() or piece[1:].islower():
        return [(0, len(piece))]
    spans: list[tuple[int, int]] = []
    start = 0
    for here in range(1, len(piece) + 1):
        if here < len(piece):
            left, right = piece[here - 1], piece[here]
            parted = (
                (right.isupper() and not left.isupper())
                or left.isdigit() != right.isdigit()
                or (left.isupper() and right.isupper() and piece[here + 1 : here + 2].islower())
                or _UNSPACED.match(right)
                or _UNSPACED.match(left)
            )
            if not parted:
                continue
        spans.append((start, here))
        start = here
    return spans


def _word(shown: str, start: int, end: int, gap: str, possessive: bool, at: list[int] | None) -> Word:
    if at is not None:
        begin, final = at[start], at[end - 1]
        start, end = min(begin, final), max(begin, final) + 1
    return Word(shown.casefold(), shown, start, end, gap, possessive)


# Cyrillic and Greek letters that pass for Latin ones besides those of the Unicode list.
_MORE_LOOKALIKES = {"к": "k", "м": "m", "т": "t", "н": "h", "п": "n", "в": "b", "г": "r", "η": "n", "ω": "w", "υ": "u",
                    "κ": "k", "τ": "t", "χ": "x", "μ": "u", "β": "b", "ε": "e", "ο": "o", "ν": "v"}  # fmt: skip

_CYRILLIC = str.maketrans("aceopxykmthb", "асеорхукмтнв")


class _Option(msgspec.Struct):
    """What the Unicode list says that a character may be taken for."""

    c: str


def _lookalikes() -> dict[str, str]:
    """
    The Latin letter that a foreign one passes for.

    Read from the package's file: the package itself keeps all of it, which is ten
    megabytes, for the few thousand letters that matter here.
    """
    listed = files("confusable_homoglyphs").joinpath("confusables.json").read_bytes()
    found = dict(_MORE_LOOKALIKES)
    for char, options in msgspec.json.decode(listed, type=dict[str, list[_Option]]).items():
        letters = (each.c for each in options if len(each.c) == 1 and each.c.isascii() and each.c.isalpha())
        letter = next(letters, "")
        if letter:
            found[char] = letter.casefold()
    return found


_LOOKALIKES = _lookalikes()


def other_readings(word: Word, text: str) -> tuple[str, ...]:
    """Further forms under which a reader may take a word: look-alikes, umlauts spelled out."""
    folded = word.folded
    if folded.isascii():
        original = text[word.start : word.end]
        if original.isascii():
            readings = [folded.replace("rn", "m")] if "rn" in folded and len(folded) > 5 else []
            if word.shown[0] == "l" and len(folded) > 3:
                readings.append("i" + folded[1:])  # a small l looks like a capital I
            return tuple(readings)
        spelled = "".join(_SPELLED.get(char, _flat[char]) for char in original.casefold())
        spelled = "".join(char for char in spelled if char.isalnum()).casefold()
        return (spelled,) if spelled != folded else ()
    latin = [char if char.isascii() else _LOOKALIKES.get(char, "") for char in word.shown]
    readings = ["".join(latin).casefold()] if all(latin) else []
    if any(char.isascii() for char in folded):  # or Latin letters in a Cyrillic word
        readings.append(folded.translate(_CYRILLIC))
    return tuple(readings)


def leet(folded: str) -> str:
    """Digits read as the letters they resemble; "" where there is nothing to read so."""
    if folded.isdigit():
        return ""
    plain = folded.translate(LEET)
    return plain if plain.isalpha() else ""


def spelled_out(name: str) -> tuple[str, ...]:
    """A name with its umlauts written as two letters, if it has any."""
    lowered = unicodedata.normalize("NFC", name).casefold()
    if lowered.isascii() or not any(char in _SPELLED for char in lowered):
        return ()
    return (fold("".join(_SPELLED.get(char, char) for char in lowered)),)
