"""How the recipients of one message come to open its files: what is known of each before anything is protected."""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

Way = Literal["tutor", "sms", "family", "key"]


class Key(msgspec.Struct, frozen=True):
    """What a recipient's mail program decrypts whole messages with: a certificate (DER) or an OpenPGP key."""

    kind: Literal["smime", "openpgp"]
    data: bytes


class PickUp(msgspec.Struct, frozen=True):
    """Files that wait on a page for whoever knows the *code*: their neutral names and contents."""

    id: str
    code: str
    files: tuple[tuple[str, bytes], ...]


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """
    What there is for whom, by canonical address.

    *words* is the length of a new passphrase. Who has one of the *keys* gets the
    message encrypted as a whole; who has agreed a *family* secret opens the files with
    that; the others need the new passphrase, by text message to one of the *phones*,
    or from the tutor. With a *page*, which makes a link of a pick-up's id, the files stay
    here and wait; what would open them is then the code that is asked for there.
    """

    words: int = 6
    family: Mapping[str, str] = {}
    phones: Mapping[str, str] = {}
    keys: Mapping[str, Key] = {}
    page: Callable[[str], str] | None = None
    first: Callable[[str], str] | None = None  # translates what recipients read, with English below
    all_with: str = ""  # the secret that opens the files for everybody, whoever they are

    def alike(self, *, without_files: bool) -> "Protection":
        """The same for everybody, so that the message stays one; *without_files* notes stand in their places."""
        secret = next(iter(self.family.values()), "")
        page = _nowhere if without_files else self.page
        return msgspec.structs.replace(self, keys={}, family={}, all_with=secret, page=page)


def _nowhere(_: str) -> str:
    """The link in a message that is only judged."""
    return ""


class Reader(msgspec.Struct, frozen=True):
    """One recipient of a protected message, and the way in which they come to open it."""

    address: str
    way: Way
    phone: str = ""
