"""Archives: every entry counts by itself, and the weakest decides."""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from gateway.documents.place import Place, TooMuch
from gateway.mail.public import public

if TYPE_CHECKING:
    from py7zr.archiveinfo import Folder

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
    """
    A zip: encrypted entries count as protected, the others are opened.

    A flag is no proof: an entry that says it is encrypted and unpacks all the
    same is readable. What lies in front of the archive is read as well, since
    another program may open that part.
    """
    with zipfile.ZipFile(BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if not infos:
            at.leaf("readable", "an archive with nothing in it")
        for info in infos:
            if not info.flag_bits & 1:
                with archive.open(info) as stream:
                    at.open(info.filename, _within(stream, at))
                continue
            content = _unlocked(data, info, at)
            if content is not None:
                at.open(info.filename, content)
            elif info.compress_type == _AES:
                at.leaf("protected", "an entry with AES encryption", "strong")
            else:
                at.leaf("protected", "an entry with traditional zip encryption", "weak")
        front = data[: min((info.header_offset for info in archive.infolist()), default=0)]
    if b"PK\x03\x04" in front:
        at.open("the part in front", front[front.index(b"PK\x03\x04") :])


def _unlocked(data: bytes, info: zipfile.ZipInfo, at: Place) -> bytes | None:
    """The content of an entry that is only said to be encrypted; None where it really is."""
    start = info.header_offset
    name, extra = struct.unpack_from("<2H", data, start + 26)
    body = data[start + 30 + name + extra :][: info.compress_size]
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return None
    if info.compress_type == zipfile.ZIP_DEFLATED:
        try:
            body = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, at.room + 1)
        except zlib.error:
            return None
    if len(body) > at.room:
        raise TooMuch(public("it unpacks to more than {limit} bytes", limit=at.findings.limits.unpacked))
    return body if len(body) == info.file_size and zlib.crc32(body) == info.CRC else None


def read_7z(data: bytes, at: Place) -> None:
    """
    A 7z archive: needs_password() is no answer, since one locked folder sets it.

    Folders without the AES coder (06 F1 07 01) are unpacked within the limits.
    """
    import py7zr  # half of what this module would weigh, for a rare kind of file
    import py7zr.io

    try:
        archive = py7zr.SevenZipFile(BytesIO(data))
    except py7zr.PasswordRequired:
        at.leaf("protected", "a 7z archive whose list is encrypted too", "strong")
        return
    with archive:
        files = [each for each in archive.files if not each.is_directory]
        if not files:
            at.leaf("readable", "an archive with nothing in it")
        locked = [each for each in files if each.folder and _has_aes(each.folder)]
        if locked:
            at.leaf("protected", "a 7z archive with encrypted files", "strong")
        names = [each.filename for each in files if each not in locked]
        if not names:
            return
        if sum(each.uncompressed or 0 for each in files if each not in locked) > at.room:
            raise TooMuch(public("it unpacks to more than {limit} bytes", limit=at.findings.limits.unpacked))
        if locked:  # the library unpacks all or nothing once one file needs a password
            at.leaf("readable", "a 7z archive of which some files are not encrypted")
            at.unread(public("it is a 7z archive of which only some files are encrypted"))
            return
        unpacked = py7zr.io.BytesIOFactory(at.room)
        archive.extract(targets=names, factory=unpacked)
    for name, product in unpacked.products.items():
        product.seek(0)
        at.open(name, product.read())


def _has_aes(folder: "Folder") -> bool:
    return any(coder["method"] == b"\x06\xf1\x07\x01" for coder in folder.coders)


_RAR_AES = 29  # the version of rar that brought AES; older ciphers are broken


def read_rar(data: bytes, at: Place) -> None:
    """
    A rar archive: what is locked can be told; what is not cannot be unpacked here.

    No free library unpacks rar: rarfile runs unrar, unar or bsdtar, none of which
    the gateway installs. Such a file counts as not read and is held.
    """
    import rarfile

    with rarfile.RarFile(BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if archive.needs_password() and not infos:
            at.leaf("protected", "a rar archive whose list is encrypted too", "strong")
            return
        for info in infos:
            if info.needs_password():
                old = getattr(info, "extract_version", 50) < _RAR_AES
                at.leaf("protected", "an encrypted entry", "weak" if old else "strong")
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
