"""
Where readers may see another message than we do.

A broken message is read as most mail programs read it. Where they are known to
differ over what stands in it (which of two types counts, whether a file goes on
behind its padding), nobody can say what the recipient will see; that is a
defect. What is merely untidy (a missing last boundary, an unknown charset) is
none: ordinary mail is full of it.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from gateway.mail.mime import Limits, Part, delimiters
from gateway.mail.public import Public, public
from gateway.mail.transfer import holds_encoded_file, is_identity, is_sound, is_sound_base64

Kind = Literal[
    "header_broken",
    "header_nul",
    "field_twice",
    "parts_missing",
    "parts_encoded",
    "parts_behind_end",
    "base64_broken",
    "file_in_text",
    "elsewhere",
]


class Defect(msgspec.Struct, frozen=True):
    """
    One reason why a reader may see something else.

    *text* completes the sentence "This message cannot be inspected: …" and is
    safe for anybody. *path* is the part's.
    """

    kind: Kind
    text: Public
    path: str = ""


# One field each, says RFC 5322, 3.6; programs show the first, the last, or all.
_ONCE = ("subject", "from", "to", "cc")
_ONCE_IN_PART = ("content-type", "content-transfer-encoding", "content-disposition")
_ELSEWHERE = ("message/partial", "message/external-body")


def defects_of(root: Part) -> tuple[Defect, ...]:
    """Every defect of a message, in the order of its parts."""
    return tuple(Defect(kind, text, part.path) for part in root.walk() for kind, text in _of_part(part))


def _of_part(part: Part) -> Iterator[tuple[Kind, Public]]:
    if not part.headers.unique:
        yield from _of_header(part)
    if b"\0" in part.raw[part.start : part.body]:
        yield "header_nul", public("there is a NUL character in its header")
    if part.headers.broken and (part.headers.fields or _fields_follow(part)):
        yield "header_broken", public("a header breaks off at a line that is no field")
    if part.content_type in _ELSEWHERE:
        yield "elsewhere", public("some of its content is not in the message itself")
    if part.content_type.startswith("multipart/"):
        yield from _of_multipart(part)
    elif not part.children:
        yield from _of_leaf(part)


# What mail programs would take for a field if they passed over the lines before it.
_FIELD = re.compile(rb"^[ \t]?(?:content-[a-z-]+|subject|from|to|cc)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_PART_FIELD = re.compile(rb"^[ \t]?content-[a-z-]+[ \t]*:", re.IGNORECASE | re.MULTILINE)


def _fields_follow(part: Part) -> bool:
    """Whether a header that we see as text stands where the header should be."""
    block = _EMPTY_LINE.search(part.raw, part.body, part.end)
    pattern = _PART_FIELD if part.path else _FIELD
    return pattern.search(part.raw, part.body, block.start() if block else part.end) is not None


_EMPTY_LINE = re.compile(rb"^\r?$", re.MULTILINE)


def _of_header(part: Part) -> Iterator[tuple[Kind, Public]]:
    of_message = part.path == "" or part.implied_type == "message/rfc822"
    for name in (*_ONCE, *_ONCE_IN_PART) if of_message else _ONCE_IN_PART:
        fields = part.headers.all(name)
        if len(fields) > 1 and len({b"".join(field.raw.split()) for field in fields}) > 1:
            yield "field_twice", public("it has a header field twice that there may be only once")


def _of_multipart(part: Part) -> Iterator[tuple[Kind, Public]]:
    if not is_identity(part.encoding):
        yield "parts_encoded", public("its parts are encoded as a whole, which not every program undoes")
    if not part.children:
        if part.encoded.strip():
            yield "parts_missing", public("it claims to have parts, but there is no border between them")
        return
    behind = part.children[-1].end
    if part.raw[behind : part.end].strip() == b"--%b--" % part.boundary:
        return  # one border, as it should be
    closed = False
    for _, after, closing in delimiters(part.raw, behind, part.end, part.boundary, Limits()):
        if closed:
            yield "parts_behind_end", public("there are parts behind its end")
            return
        closed = closing and after < part.end


def _of_leaf(part: Part) -> Iterator[tuple[Kind, Public]]:
    if not (
        is_sound_base64(part.encoded, len(part.content))
        if part.encoding == "base64"
        else is_sound(part.encoded, part.encoding)
    ):
        yield (
            "base64_broken",
            public("an attachment's coding is broken, so that programs read it differently"),
        )
    if part.content_type == "text/plain" and holds_encoded_file(part.content):
        yield "file_in_text", public("a file is hidden in its text")
