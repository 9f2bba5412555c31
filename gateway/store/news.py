"""What has come into the queue since reviewers were last told: the mark is kept, so that nothing is left out."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.remedy.outgoing import Outgoing
from gateway.store.core import Core
from gateway.store.outbox import Outbox
from gateway.store.tables import items, told


class Waiting(msgspec.Struct, frozen=True):
    """*new* of *count* came since the last time; *oldest* waits longest."""

    count: int
    new: int
    oldest: datetime | None


class News:
    """Counts, and remembers until when it was told: by chat and by mail, each for itself."""

    def __init__(self, core: Core, outbox: Outbox) -> None:
        self._core = core
        self._outbox = outbox
        self._key = core.vault.blind("told/digest")
        self._key_of_mail = core.vault.blind("told/digest by mail")

    async def waiting(self) -> tuple[Waiting, datetime]:
        """What waits, and the moment that this is true of: `mark` it once it was told."""
        now = self._core.clock()
        async with self._core.database.read() as connection:
            since = await connection.scalar(select(told.c.at).where(told.c.key == self._key))
            return await _waiting(connection, since, now), now

    async def mark(self, until: datetime) -> None:
        """What came until then was told."""
        async with self._core.database.write() as connection:
            await connection.execute(delete(told).where(told.c.key == self._key))
            await connection.execute(insert(told).values(key=self._key, at=until))

    async def mail(self, write: Callable[[int, int, datetime], Iterable[Outgoing]], every: timedelta) -> int:
        """
        Queue the mails that *write* makes of what is new (how many wait, of these new, since when).

        They are queued in the transaction that marks it, and not before *every* is nearly over since
        the last ones: however many processes ask, each message is told of once. Returns how many
        were new.
        """
        now = self._core.clock()
        mark = told.c.key == self._key_of_mail
        async with self._core.database.write() as connection:
            since = await connection.scalar(select(told.c.at).where(mark).with_for_update())
            if since is not None and now - since < 0.9 * every:
                return 0
            found = await _waiting(connection, since, now)
            if not found.new or found.oldest is None:
                return 0
            for mail in write(found.count, found.new, found.oldest):
                await self._outbox.add(connection, await self._outbox.prepare(mail))
            if since is None:
                await connection.execute(insert(told).values(key=self._key_of_mail, at=now))
            else:
                await connection.execute(update(told).where(mark).values(at=now))
        self._outbox.wake.set()
        return found.new


async def _waiting(connection: AsyncConnection, since: datetime | None, now: datetime) -> Waiting:
    held = items.c.state == "held"
    row = (await connection.execute(select(func.count(), func.min(items.c.held_at)).where(held))).one()
    fresh = select(func.count()).where(held, items.c.held_at <= now)
    if since is not None:
        fresh = fresh.where(items.c.held_at > since)
    return Waiting(row[0], await connection.scalar(fresh) or 0, row[1])
