"""
The MIME tree of a message, found in its bytes without copying them (RFC 2046).

Parts are offsets into the message; a body is decoded only when somebody asks.
What mail programs make of broken structure is what counts here: a missing last
boundary ends with the message, a multipart without boundary is shown as text.
"""

import binascii
import re
from functools import cached_property

import msgspec
import pybase64

from gateway.mail.charset import decode_text
from gateway.mail.headers import Headers, read_headers
from gateway.mail.malformed import MalformedMessage
from gateway.mail.parameters import read_parameters
from gateway.mail.public import public


class Limits(msgspec.Struct, frozen=True):
    """Beyond these a message counts as unreadable and is held, not guessed at."""

    depth: int = 30
    parts: int = 1_000
    header_bytes: int = 131_072


class Part:
    """
    One node of the tree. Strictly read-only.

    *path* numbers it as IMAP does (RFC 9051, 6.4.5): "" is the message itself,
    "2.1" the first part of its second part. ``raw[start:end]`` is header and
    body, ``raw[body:end]`` the body as transferred.
    """

    __slots__ = ("__dict__", "body", "children", "end", "headers", "path", "raw", "start")

    def __init__(self, raw: bytes, path: str, headers: Headers, start: int, body: int, end: int) -> None:
        self.raw = raw
        self.path = path
        self.headers = headers
        self.start = start
        self.body = body
        self.end = end
        self.children: tuple[Part, ...] = ()

    @cached_property
    def _type(self) -> tuple[str, dict[str, str]]:
        fields = self.headers.all("content-type")
        return read_parameters(fields[0].raw) if fields else ("", {})

    @cached_property
    def _disposition(self) -> tuple[str, dict[str, str]]:
        fields = self.headers.all("content-disposition")
        return read_parameters(fields[0].raw) if fields else ("", {})

    @property
    def content_type(self) -> str:
        """The declared type, lower-case; text/plain where none is given (RFC 2045, 5.2)."""
        value = self._type[0]
        return value if "/" in value else "text/plain"

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of Content-Type by lower-case name."""
        return self._type[1]

    @property
    def disposition(self) -> str:
        """``attachment``, ``inline`` or "", lower-case."""
        return self._disposition[0]

    @cached_property
    def filename(self) -> str:
        """The file name that a reader is shown, without any folder; "" without one."""
        name = self._disposition[1].get("filename") or self.parameters.get("name", "")
        return name.replace("\\", "/").rpartition("/")[2].strip()

    @property
    def content_id(self) -> str:
        """The Content-ID without its angle brackets."""
        return self.headers.first("content-id").strip("<> ")

    @property
    def encoding(self) -> str:
        """The Content-Transfer-Encoding, lower-case."""
        return self.headers.first("content-transfer-encoding").strip().lower()

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

    @cached_property
    def content(self) -> bytes:
        """The body decoded; what is broken in it is skipped, as readers do. Never raises."""
        return decode_body(self.encoded, self.encoding)

    @cached_property
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


def decode_body(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding (RFC 2045, 6); an unknown one is taken as identity."""
    if encoding == "base64":
        try:
            return pybase64.b64decode(data)
        except (binascii.Error, ValueError):
            return _lenient_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecode(data)
    return data


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def _lenient_base64(data: bytes) -> bytes:
    """
    Base64 with padding in the middle or missing: each padded run is decoded by itself.

    Readers differ; whoever goes on behind the padding sees most, so we do too.
    """
    out = []
    for run in re.split(rb"=+", data):
        kept = _NOT_BASE64.sub(b"", run)
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
        out.append(binascii.a2b_base64(kept + b"=" * (-len(kept) % 4)))
    return b"".join(out)


def _uudecode(data: bytes) -> bytes:
    out = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return data
    return b"".join(out)


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
        spans = _inside(part)
        if not spans:
            continue
        count += len(spans)
        if count > limits.parts:
            raise MalformedMessage(public("it has more than {limit} parts", limit=limits.parts))
        if depth >= limits.depth:
            raise MalformedMessage(public("its parts are nested more than {limit} deep", limit=limits.depth))
        children = []
        for number, (start, end) in enumerate(spans, 1):
            headers, body = read_headers(raw, start, end, limits.header_bytes)
            path = f"{part.path}.{number}" if part.path else str(number)
            children.append(Part(raw, path, headers, start, body, end))
        part.children = tuple(children)
        waiting.extend((child, depth + 1) for child in children)
    return root


def _inside(part: Part) -> list[tuple[int, int]]:
    """Where the parts of a multipart, or the message of a message/rfc822, start and end."""
    kind = part.content_type
    if kind in ("message/rfc822", "message/global") and part.encoding in ("", "7bit", "8bit", "binary"):
        return [(part.body, part.end)] if part.body < part.end else []
    if not kind.startswith("multipart/"):
        return []
    boundary = part.parameters.get("boundary", "").rstrip()
    if not boundary:
        return []
    return list(_split(part.raw, part.body, part.end, boundary.encode("utf-8", "replace")))


def _split(raw: bytes, start: int, end: int, boundary: bytes) -> "list[tuple[int, int]]":
    """The spans between delimiter lines (RFC 2046, 5.1.1)."""
    delimiter = b"--" + boundary
    spans: list[tuple[int, int]] = []
    opened = -1  # where the part that is being read starts
    position = start
    while True:
        found = raw.find(delimiter, position, end)
        if found < 0:
            break
        after = found + len(delimiter)
        position = after
        if found != start and raw[found - 1] != 0x0A:
            continue  # not at the start of a line
        closing = raw[after : after + 2] == b"--"
        rest = after + 2 if closing else after
        line_end = raw.find(b"\n", rest, end)
        line_end = end if line_end < 0 else line_end
        if raw[rest : min(line_end, rest + 200)].strip() and not closing:
            continue  # a longer boundary that merely begins like ours
        if opened >= 0:
            spans.append((opened, _before_line_end(raw, opened, found)))
        opened = -1 if closing else min(line_end + 1, end)
        if closing:
            break
    if opened >= 0:
        spans.append((opened, end))
    return spans


def _before_line_end(raw: bytes, start: int, delimiter: int) -> int:
    """The line end in front of a delimiter belongs to the delimiter."""
    end = delimiter
    if end > start and raw[end - 1] == 0x0A:
        end -= 1
        if end > start and raw[end - 1] == 0x0D:
            end -= 1
    return end
