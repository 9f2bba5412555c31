"""
The outbox: mail that we have promised to deliver, until the relay has taken it.

    waiting ─▶ ready ─▶ sending ─▶ sent
    parked ────┘ ▲         │  └──▶ failed      every recipient refused for good, or given up
       │         └─────────┘                   a temporary refusal, or no relay: later again
       ▼
    withdrawn

Here mail is taken in, let go and taken back; `leases` hands it out to whoever sends it.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from secrets import token_hex

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.remedy.outgoing import Outgoing
from gateway.store import bodies
from gateway.store.core import Core
from gateway.store.errors import StoreTrouble
from gateway.store.tables import mail_recipients, mails


class Prepared(msgspec.Struct, frozen=True):
    """A mail whose contents are sealed and ready to be stored."""

    token: str
    envelope: bytes
    recipients: int
    body: bodies.Row | None


class Outbox:
    """Takes mail in, and takes it back."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.wake = asyncio.Event()  # something may be due now
        self._revoked: set[int] = set()  # mail that is not to leave, until that is on disk

    async def prepare(self, outgoing: Outgoing, *, with_body: bool = True) -> Prepared:
        """Seal a mail; without its body where the store holds that already."""
        token = token_hex(16)
        bare = msgspec.structs.replace(outgoing, raw=b"")
        return Prepared(
            token,
            self._core.vault.seal(f"mails/{token}", msgspec.json.encode(bare)),
            len(outgoing.recipients),
            await bodies.prepare(self._core, outgoing.raw) if with_body else None,
        )

    async def add(
        self,
        connection: AsyncConnection,
        mail: Prepared,
        *,
        delay: timedelta = timedelta(0),
        body: str | None = None,
        item: str | None = None,
        purpose: str = "mail",
    ) -> int:
        """
        Store a prepared mail within a transaction; the caller sets `wake` after it.

        Of an item's mails, those with the *purpose* "release" are the message itself,
        those with "after" are parked until the relay has taken it.
        """
        now = self._core.clock()
        if mail.body is not None:
            body = await bodies.put(connection, mail.body)
        number = await connection.scalar(
            insert(mails)
            .values(
                token=mail.token,
                state="parked" if purpose == "after" else "waiting" if delay else "ready",
                purpose=purpose,
                item=item,
                body=body,
                envelope=mail.envelope,
                recipients=mail.recipients,
                attempts=0,
                created_at=now,
                due_at=now + delay,
            )
            .returning(mails.c.id)
        )
        await connection.execute(
            insert(mail_recipients),
            [
                {"mail": number, "position": position, "state": "pending"}
                for position in range(mail.recipients)
            ],
        )
        return int(number or 0)

    async def enqueue(self, *outgoing: Outgoing, delay: timedelta = timedelta(0)) -> tuple[int, ...]:
        """Take mail; all of it or, with `StoreTrouble`, none."""
        if not outgoing:
            return ()
        prepared = [await self.prepare(each) for each in outgoing]
        async with self._core.database.write() as connection:
            numbers = [await self.add(connection, each, delay=delay) for each in prepared]
        self.wake.set()
        return tuple(numbers)

    async def let_go(self, *numbers: int) -> None:
        """Delayed mail may leave now."""
        if not numbers:
            return
        async with self._core.database.write() as connection:
            await connection.execute(
                update(mails)
                .where(mails.c.id.in_(numbers), mails.c.state == "waiting")
                .values(state="ready", due_at=self._core.clock())
            )
        self.wake.set()

    async def withdraw(self, *numbers: int) -> None:
        """
        Delayed mail is not to leave. What is already under way stays so.

        A store in trouble only puts it off: nothing is claimed here before it is done.
        """
        self._revoked.update(numbers)
        await self.take_back()

    async def make_good(self, stop: asyncio.Event, pause: float = 1.0) -> None:
        """Withdraw what could not be withdrawn at once; for processes that claim nothing, until *stop*."""
        while not stop.is_set():
            with suppress(StoreTrouble):
                await self.take_back()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def take_back(self) -> None:
        """Do what was asked of `withdraw` and could not be done then."""
        if not self._revoked:
            return
        numbers = tuple(self._revoked)
        async with self._core.database.write() as connection:
            for number in numbers:
                row = (
                    await connection.execute(
                        select(mails.c.body).where(mails.c.id == number, mails.c.state == "waiting")
                    )
                ).first()
                if row is not None:
                    await self.finish(connection, number, "withdrawn", row.body)
        self._revoked.difference_update(numbers)

    async def finish(self, connection: AsyncConnection, number: int, state: str, body: str | None) -> None:
        """A mail in its last state needs its bytes no longer."""
        await connection.execute(
            update(mails)
            .where(mails.c.id == number)
            .values(state=state, finished_at=self._core.clock(), claim=None, claimed_until=None, body=None)
        )
        await bodies.drop_unused(connection, body)
