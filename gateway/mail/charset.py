"""Bytes to text for every charset label that mail carries, right or wrong."""

import codecs
from functools import lru_cache

# Labels that mail programs write and Python does not know, or knows as something narrower
# (WHATWG Encoding Standard, 4.2: latin1 and ascii are read as windows-1252, gb2312 as gb18030).
_ALIASES = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "unknown-8bit": "utf-8",
    "default": "utf-8",
    "utf8": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "x-unknown": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-roman": "mac-roman",
}
# Codecs of Python's that are no charsets and must never be reached by a label.
_NOT_TEXT = {
    "idna",
    "punycode",
    "raw-unicode-escape",
    "unicode-escape",
    "undefined",
    "charmap",
    "mbcs",
    "oem",
}
# Charsets of the West, under which UTF-8 is often sent by mistake; text that is valid UTF-8
# with characters beyond ASCII is hardly ever anything else.
_OFTEN_WRONG = {"cp1252", "iso8859-15", "mac-roman"}
# Charsets whose bytes are all ASCII: every other charset would "succeed" in showing the raw codes.
_SEVEN_BIT = ("iso2022", "hz", "utf-7")


@lru_cache(maxsize=512)
def _codec(label: str) -> str:
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return "utf-8"
    if info.name in _NOT_TEXT or not getattr(info, "_is_text_encoding", True):
        return "utf-8"
    return info.name


def decode_text(data: bytes, label: str) -> str:
    """
    The text of *data* under a charset label; never raises, never gives surrogates.

    A label that is unknown or wrong gives way to UTF-8 and then to
    windows-1252, which is what mail programs show.
    """
    if label in _PLAIN and data.isascii():
        return data.decode("ascii")
    codec = _codec(label or "utf-8")
    if codec.startswith(_SEVEN_BIT):
        return _without_surrogates(data.decode(codec, "replace"))
    candidates = ("utf-8", codec) if codec in _OFTEN_WRONG else (codec, "utf-8")
    for candidate in candidates:
        try:
            return _without_surrogates(data.decode(candidate))
        except UnicodeError:
            continue
    return data.decode("cp1252" if codec == "utf-8" else codec, "replace")


_PLAIN = {"", "utf-8", "UTF-8", "us-ascii", "iso-8859-1"}  # ASCII is ASCII in all of them


def _without_surrogates(text: str) -> str:
    """UTF-7 and a few others can spell halves of characters, which nothing could encode again."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
