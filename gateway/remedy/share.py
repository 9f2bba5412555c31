"""
Who gets a message in which form: encrypted as a whole, or with protected files.

Recipients may differ, and then each form is a message of its own. A key that turns
out not to work silences nobody: its owner gets protected files like the others.
"""

from collections.abc import Iterable

import msgspec

from gateway.mail.address import canonical
from gateway.mail.envelope import Recipient
from gateway.mail.ids import new_id
from gateway.remedy.leave import leave
from gateway.remedy.opening import with_opening
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.passphrase import new_passphrase
from gateway.remedy.protect import Locked, ProtectedFile, lock, put
from gateway.remedy.protection import PickUp, Protection, Reader, Way
from gateway.remedy.seal import CannotSeal, seal


class Shared(msgspec.Struct, frozen=True):
    """*passphrase* is the one made for this message; None where nobody needs one."""

    outgoing: tuple[Outgoing, ...]
    passphrase: str | None
    files: tuple[ProtectedFile, ...]
    readers: tuple[Reader, ...]
    pickups: tuple[PickUp, ...] = ()


class Locks:
    """One message's new passphrase and encrypted files: each made once, however often plans are applied to it."""

    def __init__(self) -> None:
        self._new: dict[int, str] = {}
        self._made: dict[tuple[frozenset[str], str], tuple[Locked, ...]] = {}

    def new(self, words: int) -> str:
        """The new passphrase of that length."""
        if words not in self._new:
            self._new[words] = new_passphrase(words)
        return self._new[words]

    def under(self, raw: bytes, paths: frozenset[str], secret: str) -> tuple[Locked, ...]:
        """
        The parts with these paths, encrypted under that secret. *raw* may come with another header each time.

        Raises:
            CannotProtect: one of them cannot be encrypted.
        """
        if (paths, secret) not in self._made:
            self._made[paths, secret] = lock(raw, paths, secret)
        return self._made[paths, secret]


class Sharing:
    """Makes the forms of one message. *paths* are its parts that must not leave as they are."""

    def __init__(self, raw: bytes, paths: frozenset[str], protection: Protection, locks: Locks) -> None:
        self._raw = raw
        self._paths = paths
        self._protection = protection
        self._locks = locks
        self._new = locks.new(protection.words)
        self._locked: dict[str, tuple[Locked, ...]] = {}
        self._readers: dict[str, Reader] = {}
        self._pickups: dict[str, PickUp] = {}

    def of(self, drafts: Iterable[Outgoing]) -> Shared:
        """
        Every form of these copies of the message, which differ from it in their headers alone.

        Raises:
            CannotProtect: a file could not be encrypted.
        """
        outgoing = tuple(each for draft in drafts for each in self._forms(draft))
        locked = next(iter(self._locked.values()), ())
        return Shared(
            outgoing,
            self._new if self._new in self._locked else None,
            tuple(each.file for each in locked),
            tuple(self._readers.values()),
            tuple(self._pickups.values()),
        )

    def _forms(self, draft: Outgoing) -> Iterable[Outgoing]:
        by_secret: dict[str, list[Recipient]] = {}
        for recipient in draft.recipients:
            sealed = self._sealed(draft, recipient)
            if sealed is not None:
                yield sealed
            else:
                by_secret.setdefault(self._secret(recipient.address), []).append(recipient)
        for secret, recipients in by_secret.items():
            locked = self._opened_by(secret)
            pickup = self._pickups.get(secret)
            link = self._protection.page(pickup.id) if self._protection.page and pickup else ""
            raw = with_opening(
                put(draft.raw, locked),
                locked,
                agreed=secret != self._new,
                link=link,
                first=self._protection.first,
            )
            yield msgspec.structs.replace(draft, raw=raw, recipients=tuple(recipients))

    def _opened_by(self, secret: str) -> tuple[Locked, ...]:
        """What stands in the places of the files, for those who have this secret."""
        if secret not in self._locked:
            if self._protection.page is None:
                self._locked[secret] = self._locks.under(self._raw, self._paths, secret)
            else:
                kept, self._locked[secret] = leave(self._raw, self._paths)
                self._pickups[secret] = PickUp(new_id(), secret, kept)
        return self._locked[secret]

    def _sealed(self, draft: Outgoing, recipient: Recipient) -> Outgoing | None:
        """
        A copy for one recipient alone: the list of keys in it would tell each of the others.

        None where they have no key, or none that works.
        """
        key = self._protection.keys.get(canonical(recipient.address))
        if key is None:
            return None
        try:
            raw = seal(draft.raw, key)
        except CannotSeal:
            return None
        self._readers[recipient.address] = Reader(recipient.address, "key")
        return msgspec.structs.replace(draft, raw=raw, recipients=(recipient,))

    def _secret(self, address: str) -> str:
        """What opens the files that go to this address."""
        who = canonical(address)
        agreed = self._protection.family.get(who) or self._protection.all_with
        phone = self._protection.phones.get(who, "")
        way: Way = "family" if agreed else "sms" if phone else "tutor"
        self._readers[address] = Reader(address, way, phone if way == "sms" else "")
        return agreed or self._new
