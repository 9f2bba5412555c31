"""
What documents of Office 97 to 2003 hold beside their text, which other readers leave out.

In .doc the headers, footnotes, comments and text boxes (MS-DOC 2.3), in .xls the
comments, text boxes, headers and footers (MS-XLS 2.4.329, 2.4.136).
"""

import re
import struct
from collections.abc import Iterator
from io import BytesIO

import olefile

# Where in the header of a Word document stand: flags, the length of its text, and where its table of pieces is.
_FLAGS, _LENGTH, _PIECES = 0x0A, 0x4C, 0x01A2
_OTHER_TABLE = 0x0200
_COMPRESSED = 0x4000_0000


def beside_word(data: bytes) -> str:
    """All text of a .doc behind its main text."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        stream = ole.openstream("WordDocument").read()
        flags, length = _at("<H", stream, _FLAGS), _at("<I", stream, _LENGTH)
        name = "1Table" if flags & _OTHER_TABLE else "0Table"
        if not ole.exists(name):
            return ""  # of Word 95 or older, which keeps it otherwise
        table = ole.openstream(name).read()
    start, size = struct.unpack_from("<II", stream, _PIECES)
    text = "".join(_pieces(stream, table[start : start + size]))[length:]
    return _CONTROLS.sub("\n", text)


# Ends of paragraphs, cells and fields, and the places of notes.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]+")


def _pieces(stream: bytes, table: bytes) -> Iterator[str]:
    """
    The text, piece for piece in its order (MS-DOC 2.4.1).

    Raises:
        ValueError: the pieces are more than the stream holds, which only a bomb's are.
    """
    place, left = 0, len(stream)
    while table[place : place + 1] == b"\x01":  # what was formatted, before the pieces themselves
        place += 3 + _at("<H", table, place + 1)
    plc = table[place + 5 :]
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", plc)
    for number in range(count):
        where = _at("<I", plc, 4 * (count + 1) + 8 * number + 2)
        characters = ends[number + 1] - ends[number]
        left -= abs(characters)
        if left < 0:
            raise ValueError
        if where & _COMPRESSED:
            start = (where & ~_COMPRESSED) // 2
            yield stream[start : start + characters].decode("cp1252", "replace")
        else:
            yield stream[where : where + 2 * characters].decode("utf-16-le", "replace")


def _at(form: str, data: bytes, place: int) -> int:
    value: int = struct.unpack_from(form, data, place)[0]
    return value


_CONTINUE, _TEXT, _HEADER, _FOOTER = 0x3C, 0x01B6, 0x14, 0x15


def beside_cells(data: bytes) -> str:
    """The comments, text boxes, headers and footers of an .xls, a line each."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        if not ole.exists("Workbook"):
            return ""
        stream = ole.openstream("Workbook").read()
    found: list[str] = []
    place = left = 0  # characters of a text box that are still to come
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        record = stream[place + 4 : place + 4 + size]
        if kind != _CONTINUE:
            left = 0
        if left > 0 and record:
            said = _text(record[0], record[1:])
            found[-1] += said
            left -= len(said)
        elif kind == _TEXT:
            left = _at("<H", record, 10)
            found.append("")
        elif kind in (_HEADER, _FOOTER) and len(record) > 3:
            found.append(_text(record[2], record[3:]))
        place += 4 + size
    return "\n".join(found)


def _text(flags: int, signs: bytes) -> str:
    """Of one octet each, or of two (MS-XLS 2.5.293)."""
    return signs.decode("utf-16-le" if flags & 1 else "latin-1", "replace")
