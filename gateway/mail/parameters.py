"""
Parameters of Content-Type and Content-Disposition (RFC 2045, 5.1; RFC 2231).

Linear whatever comes in: 50,000 semicolons cost the standard library twenty
seconds.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import msgspec

from gateway.mail.charset import decode_text
from gateway.mail.headers import decode_words, unfold
from gateway.mail.malformed import MalformedMessage
from gateway.mail.public import public

_MOST = 200
_BETWEEN = re.compile(r"[;\s]*+(?:\([^()]*\)[;\s]*+)*+")
_PARAMETER = re.compile(
    r"""(?P<name>[^\s=;"()]++)\s*+=\s*+
        (?:"(?P<quoted>(?:[^"\\]|\\.)*+)"?|(?P<plain>[^;]*+))""",
    re.DOTALL | re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SECTION = re.compile(r"(?P<base>[^*]+)(?:\*(?P<number>\d{1,3}))?(?P<coded>\*)?")
# What a word of a plain value ends at: a comment, or white space.
_WORD_END = re.compile(r"\s*\(|\s")
_END = re.compile(r"[\s;,()]")
_FREE_TEXT = ("name", "filename")


class Value(msgspec.Struct, frozen=True):
    """
    A structured field: the word before the first semicolon, lower-case, and the parameters by name.

    *others* holds what the field also says under a name that has been given
    once already: in a second parameter, or in the plain form beside that of
    RFC 2231. A reader may take either.
    """

    word: str = ""
    parameters: dict[str, str] = {}
    others: tuple[tuple[str, str], ...] = ()


# What nearly every field is: a word, and parameters without escapes, sections or comments.
_PLAIN = re.compile(rb'\s*+([\w.+/-]++)((?:;\s*+[\w-]++=(?:"[^"\\]*+"|[\w.+:-]++))*+);?\s*+')
_PLAIN_PARAMETER = re.compile(rb';\s*+([\w-]++)=(?:"([^"]*+)"|([^;\s"]++))')


def read_value(raw: bytes) -> Value:
    """
    Take a field apart.

    Continuations and charsets of RFC 2231 are put together and count before the
    plain form; encoded words in names of files are decoded too, since mail
    programs write and read them. The first of two equal names counts.

    Raises:
        MalformedMessage: it has more parameters than anybody writes.
    """
    if len(raw) <= _SHORT and b"boundary" not in raw:  # a border is new in every message
        return _remembered(raw)
    return _read(raw)


_SHORT = 80  # octets; there are few types, charsets and dispositions


@lru_cache(maxsize=512)
def _remembered(raw: bytes) -> Value:
    return _read(raw)


# What nearly every border stands in; it is new in every message, so it is read the more quickly.
_BORDER = re.compile(rb"""\s*+(multipart/[a-z]++);\s*+boundary="([\w'()+,./:=@* -]++)"\s*+""")


def _read(raw: bytes) -> Value:
    if border := _BORDER.fullmatch(raw):
        return Value(border[1].decode(), {"boundary": border[2].decode()})
    line = unfold(raw)
    if b"=?" not in line and line.isascii() and (plain := _PLAIN.fullmatch(line)):
        pairs = _PLAIN_PARAMETER.findall(plain[2]) if plain[2] else ()
        names = {name.decode().lower(): (quoted or word).decode() for name, quoted, word in pairs}
        if len(names) == len(pairs) <= _MOST:
            return Value(plain[1].decode().lower(), names)
    return read_any_value(line)


def read_any_value(line: bytes) -> Value:
    """The same for a field, unfolded, that may be anything."""
    text = decode_text(line, "utf-8")
    start = _skip(text, 0)
    stop = _END.search(text, start)
    end = stop.start() if stop else len(text)
    position = _skip(text, end)
    found: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    count = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            position = text.find(";", position)
            if position < 0:
                break
            position = _skip(text, position)
            continue
        count += 1
        if count > _MOST:
            raise MalformedMessage(public("a field has more than {limit} parameters", limit=_MOST))
        position = _skip(text, match.end())
        name, content = match["name"].lower(), _content(match)
        section = _SECTION.fullmatch(name)
        if section and (section["number"] or section["coded"]):
            pieces = sections.setdefault(section["base"], {})
            pieces.setdefault(int(section["number"] or 0), (bool(section["coded"]), content))
        elif name in found:
            others.append((name, _shown(name, content)))
        else:
            found[name] = _shown(name, content)
    for base, pieces in sections.items():
        if base in found:
            others.append((base, found[base]))
        found[base] = _shown(base, _join(pieces))
    return Value(text[start:end].strip("\"'").lower(), found, tuple(others))


def _skip(text: str, position: int) -> int:
    """Behind semicolons, white space and comments."""
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


def _content(match: re.Match[str]) -> str:
    if match["quoted"] is not None:
        return _ESCAPE.sub(r"\1", match["quoted"])
    plain = match["plain"].strip()
    if match["name"].lower().startswith(_FREE_TEXT):
        return plain  # names of files come without quotes too, spaces, brackets and all
    end = _WORD_END.search(plain)
    return plain[: end.start()] if end else plain


def _join(pieces: dict[int, tuple[bool, str]]) -> str:
    """RFC 2231, 3 and 4: the sections in order; the first names the charset."""
    charset = "utf-8"
    data: list[bytes] = []
    for number in sorted(pieces):
        coded, content = pieces[number]
        if coded and not data and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data.append(unquote_to_bytes(content) if coded else content.encode())
    return decode_text(b"".join(data), charset)


def _shown(name: str, content: str) -> str:
    return decode_words(content) if name in _FREE_TEXT else content
