"""Recipients' keys as those who look after them see them."""

from datetime import datetime
from typing import Literal

import msgspec


class RecipientKey(msgspec.Struct, frozen=True):
    """
    A certificate or OpenPGP key: for whom, and until when.

    *fingerprint* is what its owner can read out: of a certificate SHA-256, in hex.
    *why_not* says why nothing is encrypted to it; "" where something is.
    """

    addresses: tuple[str, ...]
    kind: Literal["smime", "openpgp"]
    fingerprint: str
    until: datetime | None
    why_not: str = ""


class KeyFile(msgspec.Struct, frozen=True):
    """
    A file with keys. *id* is "" where it lies in the folder, which is not ours to change.

    *trouble* says what in it cannot be read, or is nobody's.
    """

    id: str
    name: str
    added_at: datetime | None
    keys: tuple[RecipientKey, ...]
    trouble: str = ""


class NoUsableKey(Exception):
    """A file was not kept, since nothing in it can be encrypted to; its text says why."""
