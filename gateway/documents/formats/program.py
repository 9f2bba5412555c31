"""Programs: one that unpacks itself is the archive that it carries."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

from gateway.documents.formats.text import salvage
from gateway.documents.formats.zipped import read_zip
from gateway.documents.place import Place
from gateway.mail.public import public

_7Z = b"7z\xbc\xaf\x27\x1c"
_RAR = b"Rar!\x1a\x07"
_MOST = 50  # places where an archive may begin; a stub may name the mark that it looks for


def read_program(data: bytes, at: Place) -> None:
    """
    What it carries behind itself counts; it itself is not read.

    7-Zip, WinRAR and WinZip write such programs, and open them without running them.
    """
    at.unread(public("it is a program"))
    if zipfile.is_zipfile(BytesIO(data)):
        read_zip(data, at)
        return
    start = next(_archives(data), None)
    if start is not None:
        at.open("the archive in it", data[start:])
        return
    at.leaf("unknown", "a program")
    salvage(data[: 1 << 20], at)


def _archives(data: bytes) -> Iterator[int]:
    """Where archives begin in it: after the mark of 7z stands the sum of its header, after rar's a version."""
    for start in islice(_places(data, _7Z), _MOST):
        if zlib.crc32(data[start + 12 : start + 32]) == int.from_bytes(
            data[start + 8 : start + 12], "little"
        ):
            yield start
    for start in islice(_places(data, _RAR), _MOST):
        if data[start + 6 : start + 7] == b"\0" or data[start + 6 : start + 8] == b"\1\0":
            yield start


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    position = data.find(mark)
    while position >= 0:
        yield position
        position = data.find(mark, position + 1)
