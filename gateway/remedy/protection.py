"""How the recipients of one message come to open its files: what is known of each before anything is protected."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Way = Literal["tutor", "sms", "family", "key"]


class Key(msgspec.Struct, frozen=True):
    """What a recipient's mail program decrypts whole messages with: a certificate (DER) or an OpenPGP key."""

    kind: Literal["smime", "openpgp"]
    data: bytes


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """
    What there is for whom, by canonical address.

    *words* is the length of a new passphrase. Who has one of the *keys* gets the
    message encrypted as a whole; who has agreed a *family* secret opens the files with
    that; the others need the new passphrase, by text message to one of the *phones*,
    or from the tutor.
    """

    words: int = 6
    family: Mapping[str, str] = {}
    phones: Mapping[str, str] = {}
    keys: Mapping[str, Key] = {}


class Reader(msgspec.Struct, frozen=True):
    """One recipient of a protected message, and the way in which they come to open it."""

    address: str
    way: Way
    phone: str = ""
