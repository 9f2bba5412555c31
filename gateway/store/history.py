"""
Whom the agency has written to: asked before sensitive data goes somewhere for the first time.

What is kept is a keyed digest of each address, with the days of the first and the last
message that a relay took for it: enough to recognise an address, nothing to read one from.
The digests in use are held in memory, so that the usual message asks nothing of the
database and writes nothing to it; what is new is written in batches in the background.
A process that dies takes the last seconds' news with it: somebody is asked once more.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select

from gateway import journal
from gateway.mail.address import canonical
from gateway.mail.public import public
from gateway.store.core import Core
from gateway.store.errors import StoreTrouble
from gateway.store.tables import correspondents

# For so long after its first message a new installation knows too few people to ask about the others.
LEARNING = timedelta(days=30)

_REMEMBERED = 50_000  # digests in memory, some 10 MB
_BATCH = 500  # rows in one statement
_PAUSE = 2.0  # seconds that news are collected for


class History:
    """Remembers to whom mail has gone."""

    def __init__(self, core: Core) -> None:
        self._core = core
        # By digest, the day that the database knows as the last; those longest unused come first.
        self._days: dict[str, date] = {}
        self._news: set[str] = set()
        self._wake = asyncio.Event()
        self._begun: datetime | None = None

    async def load(self) -> None:
        """
        Take the addresses that were written to last into memory.

        Raises:
            StoreTrouble: the database does not say.
        """
        table = correspondents.c
        newest = select(table.key, table.last_at).order_by(table.last_at.desc()).limit(_REMEMBERED)
        async with self._core.database.read() as connection:
            self._begun = await connection.scalar(select(func.min(table.first_at)))
            rows = (await connection.execute(newest)).all()
        self._days = {row.key: row.last_at.date() for row in reversed(rows)}

    async def known(self, addresses: tuple[str, ...]) -> frozenset[str] | None:
        """
        The canonical addresses, of these, that were written to before; None while it is still learning.

        Raises:
            StoreTrouble: an address is not in memory, and the database does not say.
        """
        if self._begun is None or self._core.clock() - self._begun < LEARNING:
            return None
        keys = {self._key(address): canonical(address) for address in addresses}
        await self._recall([key for key in keys if key not in self._days])
        return frozenset(address for key, address in keys.items() if key in self._days)

    async def _recall(self, missing: list[str]) -> None:
        for start in range(0, len(missing), _BATCH):
            some = missing[start : start + _BATCH]
            async with self._core.database.read() as connection:
                found = await connection.scalars(
                    select(correspondents.c.key).where(correspondents.c.key.in_(some))
                )
                for key in found:
                    self._days.setdefault(key, date.min)  # its next message refreshes the row

    def wrote(self, addresses: Iterable[str]) -> None:
        """A relay has taken a message for these. Costs a digest each; `run` writes it down."""
        today = self._core.clock().date()
        for address in addresses:
            key = self._key(address)
            if self._days.pop(key, None) != today:
                self._news.add(key)
            self._days[key] = today
        while len(self._days) > _REMEMBERED:
            del self._days[next(iter(self._days))]
        if self._news:
            self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write down what is new, every few seconds until *stop* is set, and then the rest."""
        while not stop.is_set():
            waits = {asyncio.ensure_future(event.wait()) for event in (self._wake, stop)}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waits:
                    each.cancel()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _PAUSE)
            await self._try_to_write()
        await self._try_to_write()

    async def _try_to_write(self) -> None:
        self._wake.clear()
        try:
            await self.write()
        except StoreTrouble as fault:
            journal.trouble(public("the addresses written to could not be stored yet"), fault)
            self._wake.set()

    async def write(self) -> None:
        """
        Write down what is new.

        Raises:
            StoreTrouble: it is kept for the next time.
        """
        news, now = sorted(self._news), self._core.clock()
        for start in range(0, len(news), _BATCH):
            some = news[start : start + _BATCH]
            new = self._core.database.insert(correspondents)
            again = new.on_conflict_do_update(
                index_elements=[correspondents.c.key], set_={"last_at": new.excluded.last_at}
            )
            async with self._core.database.write() as connection:
                await connection.execute(
                    again, [{"key": key, "first_at": now, "last_at": now} for key in some]
                )
            self._news.difference_update(some)
            self._begun = self._begun or now

    async def forget(self, addresses: Iterable[str]) -> int:
        """
        Erase these addresses; returns how many were known.

        A gateway that runs meanwhile forgets them at its next start.

        Raises:
            StoreTrouble: nothing was erased.
        """
        keys = [self._key(address) for address in addresses]
        async with self._core.database.write() as connection:
            gone = await connection.execute(delete(correspondents).where(correspondents.c.key.in_(keys)))
        for key in keys:
            self._days.pop(key, None)
            self._news.discard(key)
        return gone.rowcount

    def _key(self, address: str) -> str:
        return self._core.vault.blind(f"correspondent/{canonical(address)}")
