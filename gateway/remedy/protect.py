"""
Remedy ``protect``: some parts of a message, encrypted under one passphrase.

Only those parts change; every other byte of the message stays where it was.
What a stranger sees of a protected part is its kind and a number: names of
files, entries and titles are gone or behind the encryption.
"""

import binascii
from collections.abc import Iterable, Iterator

import msgspec

from gateway.mail.mime import Limits, Part, read_tree
from gateway.remedy.encrypt import Encrypted, encrypt


class CannotProtect(Exception):
    """A part could not be encrypted, so the message must not leave. Carries nothing of its content."""


class ProtectedFile(msgspec.Struct, frozen=True):
    """
    One attachment that was encrypted.

    *path* is the part's path in the original, *name* the file name that is
    visible now, *how* a sentence for the recipient on how to open it.
    """

    path: str
    name: str
    media_type: str
    how: str


# Fields of a part that describe the old contents, or repeat the old file name.
_REPLACED = frozenset(
    {
        "content-type",
        "content-disposition",
        "content-transfer-encoding",
        "content-description",
        "content-location",
        "content-md5",
    }
)


class Locked(msgspec.Struct, frozen=True):
    """A part's encrypted form, and what is said of it."""

    file: ProtectedFile
    encrypted: Encrypted


def protect(raw: bytes, paths: frozenset[str], passphrase: str) -> tuple[bytes, tuple[ProtectedFile, ...]]:
    """
    Replace the parts with these paths by their encrypted form.

    Raises:
        CannotProtect: there is no such part, or it cannot be encrypted.
    """
    locked = lock(raw, paths, passphrase)
    return put(raw, locked), tuple(each.file for each in locked)


def lock(raw: bytes, paths: frozenset[str], passphrase: str) -> tuple[Locked, ...]:
    """
    Encrypt the parts with these paths, in the order of the message.

    A path may name a leaf or a forwarded message, which then becomes one file.
    Computes for a while.

    Raises:
        CannotProtect: there is no such part, or it cannot be encrypted.
    """
    locked: list[Locked] = []
    for number, part in enumerate(chosen(raw, paths), 1):
        try:
            encrypted = encrypt(content(part), part.filename, f"attachment-{number}", passphrase)
        except Exception as fault:
            raise CannotProtect("a part could not be encrypted") from fault
        file = ProtectedFile(part.path, encrypted.name, encrypted.media_type, encrypted.how)
        locked.append(Locked(file, encrypted))
    return tuple(locked)


def chosen(raw: bytes, paths: frozenset[str]) -> Iterator[Part]:
    """
    The parts with these paths, in the order of the message.

    Raises:
        CannotProtect: one of them is not there.
    """
    by_path = {part.path: part for part in read_tree(raw, Limits()).walk()}
    if not paths <= by_path.keys():
        raise CannotProtect("a part is not there")
    parts = sorted((by_path[path] for path in paths), key=lambda part: part.start)
    done = 0
    for part in parts:
        if part.start >= done:  # else it is inside a forwarded message that is taken as a whole
            yield part
            done = part.end


def put(raw: bytes, locked: Iterable[Locked]) -> bytes:
    """
    The message with encrypted parts in the places of the plain ones.

    *raw* may have another header than the message that the parts were taken from.
    """
    parts = list(read_tree(raw, Limits()).walk())
    by_path = {part.path: part for part in parts}
    edits = []
    for each in locked:
        part = by_path[each.file.path]
        edits.append((part.start, part.end, _rewritten(raw, part, each.encrypted)))
    places = [start for start, _, _ in edits]
    edits += [edit for part in parts for edit in _unsigned(part, places)]
    pieces: list[bytes] = []
    done = 0
    for start, end, new in sorted(edits):
        pieces += [raw[done:start], new]
        done = end
    pieces.append(raw[done:])
    return b"".join(pieces)


def _unsigned(part: Part, places: list[int]) -> Iterator[tuple[int, int, bytes]]:
    """
    What takes the signature off (RFC 1847, 2.1) that a change at one of the *places* breaks.

    Programs warn of a broken one as of a forgery; without it the message is one that nobody signed.
    """
    if part.content_type != "multipart/signed" or not part.boundary or len(part.children) < 2:
        return
    signed = part.children[0]
    if not any(signed.start <= place < signed.end for place in places):
        return
    for field in part.headers.fields:
        if field.name == "content-type":
            named = b'Content-Type: multipart/mixed;\r\n\tboundary="' + part.boundary + b'"\r\n'
            yield field.start, field.end, named
    signature = part.children[1]
    if signature.content_type.endswith("-signature"):  # of whatever was put behind it nothing is lost
        yield signed.end, signature.end, b""


def content(part: Part) -> bytes:
    """What a reader would save to disk: a forwarded message as it stands."""
    return part.encoded if part.children else part.content


def _rewritten(raw: bytes, part: Part, encrypted: Encrypted) -> bytes:
    """The part anew: what else stood in its header, then its type, name and contents."""
    inline = part.disposition == "inline" and part.content_id
    kept = [
        raw[field.start : field.end].rstrip(b"\r\n") + b"\r\n"
        for field in part.headers.fields
        if field.name not in _REPLACED
    ]
    name = encrypted.name
    header = (
        f'Content-Type: {encrypted.media_type};\r\n\tname="{name}"\r\n'
        f'Content-Disposition: {"inline" if inline else "attachment"};\r\n\tfilename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    end = b"\r\n" if part.end == len(raw) else b""
    return b"".join(kept) + header.encode("ascii") + _base64_lines(encrypted.data) + end


_LINE = 57  # octets in, 76 characters out (RFC 2045, 6.8)


def _base64_lines(data: bytes) -> bytes:
    return b"\r\n".join(
        binascii.b2a_base64(data[start : start + _LINE], newline=False)
        for start in range(0, len(data), _LINE)
    )
