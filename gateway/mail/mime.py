"""
The MIME tree of a message, found in its bytes without copying them (RFC 2046).

Parts are offsets into the message; a body is decoded only when somebody asks.
What mail programs make of broken structure is what counts here: a missing last
boundary ends with the message, a multipart without boundary is shown as text.
"""

import unicodedata
from collections.abc import Iterator

import msgspec

from gateway.mail.charset import decode_text
from gateway.mail.headers import Headers, read_headers
from gateway.mail.lazy import lazy
from gateway.mail.malformed import MalformedMessage
from gateway.mail.parameters import Value, read_value
from gateway.mail.public import public
from gateway.mail.transfer import decode_body, is_identity, read_encoding


class Limits(msgspec.Struct, frozen=True):
    """Beyond these a message counts as unreadable and is held, not guessed at."""

    depth: int = 30
    parts: int = 1_000
    header_bytes: int = 131_072
    subject_bytes: int = 8_192


class Part:
    """
    One node of the tree. Strictly read-only.

    *path* numbers it: "" is the message itself, "2.1" the first part of its
    second part; the message inside a message/rfc822 counts as that one's first
    part. ``raw[start:end]`` is header and
    body, ``raw[body:end]`` the body as transferred.
    """

    __slots__ = ("__dict__", "body", "children", "end", "headers", "implied_type", "path", "raw", "start")

    def __init__(
        self,
        raw: bytes,
        path: str,
        headers: Headers,
        start: int,
        body: int,
        end: int,
        implied_type: str = "text/plain",
    ) -> None:
        self.raw = raw
        self.path = path
        self.headers = headers
        self.start = start
        self.body = body
        self.end = end
        self.implied_type = implied_type
        self.children: tuple[Part, ...] = ()

    @lazy
    def _type(self) -> Value:
        fields = self.headers.all("content-type")
        return read_value(fields[0].raw) if fields else Value()

    @lazy
    def _disposition(self) -> Value:
        fields = self.headers.all("content-disposition")
        return read_value(fields[0].raw) if fields else Value()

    @lazy
    def content_type(self) -> str:
        """The declared type, lower-case; where none is given the one that its place implies (RFC 2045, 5.2)."""
        word = self._type.word
        return word if "/" in word else self.implied_type

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of Content-Type by lower-case name."""
        return self._type.parameters

    @property
    def disposition(self) -> str:
        """``attachment``, ``inline`` or "", lower-case."""
        return self._disposition.word

    @lazy
    def filename(self) -> str:
        """The file name that a reader is shown, without any folder; "" without one."""
        return self.names[0] if self.names else ""

    @lazy
    def names(self) -> tuple[str, ...]:
        """Every file name that some reader may show, that of most readers first, each once."""
        if not self._disposition.parameters and self.parameters.keys().isdisjoint(_NAMES):
            return ()
        said = (
            self._disposition.parameters.get("filename", ""),
            self.parameters.get("name", ""),
            *(text for name, text in (*self._disposition.others, *self._type.others) if name in _NAMES),
            self._disposition.parameters.get("name", ""),
            self.parameters.get("filename", ""),
        )
        return tuple(dict.fromkeys(filter(None, map(_file_name, filter(None, said)))))

    @property
    def boundary(self) -> bytes:
        """What parts a multipart; b"" for a leaf and where none is given."""
        if not self.content_type.startswith("multipart/"):
            return b""
        return self.parameters.get("boundary", "").rstrip().encode()

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets."""
        return self.headers.first("content-id").strip("<> ")

    @lazy
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, lower-case."""
        fields = self.headers.all("content-transfer-encoding")
        return read_encoding(fields[0].raw.decode("latin-1")) if fields else ""

    @property
    def is_attachment(self) -> bool:
        """Whether a reader meets it as a file: named, marked so, or of no type that is shown."""
        if self.children:
            return False
        if self.disposition == "attachment" or self.filename:
            return True
        return not self.content_type.startswith(("text/plain", "text/html", "multipart/"))

    @property
    def encoded(self) -> bytes:
        """The body as it was transferred."""
        return self.raw[self.body : self.end]

    @lazy
    def content(self) -> bytes:
        """The body decoded; what is broken in it is skipped, as readers do. Never raises."""
        return decode_body(self.encoded, self.encoding)

    @lazy
    def text(self) -> str:
        """The decoded body as text under its declared charset."""
        return decode_text(self.content, self.parameters.get("charset", "utf-8"))

    def walk(self) -> "tuple[Part, ...]":
        """This part and all beneath it, in the order of the message."""
        found: list[Part] = []
        waiting = [self]
        while waiting:
            part = waiting.pop()
            found.append(part)
            waiting.extend(reversed(part.children))
        return tuple(found)


_NAMES = ("filename", "name")


def _file_name(text: str) -> str:
    """The last step of a path, in one line of visible characters."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    name = text.strip()
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2].strip() or name


def read_tree(raw: bytes, limits: Limits) -> Part:
    """
    Read the whole tree of a message.

    Raises:
        MalformedMessage: a limit is exceeded.
    """
    headers, body = read_headers(raw, 0, len(raw), limits.header_bytes)
    root = Part(raw, "", headers, 0, body, len(raw))
    waiting: list[tuple[Part, int]] = [(root, 0)]
    count = 1
    while waiting:
        part, depth = waiting.pop()
        spans = _inside(part, limits)
        if not spans:
            continue
        count += len(spans)
        if count > limits.parts:
            raise MalformedMessage(public("it has more than {limit} parts", limit=limits.parts))
        if depth >= limits.depth:
            raise MalformedMessage(public("its parts are nested more than {limit} deep", limit=limits.depth))
        children = []
        implied = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for number, (start, end) in enumerate(spans, 1):
            headers, body = read_headers(raw, start, end, limits.header_bytes)
            path = f"{part.path}.{number}" if part.path else str(number)
            children.append(Part(raw, path, headers, start, body, end, implied))
        part.children = tuple(children)
        waiting.extend((child, depth + 1) for child in children)
    return root


_MESSAGES = ("message/rfc822", "message/global", "message/news")


def _inside(part: Part, limits: Limits) -> list[tuple[int, int]]:
    """Where the parts of a multipart, or the message of a message/rfc822, start and end."""
    kind = part.content_type
    if kind in _MESSAGES and is_identity(part.encoding):
        return [(part.body, part.end)] if part.body < part.end else []
    boundary = part.boundary
    return _split(part.raw, part.body, part.end, boundary, limits) if boundary else []


def _split(raw: bytes, start: int, end: int, boundary: bytes, limits: Limits) -> list[tuple[int, int]]:
    """The spans between delimiter lines (RFC 2046, 5.1.1)."""
    spans: list[tuple[int, int]] = []
    opened = -1  # where the part that is being read starts
    for found, after, closing in delimiters(raw, start, end, boundary, limits):
        if opened >= 0:
            spans.append((opened, _before_line_end(raw, opened, found)))
        opened = -1 if closing else after
        if closing or len(spans) > limits.parts:
            break
    if opened >= 0:
        spans.append((opened, end))
    return spans


def delimiters(
    raw: bytes, start: int, end: int, boundary: bytes, limits: Limits
) -> Iterator[tuple[int, int, bool]]:
    """
    Every delimiter line in ``raw[start:end]``: its start, where the line behind it starts, whether it closes.

    Raises:
        MalformedMessage: far more lines begin like the boundary than there may be parts.
    """
    delimiter = b"--" + boundary
    position = start
    for _ in range(_LOOKALIKES * limits.parts):
        found = raw.find(delimiter, position, end)
        if found < 0:
            return
        position = found + len(delimiter)
        if found != start and raw[found - 1] != 0x0A:
            continue  # not at the start of a line
        closing = raw.startswith(b"--", position, end)
        rest = position + 2 if closing else position
        line_end = raw.find(b"\n", rest, end)
        line_end = end if line_end < 0 else line_end
        if raw[rest : min(line_end, rest + 200)].strip():
            continue  # a longer boundary that merely begins like ours
        yield found, min(line_end + 1, end), closing
    raise MalformedMessage(public("too many of its lines look like the border of a part"))


# A boundary may begin like another's (RFC 2046 asks for the opposite), and stand in a quoted text.
_LOOKALIKES = 10


def _before_line_end(raw: bytes, start: int, delimiter: int) -> int:
    """The line end in front of a delimiter belongs to the delimiter."""
    end = delimiter
    if end > start and raw[end - 1] == 0x0A:
        end -= 1
        if end > start and raw[end - 1] == 0x0D:
            end -= 1
    return end
