"""How far a document is read. Beyond a limit it counts as not read to the end, never as harmless."""

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """
    Bounds for one attachment, everything inside it included.

    *unpacked* and *text* are sums over the whole recursion, in bytes and in
    characters; *seconds* is processor time, *overdue* time on the clock;
    *memory* is address space. *ocr_seconds* and *ocr_total* are time on the clock
    for the text of one picture and of all. *signals* are sensitive words,
    *cells* those of a workbook, *tags* those of the XML of Office and OpenDocument files.
    """

    depth: int = 12
    entries: int = 5_000
    unpacked: int = 300_000_000
    text: int = 20_000_000
    seconds: int = 20
    overdue: float = 75.0
    memory: int = 2_000_000_000
    pictures: int = 40
    ocr_seconds: float = 20.0
    ocr_total: float = 40.0
    signals: int = 200_000
    cells: int = 500_000
    tags: int = 3_000_000
