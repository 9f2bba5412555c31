"""
A zip whose one entry is the zip itself, made by a program.

Deflate knows two things: bytes as they are (a stored block) and a repetition of what came before. The
program below, each of its words five octets long, writes itself between a head and a tail that it is given.
Its checksum, which stands in four places, is where it must be because a CRC is linear.
"""

import struct
import zlib

_NAME = b"a-zip-that-holds-itself-00.zip"
_WORD = 5
_CRC = b"\xa5\x5a\xc3\x3c"  # stands for the checksum until that is known


def quine() -> bytes:
    """The zip."""
    total = len(_made(0, 0))
    template = _made(total, len(_program(b"x" * _HEAD, b"x" * _TAIL)))
    places = [place for place in range(total) if template.startswith(_CRC, place)]
    assert len(places) == 4

    def checksum(value: int) -> int:
        return zlib.crc32(template.replace(_CRC, struct.pack("<I", value)))

    # checksum(value) == value, over GF(2): the columns of (A + 1), and the constant.
    constant = checksum(0)
    rows = [[(checksum(1 << bit) ^ constant ^ (1 << bit)), 1 << bit] for bit in range(32)]
    value = constant
    solution = 0
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [[a ^ pivot[0], b ^ pivot[1]] if a >> bit & 1 else [a, b] for a, b in rows]
        if value >> bit & 1:
            value ^= pivot[0]
            solution ^= pivot[1]
    assert value == 0
    return template.replace(_CRC, struct.pack("<I", solution))


_HEAD, _TAIL = 30 + len(_NAME), 46 + len(_NAME) + 22


def _made(total: int, packed: int) -> bytes:
    fields = (
        struct.pack("<5H", 20, 0, 8, 0, 0x5A21) + _CRC + struct.pack("<2I2H", packed, total, len(_NAME), 0)
    )
    head = b"PK\x03\x04" + fields + _NAME
    listed = b"PK\x01\x02\x14\x00" + fields + struct.pack("<3H2I", 0, 0, 0, 0, 0) + _NAME
    start = _HEAD + packed
    tail = listed + b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(listed), start, 0)
    assert (len(head), len(tail)) == (_HEAD, _TAIL)
    return head + _program(head, tail) + tail


def _program(head: bytes, tail: bytes) -> bytes:
    """R. Cox's self-reproducing program for a compressor ("Zip Files All The Way Down", 2010), put anew."""
    ends = (_repeat(own + len(tail), final=True) for own in range(2, 8))
    end = next(end for own, end in enumerate(ends, 2) if len(end) == own)
    to_head, to_end = _literal(len(head) + _WORD), _literal(len(end) + len(tail))
    again, nothing, one, four = _repeat(len(head) + _WORD), _literal(0), _literal(_WORD), _literal(4 * _WORD)
    last = _repeat(4 * _WORD)
    return b"".join(
        (
            to_head, head, to_head,
            again,
            one, again,
            one, one,
            four, again, one, one, four,
            last,
            four, last, four, last, four,
            last,
            four, last, nothing, nothing, to_end,
            last,
            nothing, nothing, to_end, end, tail,
            end,
        )
    )  # fmt: skip


def _literal(size: int) -> bytes:
    """A stored block's header (RFC 1951, 3.2.4)."""
    return struct.pack("<BHH", 0, size, size ^ 0xFFFF)


def _repeat(size: int, *, final: bool = False) -> bytes:
    """The last *size* octets once more, in blocks of fixed codes (3.2.6) that fill whole octets."""
    bits = _block([size // 2, size // 2] if size == 4 * _WORD else [size], size, final=final)
    if not final and len(bits) == 30:
        bits += _block([], 0, final=False)
    assert final or len(bits) == 8 * _WORD
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[start : start + 8][::-1], 2) for start in range(0, len(bits), 8))


_LENGTHS = [
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    13,
    15,
    17,
    19,
    23,
    27,
    31,
    35,
    43,
    51,
    59,
    67,
    83,
    99,
    115,
    131,
    163,
    195,
    227,
    258,
]
_DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257]


def _block(lengths: list[int], distance: int, *, final: bool) -> str:
    bits = ("1" if final else "0") + "10"
    for length in filter(None, lengths):
        code = max(number for number, least in enumerate(_LENGTHS) if least <= length)
        extra = max(0, code // 4 - 1) if code < 28 else 0
        symbol = 257 + code
        bits += f"{symbol - 256:07b}" if symbol < 280 else f"{symbol - 280 + 0b11000000:08b}"
        bits += f"{length - _LENGTHS[code]:0{extra}b}"[::-1] if extra else ""
        code = max(number for number, least in enumerate(_DISTANCES) if least <= distance)
        extra = max(0, code // 2 - 1)
        bits += f"{code:05b}"
        bits += f"{distance - _DISTANCES[code]:0{extra}b}"[::-1] if extra else ""
    return bits + "0000000"
