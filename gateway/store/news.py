"""What has come into the queue since reviewers were last told: the mark is kept, so that nothing is left out."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, func, insert, select

from gateway.store.core import Core
from gateway.store.tables import items, told


class Waiting(msgspec.Struct, frozen=True):
    """*new* of *count* came since the last time; *oldest* waits longest."""

    count: int
    new: int
    oldest: datetime | None


class News:
    """Counts, and remembers until when it was told."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._key = core.vault.blind("told/digest")

    async def waiting(self) -> tuple[Waiting, datetime]:
        """What waits, and the moment that this is true of: `mark` it once it was told."""
        now, held = self._core.clock(), items.c.state == "held"
        async with self._core.database.read() as connection:
            since = await connection.scalar(select(told.c.at).where(told.c.key == self._key))
            row = (
                await connection.execute(select(func.count(), func.min(items.c.held_at)).where(held))
            ).one()
            fresh = select(func.count()).where(held, items.c.held_at <= now)
            if since is not None:
                fresh = fresh.where(items.c.held_at > since)
            new = await connection.scalar(fresh)
        return Waiting(row[0], new or 0, row[1]), now

    async def mark(self, until: datetime) -> None:
        """What came until then was told."""
        async with self._core.database.write() as connection:
            await connection.execute(delete(told).where(told.c.key == self._key))
            await connection.execute(insert(told).values(key=self._key, at=until))
