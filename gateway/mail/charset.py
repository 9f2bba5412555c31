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
_NOT_TEXT = {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem"}


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
    The text of *data* under a charset label; never raises.

    A label that is unknown or wrong gives way to UTF-8 and then to
    windows-1252, which is what mail programs show.
    """
    codec = _codec(label or "utf-8")
    for candidate in (codec, "utf-8"):
        try:
            return data.decode(candidate)
        except (UnicodeError, LookupError, ValueError):
            continue
    if codec not in ("utf-8", "cp1252"):
        return data.decode(codec, "replace")
    return data.decode("cp1252", "replace")
