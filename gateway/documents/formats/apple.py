"""What macOS puts beside files in archives and on sticks: AppleDouble ("._plan.docx"), and .DS_Store."""

import struct
from collections.abc import Iterator

from gateway.documents.formats.text import has_words, salvage, salvaged
from gateway.documents.place import Place

_DATA_FORK = 1
_MOST = 20  # entries; there are two or three
# Stands in every file of this kind that has nothing to say.
_BLANK = b"This resource fork intentionally left blank"


def read_double(data: bytes, at: Place) -> None:
    """
    AppleSingle and AppleDouble (RFC 1740, appendix A and B): the file itself, or only what is known of it.

    Where it came from and how it is tagged may be words; mostly there are none, and it holds nothing then.
    """
    beside, holds_file = b"", False
    for kind, content in _entries(data):
        if kind == _DATA_FORK:
            holds_file = True
            at.open("", content)
        else:
            beside += content.replace(_BLANK, b"") + b"\0"
    if has_words(beside) or (at.depth == 0 and not holds_file):
        at.leaf("readable", "what macOS keeps of a file")
    salvage(beside, at)


def _entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    count = min(struct.unpack_from(">H", data, 24)[0], _MOST)
    for number in range(count):
        kind, start, size = struct.unpack_from(">3I", data, 26 + 12 * number)
        yield kind, data[start : start + size]


def read_store(data: bytes, at: Place) -> None:
    """.DS_Store: how a folder looks, with names of files in it as UTF-16, high octet first."""
    if has_words(data) or at.depth == 0:
        at.leaf("readable", "how macOS shows a folder")
    at.text("names of files", salvaged(data))
