"""Compressed files and tars."""

import bz2
import gzip
import lzma
import tarfile
from io import BytesIO
from typing import Protocol

from gateway.documents.place import Place


class Readable(Protocol):
    """What unpacks as it is read."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        ...


def within(stream: Readable, at: Place) -> bytes:
    """
    All of it.

    Raises:
        TooMuch: it is more than may still be unpacked.
    """
    content = stream.read(at.room + 1)
    at.has_room_for(len(content))
    return content


def read_gzip(data: bytes, at: Place) -> None:
    """One compressed file, often a tar."""
    with gzip.open(BytesIO(data)) as stream:
        at.open("contents", within(stream, at))


def read_bzip2(data: bytes, at: Place) -> None:
    """One compressed file."""
    with bz2.open(BytesIO(data)) as stream:
        at.open("contents", within(stream, at))


def read_xz(data: bytes, at: Place) -> None:
    """One compressed file."""
    with lzma.open(BytesIO(data)) as stream:
        at.open("contents", within(stream, at))


def read_tar(data: bytes, at: Place) -> None:
    """A tar: regular files only, links and devices hold nothing."""
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        empty = True
        for info in archive:
            stream = archive.extractfile(info) if info.isfile() else None
            if stream is not None:
                empty = False
                at.open(info.name, within(stream, at))
        if empty:
            at.leaf("readable", "an archive with nothing in it")
