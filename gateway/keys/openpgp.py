"""OpenPGP keys (RFC 9580): whose they are, and whether a message may be encrypted to them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pysequoia import Cert, encrypt
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

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
    """The mail addresses of its user ids; none where no signature on them is believed today."""
    try:
        user_ids = key.user_ids
    except Exception:  # noqa: BLE001 -- not valid yet, of a curve that is not known, signed with SHA-1: all raise here
        return
    for each in user_ids:
        text = str(each)
        address = text.rpartition("<")[2].rstrip("> ") if "<" in text else text.strip()
        if "@" in address:
            yield address


def ends(key: Cert) -> datetime | None:
    """When it expires, if it does."""
    return _aware(key.expiration) if key.expiration is not None else None


def usable(key: Cert, at: datetime) -> Cert:
    """
    The key as a message may be encrypted to it: the library itself minds neither end nor revocation, its subkeys' either.

    Raises:
        Unusable: it may not.
    """
    if key.secrets is not None:
        raise Unusable("a private key, which is for its owner alone: export the public one")
    if key.is_revoked:
        raise Unusable("revoked")
    end = ends(key)
    if end is not None and end <= at:
        raise Unusable("expired")
    packets = list(PacketPile.from_bytes(bytes(key)))
    left = [each for group in _groups(packets) if not _has_ended(group, at) for each in group]
    try:
        key = Cert.from_packets(left)
        encrypt(bytes=b"", recipients=[key], armor=True)
    except Exception:  # noqa: BLE001 -- as above
        ended = "its keys for encryption have expired or are revoked"
        raise Unusable(ended if len(left) < len(packets) else "not meant for encryption") from None
    return key


def _groups(packets: list[Packet]) -> Iterator[list[Packet]]:
    """The primary key with its user ids, then each subkey, each with the signatures behind it (RFC 9580, 10.1)."""
    group: list[Packet] = []
    for each in packets:
        if each.tag == Tag.PublicSubkey and group:
            yield group
            group = []
        group.append(each)
    yield group


def _has_ended(group: list[Packet], at: datetime) -> bool:
    """Whether this is a subkey that was revoked, or whose time is over by its newest binding (RFC 9580, 5.2.3.13)."""
    subkey, *signatures = group
    if subkey.tag != Tag.PublicSubkey or subkey.key_created is None:
        return False
    if any(each.signature_type == SignatureType.SubkeyRevocation for each in signatures):
        return True
    made = [
        (each.signature_created, each.key_validity_period)
        for each in signatures
        if each.signature_type == SignatureType.SubkeyBinding and each.signature_created is not None
    ]
    _, lasts = max(made, key=lambda one: one[0], default=(None, None))
    return lasts is not None and _aware(subkey.key_created) + lasts <= at


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
