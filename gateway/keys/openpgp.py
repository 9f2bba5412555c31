"""OpenPGP keys (RFC 9580): whose they are, and whether a message may be encrypted to them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pysequoia import Cert, encrypt

from gateway.keys.unusable import Unusable


def read(data: bytes) -> list[Cert]:
    """
    The public keys of a file, armoured or not.

    Raises:
        ValueError: there are none in it.
    """
    try:
        found: list[Cert] = Cert.split_bytes(data)
    except Exception:  # noqa: BLE001 -- the library raises what it likes, with its own trace as text
        raise ValueError("no OpenPGP key") from None
    if not found:
        raise ValueError("no OpenPGP key")
    return found


def addresses_of(key: Cert) -> Iterator[str]:
    """The mail addresses of its user ids."""
    for each in key.user_ids:
        text = str(each)
        address = text.rpartition("<")[2].rstrip("> ") if "<" in text else text.strip()
        if "@" in address:
            yield address


def check(key: Cert, at: datetime) -> None:
    """
    See that a message may be encrypted to it: the library itself minds neither end nor revocation.

    Raises:
        Unusable: it may not.
    """
    if key.is_revoked:
        raise Unusable("revoked")
    ends = key.expiration
    if ends is not None and (ends if ends.tzinfo else ends.replace(tzinfo=UTC)) <= at:
        raise Unusable("expired")
    try:
        encrypt(bytes=b"", recipients=[key], armor=True)
    except Exception:  # noqa: BLE001 -- as above
        raise Unusable("not meant for encryption") from None
