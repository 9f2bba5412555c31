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
BEHIND = "the part behind"  # the name of what follows an archive's end
_PADDING = b"\x00\r\n"
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


def open_behind(data: bytes, end: int, at: Place) -> None:
    """Open what follows the end of an archive: programs pass over it, and whoever looks at the bytes finds it."""
    behind = data[end:].lstrip(_PADDING)
    if behind:
        at.open(BEHIND, behind)


_Start = type[bz2.BZ2Decompressor] | type[lzma.LZMADecompressor]


class Streams:
    """
    Compressed streams one behind the other, read as one.

    *behind* is what follows them, which other readers pass over in silence.
    """

    def __init__(self, data: bytes, start: _Start) -> None:
        self._start = start
        self._stream = start()
        self._fed = data
        self.behind = b""

    def read(self, size: int, /) -> bytes:
        """
        At most that many bytes, fewer at the end.

        Raises:
            EOFError: it breaks off.
            OSError, lzma.LZMAError: it is damaged.
        """
        out = bytearray()
        while len(out) < size and not self.behind:
            if self._stream.eof:
                rest = self._stream.unused_data.lstrip(b"\x00")
                if not rest:
                    break
                self._stream, self._fed = self._start(), rest
                if not self._goes_on(rest):
                    self.behind = rest
                    break
            out += self._stream.decompress(self._fed, size - len(out))
            self._fed = b""
            if self._stream.needs_input and not self._stream.eof:
                raise EOFError
        return bytes(out)

    def _goes_on(self, rest: bytes) -> bool:
        """Whether another stream follows."""
        try:
            self._start().decompress(rest[:_HEAD], 1)
        except (OSError, lzma.LZMAError):
            return False
        return True


def _read_streams(data: bytes, at: Place, start: _Start) -> None:
    streams = Streams(data, start)
    open_entry("contents", streams, at)
    open_behind(streams.behind, 0, at)


def read_gzip(data: bytes, at: Place) -> None:
    """One compressed file, often a tar."""
    with gzip.open(BytesIO(data)) as stream:
        open_entry("contents", stream, at)


def read_bzip2(data: bytes, at: Place) -> None:
    """One compressed file."""
    _read_streams(data, at, bz2.BZ2Decompressor)


def read_xz(data: bytes, at: Place) -> None:
    """One compressed file."""
    _read_streams(data, at, lzma.LZMADecompressor)


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
        open_behind(data, archive.offset, at)
