"""Zips, and the packages that are zips inside: every entry counts by itself (APPNOTE 6.3.10)."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO

from gateway.documents.formats.archive import open_behind, open_entry, within
from gateway.documents.formats.text import decode, has_words, salvage
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

_ENCRYPTED, _PKWARE = 0x01, 0x40  # flags of an entry (4.4.4)
_AES = 99  # compression method of WinZip's AES entries
_AES_FIELD, _PKWARE_FIELD = 0x9901, 0x0017  # extra fields (7.2.4 and WinZip's own specification)
_PKWARE_AES = {0x660E, 0x660F, 0x6610}
_LOCAL, _LISTED, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def entries(data: bytes) -> int:
    """How many entries its list has, those of zips stored in it included; to read the list itself takes longer."""
    return data.count(_LISTED)


def members(package: zipfile.ZipFile, at: Place) -> Iterator[tuple[str, bytes]]:
    """
    The entries of a package, read within what may still be unpacked.

    Raises:
        TooMuch: it unpacks to more than that.
    """
    at.may_hold(len(package.infolist()))
    for info in package.infolist():
        if info.is_dir():
            continue
        with package.open(info) as stream:
            content = within(stream, at)
        at.findings.unpacked += len(content)
        yield info.filename, content


def read_zip(data: bytes, at: Place) -> None:
    """
    A zip: encrypted entries count as protected, the others are opened.

    A flag is no proof: an entry that says it is encrypted and unpacks all the
    same is readable.
    """
    at.may_hold(entries(data))
    if _list_is_encrypted(data):
        _read_masked(data, at)
        return
    try:
        opened = zipfile.ZipFile(BytesIO(data))
    except zipfile.BadZipFile:
        locked = all(flags & _ENCRYPTED for flags in _local_flags(data)) and not has_words(data)
        at.leaf("unknown" if locked else "readable", "a zip that is broken, or a part of one")
        salvage(data[: 1 << 20], at)
        at.unread(public("it is a part of an archive, or damaged"))
        return
    with opened as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if not infos:
            at.leaf("readable", "an archive with nothing in it")
        for info in infos:
            if not info.flag_bits & _ENCRYPTED:
                _open_plain(archive, info, at)
                continue
            content = _unlocked(data, info, at)
            if content is not None:
                at.open(info.filename, content)
            else:
                at.leaf("protected", *_lock(info))
        at.text("comment", decode(archive.comment))
        read_around(data, archive, at)


_END_64 = b"PK\x06\x06"
_MASKED = 62  # the version that brought encryption of the list (4.4.3)


def _list_is_encrypted(data: bytes) -> bool:
    """Whether the end of the list in its second form names a cipher for the list (7.3.4)."""
    end = data.rfind(_END_64)
    return (
        end >= 0
        and len(data) >= end + 84
        and struct.unpack_from("<Q", data, end + 4)[0] > 44
        and struct.unpack_from("<H", data, end + 14)[0] >= _MASKED
        and struct.unpack_from("<H", data, end + 74)[0] != 0
    )


def _read_masked(data: bytes, at: Place) -> None:
    """PKWARE's "central directory encryption": names and sizes are in the list alone (7.3)."""
    if has_words(data) or not all(flags & _ENCRYPTED for flags in _local_flags(data)):
        at.leaf("readable", "a zip that says it is encrypted, and is not")
        salvage(data[: 1 << 20], at)
        at.unread(public("it says that it is encrypted, and is not"))
        return
    cipher = struct.unpack_from("<H", data, data.rfind(_END_64) + 74)[0]
    at.leaf("protected", "a zip whose list is encrypted too", "strong" if cipher in _PKWARE_AES else "weak")


def _local_flags(data: bytes) -> Iterator[int]:
    """The flags of each entry's own header."""
    position = data.find(_LOCAL)
    while 0 <= position <= len(data) - 30:
        yield struct.unpack_from("<H", data, position + 6)[0]
        position = data.find(_LOCAL, position + 4)


def _open_plain(archive: zipfile.ZipFile, info: zipfile.ZipInfo, at: Place) -> None:
    """An entry that says nothing of encryption; one that cannot be unpacked here opens elsewhere."""
    try:
        with archive.open(info) as stream:
            open_entry(info.filename, stream, at)
    except (NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError):
        at.leaf("readable", "an entry without a password")
        at.unread(public("it is damaged, or packed in a way that cannot be unpacked here"))


def _lock(info: zipfile.ZipInfo) -> tuple[str, Grade]:
    if info.compress_type == _AES:
        return "an entry with AES encryption", "strong"
    if info.flag_bits & _PKWARE:
        field = _extra(info, _PKWARE_FIELD)
        is_aes = len(field) >= 4 and struct.unpack_from("<H", field, 2)[0] in _PKWARE_AES
        return "an entry with PKWARE's encryption", "strong" if is_aes else "weak"
    return "an entry with traditional zip encryption", "weak"


def _unlocked(data: bytes, info: zipfile.ZipInfo, at: Place) -> bytes | None:
    """The content of an entry that is only said to be encrypted; None where it really is."""
    body = data[slice(*_body(data, info))]
    method, checked = info.compress_type, True
    if method == _AES:
        field = _extra(info, _AES_FIELD)
        method = struct.unpack_from("<H", field, 5)[0] if len(field) >= 7 else zipfile.ZIP_STORED
        checked = info.CRC != 0  # the newer form has none; but encryption makes an entry longer
    if method == zipfile.ZIP_DEFLATED:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            body = unpacking.decompress(body, at.room + 1)
        except zlib.error:
            return None
        if not unpacking.eof:
            at.has_room_for(len(body))
            return None
    elif method != zipfile.ZIP_STORED:
        return None
    whole = len(body) == info.file_size and (not checked or zlib.crc32(body) == info.CRC)
    return body if whole else None


def _body(data: bytes, info: zipfile.ZipInfo) -> tuple[int, int]:
    """Where an entry's bytes begin and end; the lengths in its own header may differ from the list's."""
    start = info.header_offset
    name, extra = struct.unpack_from("<2H", data, start + 26)
    first = start + 30 + name + extra
    return first, first + info.compress_size


def _extra(info: zipfile.ZipInfo, wanted: int) -> bytes:
    """One extra field of an entry, b"" where it has none."""
    rest = info.extra
    while len(rest) >= 4:
        kind, size = struct.unpack_from("<2H", rest)
        if kind == wanted:
            return rest[4 : 4 + size]
        rest = rest[4 + size :]
    return b""


def read_around(data: bytes, archive: zipfile.ZipFile, at: Place) -> None:
    """
    What the list of entries leaves out, and what lies in front of and behind the archive.

    Programs that read a zip from its beginning, and whoever looks at the bytes, find it.
    """
    for gap in _gaps(data, archive.infolist(), archive.start_dir):
        if _LOCAL in gap:
            at.open("a part that its list leaves out", gap[gap.index(_LOCAL) :])
    open_behind(data, data.rfind(_END) + 22 + len(archive.comment), at)


def _gaps(data: bytes, infos: Iterable[zipfile.ZipInfo], end: int) -> Iterator[bytes]:
    position = 0
    for info in sorted(infos, key=lambda each: each.header_offset):
        if info.header_offset > position:
            yield data[position : info.header_offset]
        position = max(position, _body(data, info)[1])
    yield data[position:end]
