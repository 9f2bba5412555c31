"""
What else a header field may be taken for, where mail programs differ.

`decode_header` gives what most of them show. Some decode an encoded word inside
an encoded word, drop the white space of a fold, or guess another charset than
the label says; a name that only those readers see has leaked all the same.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

from gateway.mail.headers import decode_header, decode_words

_FOLD = re.compile(rb"\r?\n[ \t]+")
# Nobody shows the white space between encoded words (RFC 2047, 6.2).
_ONLY_CODED = re.compile(rb"\s*(?:=\?[^?\s*]{1,80}\?[bBqQ]\?[^?\s]*+\?=\s*)+")
_ENTITY = re.compile(r"&(?:#\d{2,7}|#x[\da-fA-F]{2,6}|[a-zA-Z]{2,8});")
# What eight-bit text is when its label (or the lack of one) made it Western European.
_GUESSES = ("utf-8", "cp1251", "koi8-r", "gb18030", "shift_jis", "cp1253", "cp1255", "cp1256")

_CONTROLS = re.compile(r"[\x80-\x9f]")  # nobody writes them
_LABELS = ("cp1251", "koi8-r", "iso-8859-5", "cp1250", "iso-8859-2")  # that UTF-8 wears by mistake


def other_readings(raw: bytes, shown: str) -> tuple[str, ...]:
    """The texts besides *shown* (the decoded field) that a reader may see; mostly none."""
    return _remembered(raw, shown) if len(raw) <= _SHORT else _others(raw, shown)


_SHORT = 200  # octets; the same subject comes again and again


@lru_cache(maxsize=1_024)
def _remembered(raw: bytes, shown: str) -> tuple[str, ...]:
    return _others(raw, shown)


def _others(raw: bytes, shown: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in _readings(raw, shown) if each != shown))


def _readings(raw: bytes, shown: str) -> Iterator[str]:
    if _ENTITY.search(shown):
        yield unescape(shown)  # a web form's text that was coded for HTML
    if "=?" in shown:
        yield decode_words(shown)
    if b"\n" in raw.strip() and not _ONLY_CODED.fullmatch(raw):
        yield decode_header(_FOLD.sub(b"", raw))
    if shown.isascii():
        return
    data = _western(shown)
    # Most of it foreign letters: not a Western text with an accent here and there.
    foreign = len(shown) - len(shown.encode("ascii", "ignore"))
    garbled = 2 * foreign > sum(map(str.isalpha, shown))
    for label in _LABELS if _CONTROLS.search(shown) or (garbled and max(shown) > "\u00ff") else ():
        try:
            yield shown.encode(label).decode()
        except UnicodeError:
            continue
    for guess in _GUESSES if garbled else ("utf-8",):
        try:
            yield data.decode(guess)
        except UnicodeDecodeError:
            continue


def _western(shown: str) -> bytes:
    """The octets that were shown as Western European; b"" where they were not."""
    for label in ("cp1252", "latin-1"):
        try:
            return shown.encode(label)
        except UnicodeEncodeError:
            continue
    return b""
