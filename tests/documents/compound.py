"""Compound files written by hand (MS-CFB 3), for kinds that no program here makes."""

import struct

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _CUTOFF = 512, 4096


def compound(streams: dict[str, bytes]) -> bytes:
    """
    A file of version 3 with these streams; "a/b" lies in the storage "a".

    Streams are padded to 4,096 octets, below which they would lie in a file of their own.
    """
    names = sorted({"/".join(path.split("/")[:n]) for path in streams for n in range(1, path.count("/") + 2)})
    sectors: list[bytes] = []
    fat: list[int] = []

    def stored(data: bytes) -> int:
        first, parts = len(sectors), range(0, len(data), _SECTOR)
        for offset in parts:
            sectors.append(data[offset : offset + _SECTOR].ljust(_SECTOR, b"\0"))
            fat.append(len(sectors))
        fat[-1] = _END
        return first

    starts = {name: stored(data.ljust(_CUTOFF, b"\0")) for name, data in streams.items()}
    entries = [_entry("Root Entry", 5, _child(names, ""), _FREE, _END, 0)]
    for name in names:
        kind = 2 if name in streams else 1
        size = max(_CUTOFF, len(streams[name])) if kind == 2 else 0
        start = starts[name] if kind == 2 else 0
        child = _FREE if kind == 2 else _child(names, name)
        entries.append(_entry(name.rpartition("/")[2], kind, child, _right(names, name), start, size))
    directory = stored(b"".join(entries))
    needed = (len(sectors) * 4) // (_SECTOR - 4) + 1
    tables = range(len(sectors), len(sectors) + needed)
    fat += [_FAT] * needed
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(needed * _SECTOR, b"\xff")
    head = struct.pack(
        "<8s16s6H10I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0,
        0, 0, needed, directory, 0, _CUTOFF, _END, 0, _END, 0,
    )  # fmt: skip
    head += struct.pack("<109I", *tables, *[_FREE] * (109 - needed))
    return head + b"".join(sectors) + table


def _siblings(names: list[str], parent: str) -> list[str]:
    return [name for name in names if name.rpartition("/")[0] == parent]


def _child(names: list[str], parent: str) -> int:
    children = _siblings(names, parent)
    return names.index(children[0]) + 1 if children else _FREE


def _right(names: list[str], name: str) -> int:
    """The next of its siblings: the tree that they form leans to one side, which readers accept."""
    children = _siblings(names, name.rpartition("/")[0])
    place = children.index(name) + 1
    return names.index(children[place]) + 1 if place < len(children) else _FREE


def _entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sH2B3I16sI16sIQ",
        raw,
        len(raw),
        kind,
        1,
        _FREE,
        right,
        child,
        bytes(16),
        0,
        bytes(16),
        start,
        size,
    )
