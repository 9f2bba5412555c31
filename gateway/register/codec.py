"""
The register as bytes, for the store: in pieces, so that a thread which reads or
writes a large one lets go of the interpreter between them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gateway.register.model import Carer, People, Pupil, School, Staff

_LISTS = ("carers",)
_COMMON = ("id", "given_name", "family_name", "household", "school", *_LISTS)
_PIECE = 500  # records; a few milliseconds


def pieces(people: People) -> Iterator[bytes]:
    """The register, line by line: a kind, a space, and some records of that kind as JSON."""
    encoder = msgspec.json.Encoder()
    for kind in People.__struct_fields__:
        records = getattr(people, kind)
        for start in range(0, len(records), _PIECE):
            yield kind.encode() + b" " + encoder.encode(records[start : start + _PIECE])


def encode_people(people: People) -> bytes:
    """One piece a line."""
    return b"\n".join(pieces(people))


def decode_people(data: bytes) -> People:
    """
    What `encode_people` made.

    Raises:
        ValueError: the bytes are something else.
    """
    found: dict[str, list[Any]] = {kind: [] for kind in People.__struct_fields__}
    decoders: dict[str, Any] = {
        "pupils": msgspec.json.Decoder(tuple[Pupil, ...]),
        "carers": msgspec.json.Decoder(tuple[Carer, ...]),
        "staff": msgspec.json.Decoder(tuple[Staff, ...]),
        "schools": msgspec.json.Decoder(tuple[School, ...]),
    }
    for line in data.split(b"\n") if data else ():
        kind, _, records = line.partition(b" ")
        name = kind.decode("ascii", "replace")
        if name not in decoders:
            raise ValueError("no register")
        try:
            found[name].extend(decoders[name].decode(records))
        except msgspec.DecodeError:
            raise ValueError("a damaged register") from None
    _share(record for records in found.values() for record in records)
    return People(**{kind: tuple(records) for kind, records in found.items()})


def _share(records: Iterable[msgspec.Struct]) -> None:
    """Keep texts that several people have in common once: names, households, ids that others refer to."""
    kept: dict[str, str] = {}
    for record in records:
        for field in _COMMON:
            value = getattr(record, field, None)
            if value:
                common = (
                    tuple(map(kept.setdefault, value, value))
                    if field in _LISTS
                    else kept.setdefault(value, value)
                )
                msgspec.structs.force_setattr(record, field, common)
