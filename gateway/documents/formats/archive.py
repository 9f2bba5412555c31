"""Compressed files and tars."""

import bz2
import gzip
import lzma
import tarfile
from io import BytesIO
from typing import Protocol

from gateway.documents.kind import kind_of
from gateway.documents.place import Place

_HEAD = 65_536  # octets that tell what a file is
_OPEN = ("text/", "image/", "audio/", "video/")  # kinds that no program encrypts as they are


class Readable(Protocol):
    """What unpacks as it is read."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        ...


def within(stream: Readable, at: Place, head: bytes = b"") -> bytes:
    """
    All of it; *head* was read before.

    Raises:
        TooMuch: it is more than may still be unpacked.
    """
    content = head + stream.read(at.room + 1 - len(head))
    at.has_room_for(len(content))
    return content


def open_entry(name: str, stream: Readable, at: Place) -> None:
    """
    Open what is packed. Where only its protection is asked for, its beginning may be enough.

    Raises:
        TooMuch: it is more than may still be unpacked.
        Settled: it has no protection, and nothing else was asked for.
    """
    head = b""
    if at.settles:
        head = stream.read(_HEAD)
        if kind_of(head).startswith(_OPEN):
            at.leaf("readable", "a file without a password")
    at.open(name, within(stream, at, head))


def read_gzip(data: bytes, at: Place) -> None:
    """One compressed file, often a tar."""
    with gzip.open(BytesIO(data)) as stream:
        open_entry("contents", stream, at)


def read_bzip2(data: bytes, at: Place) -> None:
    """One compressed file."""
    with bz2.open(BytesIO(data)) as stream:
        open_entry("contents", stream, at)


def read_xz(data: bytes, at: Place) -> None:
    """One compressed file."""
    with lzma.open(BytesIO(data)) as stream:
        open_entry("contents", stream, at)


def read_tar(data: bytes, at: Place) -> None:
    """A tar: regular files only, links and devices hold nothing."""
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        empty = True
        for info in archive:
            stream = archive.extractfile(info) if info.isfile() else None
            if stream is not None:
                empty = False
                open_entry(info.name, stream, at)
        if empty:
            at.leaf("readable", "an archive with nothing in it")
