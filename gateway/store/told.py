"""What is not to be said too often: when each thing was last told, over all processes."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.remedy.outgoing import Outgoing
from gateway.store.core import Core
from gateway.store.outbox import Outbox
from gateway.store.tables import told


class Told:
    """Remembers it by a blind index of what was said, and to whom."""

    def __init__(self, core: Core, outbox: Outbox) -> None:
        self._core = core
        self._outbox = outbox

    async def first_time(self, what: str, period: timedelta) -> bool:
        """True once in each period for that text, whoever asks."""
        async with self._core.database.write() as connection:
            return await self._mark(connection, what, period)

    async def tell(self, what: str, period: timedelta, *mails: Outgoing) -> None:
        """Queue these the first time in each period for that text, in the transaction that marks it."""
        prepared = [await self._outbox.prepare(each) for each in mails]
        async with self._core.database.write() as connection:
            if await self._mark(connection, what, period):
                for each in prepared:
                    await self._outbox.add(connection, each)
        self._outbox.wake.set()

    async def _mark(self, connection: AsyncConnection, what: str, period: timedelta) -> bool:
        key, now = self._core.vault.blind(f"told/{what}"), self._core.clock()
        changed = await connection.execute(
            update(told).where(told.c.key == key, told.c.at <= now - period).values(at=now)
        )
        if changed.rowcount:
            return True
        new = self._core.database.insert(told).values(key=key, at=now)
        return await connection.scalar(new.on_conflict_do_nothing().returning(told.c.key)) is not None
