"""Files that wait on a page: sealed, for a limited time, for a limited number of wrong codes."""

import hmac
from datetime import timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, insert, select, update

from gateway import sections
from gateway.mail.ids import as_id
from gateway.remedy.passphrase import SEPARATOR
from gateway.remedy.protection import PickUp
from gateway.review.errors import NoSuchItem
from gateway.review.pickup import NotPickedUp, Waiting
from gateway.store.about import About, seal_about
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.items import tutor_key
from gateway.store.tables import pickups
from gateway.store.tutors import messages_of_tutor

RECIPIENT = "recipient"  # who has picked something up, for the audit trail


class PickUps:
    """Keeps them, and gives them out against the code."""

    def __init__(self, core: Core, audit: Audit, section: sections.Protect) -> None:
        self._core = core
        self._audit = audit
        self._lifetime = timedelta(seconds=section.page_for)
        self._most_tries = section.page_tries

    async def keep(
        self, message: str, tutor: str, waiting: tuple[PickUp, ...], about: About | None = None
    ) -> None:
        """Keep the files of a message (its queue id). *about* is for erasures; a message that is held needs none."""
        if not waiting:
            return
        now = self._core.clock()
        rows = [
            {
                "id": each.id,
                "message": message,
                "tutor": tutor_key(self._core.vault, tutor),
                "sealed": await self._core.seal(f"pickups/{each.id}", msgspec.msgpack.encode(each)),
                "tries": 0,
                "kept_at": now,
                "expires_at": now + self._lifetime,
                "about": seal_about(self._core.vault, message, about),
            }
            for each in waiting
        ]
        async with self._core.database.write() as connection:
            await connection.execute(insert(pickups), rows)

    async def look(self, pickup: str) -> Waiting:
        """
        How one stands. Changes nothing.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(pickups).where(pickups.c.id == as_id(pickup)))).first()
        if row is None:
            raise NoSuchItem
        return self._waiting(row)

    async def names(self, pickup: str) -> tuple[str, ...]:
        """The neutral names of its files; none once they were withdrawn."""
        try:
            return tuple(name for name, _ in (await self._opened(pickup)).files)
        except NotPickedUp:
            return ()

    async def take(self, pickup: str, code: str, name: str) -> bytes:
        """
        One file, against the code; each wrong code counts, and each file that is taken is recorded.

        Raises:
            NotPickedUp: the code is wrong, or it is open no longer.
            NoSuchItem: there is no such file.
        """
        pickup = as_id(pickup)
        async with self._core.database.write() as connection:
            # Counted before it is compared, so that no number of tries at once gets more than its share.
            counted = await connection.execute(
                update(pickups)
                .where(
                    pickups.c.id == pickup,
                    pickups.c.tries < self._most_tries,
                    pickups.c.expires_at > self._core.clock(),
                    pickups.c.revoked_at.is_(None),
                )
                .values(tries=pickups.c.tries + 1)
            )
        if not counted.rowcount:
            raise NotPickedUp
        found = await self._opened(pickup)
        if not _is_same(code, found.code):
            await self._audit.record("pickup_refused", (await self.look(pickup)).message, RECIPIENT)
            raise NotPickedUp
        data = dict(found.files).get(name)
        now = self._core.clock()
        async with self._core.database.write() as connection:  # the try is given back, whatever was asked for
            await connection.execute(
                update(pickups)
                .where(pickups.c.id == pickup)
                .values(tries=pickups.c.tries - 1, picked_at=pickups.c.picked_at if data is None else now)
            )
            if data is not None:
                message = await connection.scalar(select(pickups.c.message).where(pickups.c.id == pickup))
                await self._audit.append(connection, "picked_up", str(message), RECIPIENT, file=name)
        if data is None:
            raise NoSuchItem
        return data

    async def of_message(self, message: str) -> tuple[Waiting, ...]:
        """Every pick-up of a message."""
        async with self._core.database.read() as connection:
            rows = await connection.execute(
                select(pickups).where(pickups.c.message == as_id(message)).order_by(pickups.c.id)
            )
            return tuple(map(self._waiting, rows.all()))

    async def of_tutor(self, tutor: str) -> tuple[str, ...]:
        """The messages of one tutor whose files wait, the newest first."""
        return await messages_of_tutor(self._core, tutor, pickups.c.message)

    async def revoke(self, message: str, who: str) -> int:
        """Withdraw the files of a message, for good: their contents go. Returns how many pick-ups there were."""
        message = as_id(message)
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(pickups)
                .where(pickups.c.message == message, pickups.c.revoked_at.is_(None))
                .values(revoked_at=self._core.clock(), sealed=None)
            )
            if changed.rowcount:
                await self._audit.append(connection, "pickup_withdrawn", message, who)
        return changed.rowcount

    async def _opened(self, pickup: str) -> PickUp:
        async with self._core.database.read() as connection:
            sealed = await connection.scalar(select(pickups.c.sealed).where(pickups.c.id == as_id(pickup)))
        if sealed is None:
            raise NotPickedUp
        data = await self._core.open(f"pickups/{as_id(pickup)}", sealed)
        return msgspec.msgpack.decode(data, type=PickUp)

    def _waiting(self, row: Row[Any]) -> Waiting:
        state: Literal["open", "expired", "withdrawn", "locked"] = "open"
        if row.revoked_at is not None:
            state = "withdrawn"
        elif row.expires_at <= self._core.clock():
            state = "expired"
        elif row.tries >= self._most_tries:
            state = "locked"
        return Waiting(row.id, row.message, state, row.expires_at, row.picked_at)


def _is_same(typed: str, code: str) -> bool:
    """As people type what was read out to them: capitals and spaces for hyphens make no difference."""

    def plain(text: str) -> bytes:
        return SEPARATOR.join(text.casefold().replace(SEPARATOR, " ").split()).encode()

    return hmac.compare_digest(plain(typed), plain(code))
