"""The properties that users and programs add to a legacy Office document (MS-OLEPS 2.21, MS-OSHARED 2.3.3.2.3)."""

import struct
from collections.abc import Iterator

STREAM = "\x05DocumentSummaryInformation"
_USER_DEFINED = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
_DICTIONARY, _CODE_PAGE = 0, 1  # property ids (2.18)
_BSTR, _LPSTR, _LPWSTR = 8, 30, 31  # types (2.15)
_UTF_16 = 1200
_MOST = 2_000


def user_properties(stream: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each text among them; as many as can be read of a damaged stream."""
    try:
        for section in range(min(struct.unpack_from("<I", stream, 24)[0], 8)):
            kind, start = struct.unpack_from("<16sI", stream, 28 + 20 * section)
            if kind == _USER_DEFINED:
                yield from _texts(stream[start:])
    except (struct.error, LookupError, ValueError):
        return


def _texts(section: bytes) -> Iterator[tuple[str, str]]:
    count = min(struct.unpack_from("<I", section, 4)[0], _MOST)
    places = dict(struct.unpack_from("<2I", section, 8 + 8 * number) for number in range(count))
    page = struct.unpack_from("<H", section, places[_CODE_PAGE] + 4)[0]
    codec = {_UTF_16: "utf-16-le", 65001: "utf-8"}.get(page, f"cp{page}")
    for number, name in _names(section, places.pop(_DICTIONARY), codec, wide=page == _UTF_16):
        if number not in places:
            continue
        kind, length = struct.unpack_from("<2I", section, places[number])
        first = places[number] + 8
        if kind == _LPWSTR:
            yield name, section[first : first + 2 * length].decode("utf-16-le", "replace").rstrip("\0")
        elif kind in (_BSTR, _LPSTR):
            yield name, section[first : first + length].decode(codec, "replace").rstrip("\0")


def _names(section: bytes, start: int, codec: str, *, wide: bool) -> Iterator[tuple[int, str]]:
    """The dictionary (2.17): in UTF-16 its lengths are characters, and each entry is padded to four octets."""
    position = start + 4
    for _ in range(min(struct.unpack_from("<I", section, start)[0], _MOST)):
        number, length = struct.unpack_from("<2I", section, position)
        size = 2 * length if wide else length
        position += 8
        yield number, section[position : position + size].decode(codec, "replace").rstrip("\0")
        position += size + (-size % 4 if wide else 0)
