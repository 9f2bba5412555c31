"""
Edits header fields in the wire bytes: what is not named stays byte for byte.

Everything that is written here is one line of visible characters before it is
encoded and folded (RFC 2047; RFC 5322, 2.2.3), so no text can start a field of
its own.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from email.header import Header

from gateway.mail.address import Mailbox
from gateway.mail.headers import Field, Headers, read_headers

# Never leave in a message that is edited: they name those whom nobody shall see (RFC 5322, 3.6.3).
BLIND = frozenset({"bcc", "resent-bcc"})
# The fields in which a reader sees who else got the message.
RECIPIENTS = frozenset({"to", "cc", "resent-to", "resent-cc", "apparently-to"})
_LINE = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def headers_of(raw: bytes) -> Headers:
    """The message's own header fields; it has been read before, so no limit applies."""
    return read_headers(raw, 0, len(raw), len(raw) + 1)[0]


def edit(raw: bytes, change: Callable[[Field], bytes | None] | None = None, append: bytes = b"") -> bytes:
    """
    Replace header fields.

    *change* is asked for every field: None keeps its bytes, anything else (whole
    fields with their line ends, or nothing) takes their place. Fields of blind
    copies always go: without *change* that is all that is done. *append* comes
    behind the last recipient field, or on top.
    """
    fields = headers_of(raw).fields
    place = max((field.end for field in fields if field.name in RECIPIENTS), default=0)
    out: list[bytes] = []
    position = 0
    for field in fields:
        out.append(raw[position : field.start])
        new = b"" if field.name in BLIND else change(field) if change else None
        out.append(raw[field.start : field.end] if new is None else new)
        position = field.end
        if append and position == place:
            out.append(append)
    out.append(raw[position:])
    if append and not place:
        out.insert(0, append)
    return b"".join(out)


def parted(raw: bytes) -> tuple[bytes, bytes]:
    """
    The header fields of the message itself, and the MIME entity that it carries (RFC 2045, 2.4).

    The fields say that it is MIME and lack what describes the contents; the entity
    begins with just that.
    """
    headers, body = read_headers(raw, 0, len(raw), len(raw) + 1)
    outside: list[bytes] = []
    inside: list[bytes] = []
    for field in headers.fields:
        whole = raw[field.start : field.end].rstrip(b"\r\n") + b"\r\n"
        (inside if field.name.startswith("content-") else outside).append(whole)
    if "mime-version" not in {field.name for field in headers.fields}:
        outside.append(b"MIME-Version: 1.0\r\n")
    return b"".join(outside), b"".join(inside) + b"\r\n" + raw[body:]


def one_line(text: str) -> str:
    """The text without control characters, line and paragraph separators; spaces are single."""
    shown = (" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return re.sub(" {2,}", " ", "".join(shown)).strip()


def text_field(name: bytes, text: str) -> bytes:
    """An unstructured field such as Subject, encoded and folded where needed."""
    return name + b": " + _encoded(one_line(text), len(name) + 2) + b"\r\n"


def address_field(name: bytes, boxes: Iterable[Mailbox]) -> bytes:
    """An address field, one mailbox a line; b"" for none."""
    lines = [mailbox(box) for box in boxes]
    return name + b": " + b",\r\n ".join(lines) + b"\r\n" if lines else b""


def mailbox(box: Mailbox) -> bytes:
    """One address as a header carries it, with its display name."""
    address = one_line(box.address).encode("utf-8")
    display = one_line(box.display)
    if not display:
        return address
    if display.isascii() and "=?" not in display:
        if _ATOMS.fullmatch(display) is None:
            display = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return display.encode() + b" <" + address + b">"
    return _encoded(display, 1) + b" <" + address + b">"


def _encoded(text: str, indent: int) -> bytes:
    """Encoded words where ASCII will not do, or where it would be read as something else."""
    plain = text.isascii() and "=?" not in text and len(max(text.split(), key=len, default="")) < _LINE
    # The library reckons the first line's indent from a field name: one of the right length.
    header = Header(
        text, "us-ascii" if plain else "utf-8", maxlinelen=_LINE, header_name="n" * max(indent - 2, 1)
    )
    return header.encode(splitchars=" ", linesep="\r\n").encode("ascii")


def field_name(raw: bytes, field: Field) -> bytes:
    """The field's name as the message spells it."""
    return raw[field.start : field.end].partition(b":")[0].rstrip()
