"""
7z and rar, and what else a library unpacks: their lists tell what is locked, the rest is read.

rar, zstd and whatever is rarer are unpacked by libarchive where the system has it; without it
such a file counts as not read. rar archives of several volumes, and old ones that are
solid, it does not unpack either.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from types import ModuleType
from typing import Any

import py7zr
import py7zr.archiveinfo
import py7zr.io
import rarfile

from gateway.documents.formats.archive import open_behind
from gateway.documents.formats.text import has_words, salvage
from gateway.documents.place import Place
from gateway.mail.public import public

_NOTHING = "an archive with nothing in it"


@cache
def libarchive() -> ModuleType | None:
    """The binding, or None: the system's library is an optional extra."""
    try:
        import libarchive
    except (ImportError, OSError, AttributeError, TypeError):  # the last three: without the library itself
        return None
    module: ModuleType = libarchive
    return module


def read_7z(data: bytes, at: Place) -> None:
    """
    A 7z archive: needs_password() is no answer, since one locked folder sets it.

    Folders without the AES coder (06 F1 07 01) are unpacked within the limits. The first
    of several volumes has no list, since that comes last.
    """
    if _end_of_7z(data) > len(data):
        _part_only(data, at)
        return
    try:
        archive = py7zr.SevenZipFile(BytesIO(data))
    except py7zr.PasswordRequired:
        at.leaf("protected", "a 7z archive whose list is encrypted too", "strong")
        open_behind(data, _end_of_7z(data), at)
        return
    with archive:
        files = [each for each in archive.files if not each.is_directory]
        if not files:
            at.leaf("readable", _NOTHING)
        at.may_hold(len(files))
        is_locked = [bool(each.folder) and _has_aes(each.folder) for each in files]
    open_behind(data, _end_of_7z(data), at)
    if any(is_locked):
        at.leaf("protected", "a 7z archive with encrypted files", "strong")
    unlocked = [each for each, locked in zip(files, is_locked, strict=True) if not locked]
    if not unlocked:
        return
    at.has_room_for(sum(each.uncompressed or 0 for each in unlocked))
    unpacked = py7zr.io.BytesIOFactory(at.room + 1)
    # The library unpacks nothing of a mixed archive without some password, and asks it of locked files only.
    with py7zr.SevenZipFile(BytesIO(data), password="-" if any(is_locked) else None) as archive:
        try:
            archive.extract(targets=[each.filename for each in unlocked], factory=unpacked)
        except Exception:  # noqa: BLE001 -- a way of packing that it does not know, or damage; 7-Zip opens more
            at.leaf("readable", "a 7z archive with files that have no password")
            at.unread(public("it is damaged, or packed in a way that cannot be unpacked here"))
            return
    for name, product in unpacked.products.items():
        product.seek(0)
        at.open(name, product.read())
    if len(unpacked.products) < len(unlocked):
        at.unread(public("files in it have the same name"))


def _end_of_7z(data: bytes) -> int:
    """Its list comes last: the header at its beginning tells where, and how long it is (7zFormat.txt)."""
    offset, size = struct.unpack_from("<2Q", data, 12)
    return int(32 + offset + size)


def _part_only(data: bytes, at: Place) -> None:
    """What breaks off before its list, or begins behind it, does not tell what is locked."""
    at.leaf("readable" if has_words(data) else "unknown", "a part of an archive")
    salvage(data[: 1 << 20], at)
    at.unread(public("it is a part of an archive, or damaged"))


def _has_aes(folder: py7zr.archiveinfo.Folder) -> bool:
    return any(coder["method"] == b"\x06\xf1\x07\x01" for coder in folder.coders)


_RAR_AES = 29  # the version of rar that brought AES; older ciphers are broken
_STORED = 0x30
# The block that ends an archive, as rar itself writes it: format 4, format 5.
_RAR_ENDS = (b"\xc4\x3d\x7b\x00\x40\x07\x00", b"\x1d\x77\x56\x51\x03\x05\x04\x00")
# The same with flags, as a volume ends: format 4 (its numbers follow), format 5.
_RAR_LAST = re.compile(rb"\x7b[\x00-\x1f][\x40\xc0][\x07-\x20]\x00|\x03\x05[\x00-\x07]{2}")
_LAST = 64  # bytes in which such a block stands


def read_rar(data: bytes, at: Place) -> None:
    """A rar archive: what is locked is told by its list, the rest is unpacked where that can be done."""
    for end in _RAR_ENDS:
        if end in data:
            open_behind(data, data.rindex(end) + len(end), at)
    with rarfile.RarFile(BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if info.is_file()]
        if archive.needs_password() and not infos:
            at.leaf("protected", "a rar archive whose list is encrypted too", "strong")
            return
    read_to = max([0, *(int(info.data_offset + info.compress_size) for info in infos)])
    # The library stops in silence at the first block that it cannot read; before the end block came, it has none.
    if read_to != len(data) and not _RAR_LAST.search(data[max(read_to, len(data) - _LAST) :]):
        _part_only(data[read_to:], at)
    elif not infos:
        at.leaf("readable", _NOTHING)
    if not infos:
        return
    at.may_hold(len(infos))
    locked = [info for info in infos if info.needs_password() and not _shows(data, info)]
    for info in locked:
        old = getattr(info, "extract_version", 50) < _RAR_AES
        at.leaf("protected", "an encrypted entry", "weak" if old else "strong")
    if len(locked) == len(infos):
        return
    if any(info.needs_password() for info in infos):
        at.leaf("readable", "a rar archive with entries that have no password")
        at.unread(public("it is a rar archive of which only some files are encrypted"))
    else:
        opened = _open_all(data, at, "rar archive", format_name="rar5" if data[6:7] == b"\x01" else "rar")
        if opened < len(infos):
            at.unread(public("it is damaged, or packed in a way that cannot be unpacked here"))


def _shows(data: bytes, info: Any) -> bool:
    """Whether an entry that is said to be encrypted stands in the archive as it is."""
    body = data[info.data_offset :][: info.compress_size]
    return info.compress_type == _STORED and info.CRC is not None and zlib.crc32(body) == info.CRC


def _of_format(name: str) -> Callable[[bytes, Place], None]:
    """The reader of archives that only the library knows, and that have no passwords."""

    def read(data: bytes, at: Place) -> None:
        before = len(at.findings.leaves)
        if not _open_all(data, at, f"{name} archive", format_name=name):
            at.leaf(
                "readable" if has_words(data) else "unknown", "an archive with nothing in it that can be read"
            )
            at.unread(public("it is damaged, or packed in a way that cannot be unpacked here"))
        _doubt_the_rest(before, at)

    return read


def _doubt_the_rest(before: int, at: Place) -> None:
    """
    The library passes over what lies between the files and behind the last: it vouches for no archive as a whole.

    *before* is how many leaves there were.
    """
    if all(protection == "protected" for protection, _ in at.findings.leaves[before:]):
        at.leaf("unknown", "an archive of a kind that may hold more than its files")
        at.unread(public("what lies beside the files in it cannot be read here"))


_SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # zstd's frames that hold anything (RFC 8878, 3.1.2)


def _may_skip(data: bytes) -> bool:
    """Whether a frame that is passed over may stand in it: behind its mark comes its length."""
    ends = (found.end() for found in _SKIPPED.finditer(data))
    return any(int.from_bytes(data[end : end + 4], "little") <= len(data) - end - 4 for end in ends)


def _of_filter(name: str) -> Callable[[bytes, Place], None]:
    """The reader of single files packed so."""

    def read(data: bytes, at: Place) -> None:
        before = len(at.findings.leaves)
        _open_all(data, at, f"{name} file", format_name="raw", filter_name=name)
        if name not in _TO_THE_END or (name == "zstd" and _may_skip(data)):
            _doubt_the_rest(before, at)

    return read


_TO_THE_END = ("compress", "zstd")  # of which the library reports what is no part of them

read_cpio, read_ar, read_iso9660, read_xar, read_cab, read_lha = map(
    _of_format, ("cpio", "ar", "iso9660", "xar", "cab", "lha")
)
read_zstd, read_lz4, read_lzma, read_lzip, read_compress = map(
    _of_filter, ("zstd", "lz4", "lzma", "lzip", "compress")
)


def _open_all(data: bytes, at: Place, kind: str, **how: str) -> int:
    """Open every file in it; how many there were."""
    library, opened = libarchive(), 0
    if library is None:
        at.leaf("readable", f"a {kind}")
        at.unread(public("the library that unpacks it (libarchive) is not installed"))
        return 0
    try:
        for name, content in _unpacked(library, data, at, how):
            at.open(name, content)
            opened += 1
    except library.ArchiveError:
        at.leaf("readable", f"a {kind} that is broken, or of an unusual kind")
        at.unread(public("it is damaged, or packed in a way that cannot be unpacked here"))
    return opened


def _unpacked(library: Any, data: bytes, at: Place, how: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    with library.memory_reader(data, **how) as archive:
        for entry in archive:
            if entry.isdir or entry.issym:
                continue
            content = bytearray()
            for block in entry.get_blocks():
                content += block
                at.has_room_for(len(content))
            yield entry.name or "a file", bytes(content)
