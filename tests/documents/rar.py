"""rar archives by their published formats (RAR 5.0 technical note; the older one's header is as long known)."""

import struct
import zlib

SIGNATURE_4, SIGNATURE_5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"


def _number(value: int) -> bytes:
    """Seven bits an octet, least first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _block(*fields: bytes) -> bytes:
    body = b"".join(fields)
    sized = _number(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized


def rar5(files: dict[str, bytes], *, locked: tuple[str, ...] = (), claimed: int | None = None) -> bytes:
    """Stored entries; those *locked* have the record of encryption, and noise for content. *claimed*: a size told."""
    out = SIGNATURE_5 + _block(_number(1), _number(0), _number(0))
    for name, data in files.items():
        extra = b""
        body = data
        if name in locked:
            record = _number(1) + _number(0) + _number(0) + bytes([15]) + bytes(range(16)) + bytes(16)
            extra = _number(len(record)) + record
            body = bytes((each * 7 + 91) % 256 for each in data)
        raw = name.encode()
        flags = 2 | (1 if extra else 0)
        out += _block(
            _number(2), _number(flags), *([_number(len(extra))] if extra else []), _number(len(body)),
            _number(4), _number(claimed if claimed is not None else len(data)), _number(0o644),
            struct.pack("<I", zlib.crc32(data)), _number(0), _number(1), _number(len(raw)), raw, extra,
        )  # fmt: skip
        out += body
    return out + _block(_number(5), _number(0), _number(0))


def rar5_with_locked_list() -> bytes:
    """The header of encryption comes first (block type 4), and nothing after it can be read."""
    return (
        SIGNATURE_5
        + _block(_number(4), _number(0), _number(0), _number(0), bytes([15]), bytes(16))
        + bytes(range(256))
    )


def rar4(
    files: dict[str, bytes], *, locked: tuple[str, ...] = (), version: int = 29, forged: bool = False
) -> bytes:
    """Stored entries of the older format; *version* 20 has a cipher of its own, 29 has AES. *forged*: only said so."""
    out = SIGNATURE_4 + _old_block(0x73, 0, bytes(6))
    for name, data in files.items():
        flags, salt, body = 0x8000, b"", data
        if name in locked:
            flags |= 0x0004
            if version >= 29:
                flags |= 0x0400
                salt = bytes(8)
            if not forged:
                body = bytes((each * 7 + 91) % 256 for each in data)
        raw = name.encode()
        out += _old_block(
            0x74, flags,
            struct.pack("<2IB2I2BHI", len(body), len(data), 3, zlib.crc32(data), 0, version, 0x30, len(raw), 0o644) + raw + salt,
        ) + body  # fmt: skip
    return out + _old_block(0x7B, 0x4000, b"")


def _old_block(kind: int, flags: int, fields: bytes) -> bytes:
    rest = struct.pack("<B2H", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest
