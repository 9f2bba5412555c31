"""
Header fields, as bytes and as a reader sees them (RFC 5322, 2.2; RFC 2047).

The standard library's parser is not used: it takes seconds on hostile fields,
raises on some, and shows less than mail programs show. What is decoded here is
what Outlook, Apple Mail, Gmail and Thunderbird would display, since that is the
text in which a name does its harm.
"""

import binascii
import re
from functools import lru_cache

import msgspec

from gateway.mail.charset import decode_text
from gateway.mail.lazy import lazy
from gateway.mail.malformed import MalformedMessage
from gateway.mail.public import public


class Field(msgspec.Struct, frozen=True):
    """
    One header field: its place in the message and its parts.

    *name* is lower-case. *raw* is everything behind the colon, folds included,
    without the last line end. *start* and *end* are offsets into the message,
    *end* behind the field's last line end.
    """

    name: str
    raw: bytes
    start: int
    end: int


class Headers:
    """
    The fields of one header block, in their order. Strictly read-only.

    *broken* says that the block ended at a line that can be no field, and not at
    an empty line: some readers skip such a line, others begin the text there.
    """

    def __init__(self, fields: tuple[Field, ...], broken: bool = False) -> None:
        self.fields = fields
        self.broken = broken

    def all(self, name: str) -> tuple[Field, ...]:
        """Every field of that name (given in lower case), in order."""
        return self._by_name.get(name, ())

    def first(self, name: str) -> str:
        """The first field of that name as a reader sees it, or ""."""
        fields = self._by_name.get(name)
        return decode_header(fields[0].raw) if fields else ""

    def text(self, name: str) -> tuple[str, ...]:
        """All fields of that name as a reader sees them."""
        return tuple(decode_header(field.raw) for field in self.all(name))

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    @property
    def unique(self) -> bool:
        """Whether no field is there twice."""
        return len(self._by_name) == len(self.fields)

    @lazy
    def _by_name(self) -> dict[str, tuple[Field, ...]]:
        single: dict[str, tuple[Field, ...]] = {field.name: (field,) for field in self.fields}
        if len(single) == len(self.fields):
            return single
        # Lists first: tuples made anew for each field cost seconds where there are 10,000 of one name.
        grouped: dict[str, list[Field]] = {}
        for field in self.fields:
            grouped.setdefault(field.name, []).append(field)
        return {name: tuple(fields) for name, fields in grouped.items()}


# A field starts a line with a name of printable characters and a colon.
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_WHOLE_FIELD = re.compile(rb"(([!-9;-~]++)[ \t]*+:([^\r\n]*+(?:\r\n[ \t][^\r\n]*+)*+)\r\n)")


def read_headers(raw: bytes, start: int, end: int, max_bytes: int) -> tuple[Headers, int]:
    """
    Read the header block in ``raw[start:end]``; return it and the body's offset.

    The block ends with an empty line, or with the first line that can be no
    field (then that line already belongs to the body, as mail programs see it).

    Raises:
        MalformedMessage: the block is longer than *max_bytes*.
    """
    stop = raw.find(b"\r\n\r\n", start, min(end, start + max_bytes))
    if stop >= 0:
        fields = _whole_fields(raw, start, stop + 2)
        if fields is not None:
            return Headers(fields), stop + 4
    return read_lines(raw, start, end, max_bytes)


def _whole_fields(raw: bytes, start: int, stop: int) -> tuple[Field, ...] | None:
    """The fields of a block that is as it should be; None for any other."""
    fields: list[Field] = []
    position = start
    for whole, name, value in _WHOLE_FIELD.findall(raw, start, stop):
        end = position + len(whole)
        fields.append(Field(name.decode("ascii").lower(), value, position, end))
        position = end  # short of the true one from where something between two fields was passed over
    return tuple(fields) if position == stop else None


def read_lines(raw: bytes, start: int, end: int, max_bytes: int) -> tuple[Headers, int]:
    """The same, line by line, for a block that may be anything."""
    fields: list[Field] = []
    position = start
    name, field_start, value_start = "", start, start
    while position < end:
        line_end = raw.find(b"\n", position, end)
        next_line = end if line_end < 0 else line_end + 1
        if next_line - start > max_bytes:
            raise MalformedMessage(public("its header is longer than {limit} bytes", limit=max_bytes))
        if raw[position] in b" \t" and name:
            position = next_line  # a folded line goes on with the field
            continue
        if name:
            fields.append(_field(raw, name, field_start, value_start, position))
            name = ""
        if raw[position:next_line] in (b"\r\n", b"\n", b"\r"):
            return Headers(tuple(fields)), next_line
        match = _FIELD.match(raw, position, next_line)
        if match is None:
            if position == start and raw.startswith(b"From ", start):
                position = next_line  # an mbox separator that got into the message
                continue
            return Headers(tuple(fields), broken=True), position
        name = match[1].decode("ascii").lower()
        field_start, value_start = position, match.end()
        position = next_line
    if name:
        fields.append(_field(raw, name, field_start, value_start, end))
    return Headers(tuple(fields)), end


def _field(raw: bytes, name: str, start: int, value: int, end: int) -> Field:
    return Field(name, raw[value:end].rstrip(b"\r\n"), start, end)


_FOLD = re.compile(rb"\r?\n[ \t]|\r\n?|\n")
# Encoded words as they come: with spaces and question marks in the text, with a language
# (RFC 2231, 5), and cut off at the end of the field.
_WORD = re.compile(
    r"=\?(?P<charset>[^?\s*]{1,80})(?:\*[^?\s]{0,40})?\?(?P<coding>[bBqQ])\?"
    r"(?P<text>[^?]*(?:\?(?!=)[^?]*){0,3}?)(?:\?=|\Z)",
)


def unfold(raw: bytes) -> bytes:
    """A field's value in one line; a fold, and a line end that should not be there, is a space."""
    return _FOLD.sub(b" ", raw) if b"\n" in raw or b"\r" in raw else raw


def decode_header(raw: bytes) -> str:
    """
    The field's text as a mail program shows it; never raises.

    Encoded words with raw spaces, in the middle of words, with a language
    suffix, an unknown charset or broken base64 are read as readers read them.
    Neighbouring encoded words are joined before their bytes are decoded, so a
    character or name that was cut in two comes out whole.
    """
    return _remembered(raw) if len(raw) <= _SHORT else _shown(raw)


_SHORT = 200  # octets; an answer bears its subject again, and so does what goes to thirty families


@lru_cache(maxsize=1_024)
def _remembered(raw: bytes) -> str:
    return _shown(raw)


def _shown(raw: bytes) -> str:
    text = decode_text(unfold(raw), "utf-8").strip()
    return decode_words(text) if "=?" in text else text


def decode_words(text: str) -> str:
    """The text with its encoded words (RFC 2047) replaced by what they stand for; never raises."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    position = 0
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        if between.strip() or (between and not pending):
            _flush(pending, charset, out)
            out.append(between)
        label, coding, coded = word.groups()
        data = _word_bytes(coding, coded)
        if data is None:
            _flush(pending, charset, out)
            out.append(word[0])
        else:
            label = label.lower()
            if pending and label != charset:
                _flush(pending, charset, out)
            charset = label
            pending.append(data)
        position = word.end()
    _flush(pending, charset, out)
    out.append(text[position:])
    return "".join(out)


def _flush(pending: list[bytes], charset: str, out: list[str]) -> None:
    """Decode the words that belong together."""
    if pending:
        out.append(decode_text(b"".join(pending), charset))
        pending.clear()


def _word_bytes(coding: str, text: str) -> bytes | None:
    """The bytes of one encoded word, or None where they are beyond reading."""
    if coding in "qQ":
        return quoted_word(text)
    data = re.sub(r"[^A-Za-z0-9+/]", "", text)
    data = data[: len(data) - 1] if len(data) % 4 == 1 else data
    try:
        return binascii.a2b_base64(data + "=" * (-len(data) % 4))
    except binascii.Error:
        return None


def quoted_word(text: str) -> bytes:
    """RFC 2047, 4.2: underscore is a space, =XX an octet; anything else stands for itself."""
    data = text.replace("_", " ").encode("utf-8", "surrogateescape")
    return binascii.a2b_qp(data, header=False)
