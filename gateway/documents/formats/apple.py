"""What macOS puts beside files in archives and on sticks: AppleDouble ("._plan.docx"), and .DS_Store."""

import re
import struct

from gateway.documents.formats.text import has_words, salvaged
from gateway.documents.place import Place
from gateway.mail.public import public

_DATA_FORK = 1
_ENTRIES = 26  # where they begin
_MOST = 20  # entries; there are two or three
# Stands in every file of this kind that has nothing to say.
_BLANK = b"This resource fork intentionally left blank"
_LARGE = 16_388  # bytes; what macOS itself notes is seldom more
# What documents, archives, packed data and pictures begin with.
_FILE = re.compile(
    rb"PK[\x01-\x08]{2}|%PDF|\xd0\xcf\x11\xe0|\x1f\x8b|\x78[\x01\x5e\x9c\xda]|\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*"
    rb"|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd|\{\\rt"
)


def read_double(data: bytes, at: Place) -> None:
    """
    AppleSingle and AppleDouble (RFC 1740, appendix A and B): the file itself, or only what is known of it.

    Where it came from and how it is tagged may be words; mostly there are none, and it holds nothing then.

    Raises:
        ValueError, struct.error: its entries are too many, or lie outside of it.
    """
    count: int = struct.unpack_from(">H", data, 24)[0]
    if count > _MOST:
        raise ValueError
    beside, holds_file = bytearray(data), False
    for number in range(count):
        kind, start, size = struct.unpack_from(">3I", data, _ENTRIES + 12 * number)
        if start + size > len(data):
            raise ValueError
        if kind == _DATA_FORK:
            holds_file = True
            at.open("", data[start : start + size])
            beside[start : start + size] = bytes(size)
    said = bytes(beside).replace(_BLANK, b"\0")
    _read_beside(said.strip(b"\0"), "what macOS keeps of a file", at, is_all=not holds_file)


def read_store(data: bytes, at: Place) -> None:
    """.DS_Store: how a folder looks, with names of files in it as UTF-16, high octet first."""
    _read_beside(data, "how macOS shows a folder", at, is_all=True)


def _read_beside(data: bytes, what: str, at: Place, *, is_all: bool) -> None:
    """What macOS notes, which holds nothing unless words or files stand in it, or it is all that there is."""
    if has_words(data) or (at.depth == 0 and is_all):
        at.leaf("readable", what)
    if len(data) > _LARGE or _FILE.search(data):
        at.leaf("unknown", f"{what}, with more in it")
        at.unread(public("what macOS keeps beside a file cannot all be read here"))
    if not at.settles:
        at.text("what macOS keeps", salvaged(data))
