"""Zips, and the packages that are zips inside: every entry counts by itself (APPNOTE 6.3.10)."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO

from gateway.documents.formats.archive import open_behind, open_entry, within
from gateway.documents.formats.text import decode
from gateway.documents.place import Place
from gateway.mail.document import Grade

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
    with zipfile.ZipFile(BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if not infos:
            at.leaf("readable", "an archive with nothing in it")
        for info in infos:
            if not info.flag_bits & _ENCRYPTED:
                with archive.open(info) as stream:
                    open_entry(info.filename, stream, at)
                continue
            content = _unlocked(data, info, at)
            if content is not None:
                at.open(info.filename, content)
            else:
                at.leaf("protected", *_lock(info))
        at.text("comment", decode(archive.comment))
        read_around(data, archive, at)


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
