"""Archives: every entry counts by itself, and the weakest decides."""

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Protocol

import py7zr
import rarfile

from gateway.documents.place import Place, TooMuch
from gateway.mail.public import public

_AES = 99  # compression method of WinZip's AES entries (APPNOTE 4.4.5)


class Readable(Protocol):
    """What unpacks as it is read."""

    def read(self, size: int, /) -> bytes:
        """At most that many bytes."""
        ...


def members(package: zipfile.ZipFile, at: Place) -> Iterator[tuple[str, bytes]]:
    """
    The entries of a package, read within what may still be unpacked.

    Raises:
        TooMuch: it unpacks to more than that.
    """
    if len(package.infolist()) > at.findings.limits.entries:
        raise TooMuch(public("it has more than {limit} files inside", limit=at.findings.limits.entries))
    for info in package.infolist():
        if info.is_dir():
            continue
        with package.open(info) as stream:
            content = _within(stream, at)
        at.findings.unpacked += len(content)
        yield info.filename, content


def _within(stream: Readable, at: Place) -> bytes:
    content = stream.read(at.room + 1)
    if len(content) > at.room:
        raise TooMuch(public("it unpacks to more than {limit} bytes", limit=at.findings.limits.unpacked))
    return content


def read_zip(data: bytes, at: Place) -> None:
    """A zip: encrypted entries count as protected, the others are opened."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if not infos:
            at.leaf("readable", "an archive with nothing in it")
        for info in infos:
            if info.flag_bits & 1:
                strong = info.compress_type == _AES
                reason = (
                    "an entry with AES encryption" if strong else "an entry with traditional zip encryption"
                )
                at.leaf("protected", reason, "strong" if strong else "weak")
                continue
            with archive.open(info) as stream:
                content = _within(stream, at)
            at.open(info.filename, content)


def read_7z(data: bytes, at: Place) -> None:
    """A 7z archive: needs_password() is no answer, since one locked folder sets it."""
    try:
        archive = py7zr.SevenZipFile(BytesIO(data))
    except py7zr.PasswordRequired:
        at.leaf("protected", "a 7z archive whose list is encrypted too", "strong")
        return
    with archive:
        locked = archive.needs_password()
        if locked:
            at.leaf("protected", "a 7z archive with encrypted files", "strong")
            return
    at.unread(public("it is a 7z archive"))


def read_rar(data: bytes, at: Place) -> None:
    """A rar archive: what is locked can be told; what is not cannot be unpacked here."""
    with rarfile.RarFile(BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if archive.needs_password() and not infos:
            at.leaf("protected", "a rar archive whose list is encrypted too", "strong")
            return
        for info in infos:
            if info.needs_password():
                at.leaf("protected", "an encrypted entry", "strong")
            else:
                at.leaf("readable", "an entry without a password")
                at.unread(public("it is a rar archive"))


def read_gzip(data: bytes, at: Place) -> None:
    """One compressed file, often a tar."""
    with gzip.open(BytesIO(data)) as stream:
        at.open("contents", _within(stream, at))


def read_bzip2(data: bytes, at: Place) -> None:
    """One compressed file."""
    with bz2.open(BytesIO(data)) as stream:
        at.open("contents", _within(stream, at))


def read_xz(data: bytes, at: Place) -> None:
    """One compressed file."""
    with lzma.open(BytesIO(data)) as stream:
        at.open("contents", _within(stream, at))


def read_tar(data: bytes, at: Place) -> None:
    """A tar: regular files only, links and devices hold nothing."""
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        empty = True
        for info in archive:
            stream = archive.extractfile(info) if info.isfile() else None
            if stream is not None:
                empty = False
                at.open(info.name, _within(stream, at))
        if empty:
            at.leaf("readable", "an archive with nothing in it")
