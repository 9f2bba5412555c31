"""
The outbox: mail that we have promised to deliver, until the relay has taken it.

    waiting ─▶ ready ─▶ sending ─▶ sent
       │         ▲         │  └──▶ failed      every recipient refused for good
       ▼         └─────────┘                   a temporary refusal, or no relay: later again
    withdrawn

A row is claimed for a short lease before it is sent, and the lease is renewed while
the relay is at work; a process that dies lets it lapse, and another sends the mail
again: at least once, under the Message-ID that the bytes have carried from the
beginning. Each recipient has a state of its own, so that one refusal neither stops
nor repeats the others.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import SystemRandom
from secrets import token_hex

import msgspec
from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import journal
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store import bodies
from gateway.store.audit import GATEWAY, Audit
from gateway.store.core import Core
from gateway.store.tables import items, mail_recipients, mails

LEASE = timedelta(seconds=60)
_FIRST_RETRY = timedelta(seconds=15)
_LAST_RETRY = timedelta(hours=1)
_chance = SystemRandom()


class Prepared(msgspec.Struct, frozen=True):
    """A mail whose contents are sealed and ready to be stored."""

    token: str
    envelope: bytes
    recipients: int
    body: bodies.Row | None


class Claimed(msgspec.Struct, frozen=True):
    """A mail that this process may send now, to the recipients at *positions*."""

    id: int
    token: str
    claim: str
    attempts: int
    item: str | None
    outgoing: Outgoing
    body: str
    positions: tuple[int, ...]


class Outbox:
    """Takes mail in, hands it out one claim at a time, and keeps what became of it."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit
        self.wake = asyncio.Event()  # something may be due now

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
    ) -> int:
        """Store a prepared mail within a transaction; the caller sets `wake` after it."""
        now = self._core.clock()
        if mail.body is not None:
            body = await bodies.put(connection, mail.body)
        number = await connection.scalar(
            insert(mails)
            .values(
                token=mail.token,
                state="waiting" if delay else "ready",
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
        """Delayed mail is not to leave. What is already under way stays so."""
        if not numbers:
            return
        async with self._core.database.write() as connection:
            for number in numbers:
                row = (
                    await connection.execute(
                        select(mails.c.body).where(mails.c.id == number, mails.c.state == "waiting")
                    )
                ).first()
                if row is not None:
                    await self._finish(connection, number, "withdrawn", row.body)

    async def next_due(self) -> datetime | None:
        """When the next mail may be claimed; None while there is none."""
        async with self._core.database.read() as connection:
            due = await connection.scalar(
                select(func.min(mails.c.due_at)).where(mails.c.state.in_(("waiting", "ready")))
            )
            lapse = await connection.scalar(
                select(func.min(mails.c.claimed_until)).where(mails.c.state == "sending")
            )
        return min((each for each in (due, lapse) if each is not None), default=None)

    async def claim(self) -> Claimed | None:
        """Take the mail that is due longest; nobody else gets it while the lease lasts."""
        now = self._core.clock()
        claim = token_hex(16)
        async with self._core.database.write() as connection:
            row = (
                await connection.execute(
                    select(mails)
                    .where(
                        or_(
                            and_(mails.c.state.in_(("waiting", "ready")), mails.c.due_at <= now),
                            and_(mails.c.state == "sending", mails.c.claimed_until <= now),
                        )
                    )
                    .order_by(mails.c.due_at)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
            ).first()
            if row is None:
                return None
            await connection.execute(
                update(mails)
                .where(mails.c.id == row.id)
                .values(state="sending", claim=claim, claimed_until=now + LEASE, attempts=row.attempts + 1)
            )
            positions = (
                await connection.scalars(
                    select(mail_recipients.c.position)
                    .where(mail_recipients.c.mail == row.id, mail_recipients.c.state == "pending")
                    .order_by(mail_recipients.c.position)
                )
            ).all()
        whole = msgspec.json.decode(self._core.vault.open(f"mails/{row.token}", row.envelope), type=Outgoing)
        pending = tuple(whole.recipients[position] for position in positions)
        return Claimed(
            row.id,
            row.token,
            claim,
            row.attempts + 1,
            row.item,
            msgspec.structs.replace(whole, recipients=pending),
            row.body,
            tuple(positions),
        )

    async def renew(self, claimed: Claimed) -> None:
        """The relay is still at work: extend the lease."""
        async with self._core.database.write() as connection:
            await connection.execute(
                update(mails)
                .where(mails.c.id == claimed.id, mails.c.claim == claimed.claim)
                .values(claimed_until=self._core.clock() + LEASE)
            )

    async def settle(self, claimed: Claimed, delivery: Delivery) -> str:
        """
        Record what the relay said, recipient by recipient; returns the mail's state.

        Also where the lease was lost meanwhile: what was delivered is not to be
        delivered again.
        """
        now = self._core.clock()
        refused = dict(delivery.refused)
        async with self._core.database.write() as connection:
            for position, recipient in zip(claimed.positions, claimed.outgoing.recipients, strict=True):
                reply = refused.get(recipient.address, delivery.reply)
                state = _recipient_state(reply)
                identity = f"mail_recipients/{claimed.token}/{position}"
                await connection.execute(
                    update(mail_recipients)
                    .where(
                        mail_recipients.c.mail == claimed.id,
                        mail_recipients.c.position == position,
                        mail_recipients.c.state == "pending",
                    )
                    .values(
                        state=state,
                        answer=self._core.vault.seal(identity, msgspec.json.encode(reply)),
                        finished_at=None if state == "pending" else now,
                    )
                )
            states = await self._recipient_states(connection, claimed.id)
            if "pending" in states:
                state = "ready"
                await connection.execute(
                    update(mails)
                    .where(mails.c.id == claimed.id, mails.c.claim == claimed.claim)
                    .values(
                        state=state, claim=None, claimed_until=None, due_at=now + _pause(claimed.attempts)
                    )
                )
            else:
                state = "sent" if "sent" in states else "failed"
                await self._finish(connection, claimed.id, state, claimed.body)
            if claimed.item is not None:
                await self._follow(connection, claimed.item, state, delivery)
        journal.event(
            "outbox",
            mail=claimed.id,
            attempt=claimed.attempts,
            reply=delivery.reply.code,
            recipients=len(claimed.positions),
            done=state != "ready",
        )
        return state

    async def _recipient_states(self, connection: AsyncConnection, number: int) -> Iterable[str]:
        found = await connection.scalars(
            select(mail_recipients.c.state).where(mail_recipients.c.mail == number).distinct()
        )
        return found.all()

    async def _finish(self, connection: AsyncConnection, number: int, state: str, body: str | None) -> None:
        """A mail in its last state needs its bytes no longer."""
        await connection.execute(
            update(mails)
            .where(mails.c.id == number)
            .values(state=state, finished_at=self._core.clock(), claim=None, claimed_until=None, body=None)
        )
        await bodies.drop_unused(connection, body)

    async def _follow(self, connection: AsyncConnection, item: str, state: str, delivery: Delivery) -> None:
        """A held item is released when its mail was taken, and held again when it was refused."""
        answer = self._core.vault.seal(f"items/{item}/answer", msgspec.json.encode(delivery))
        now = {"sent": "released", "failed": "held"}.get(state, "releasing")
        await connection.execute(update(items).where(items.c.id == item).values(state=now, answer=answer))
        if now != "releasing":
            what = "released" if now == "released" else "refused"
            await self._audit.append(connection, what, item, GATEWAY, reply=delivery.reply.wire())


def _recipient_state(reply: Reply) -> str:
    if reply.accepted:
        return "sent"
    return "failed" if reply.permanent else "pending"


def _pause(attempts: int) -> timedelta:
    """Exponential, at most an hour, with jitter so that a relay that comes back is not flooded."""
    longest: timedelta = min(_LAST_RETRY, _FIRST_RETRY * 2 ** min(attempts - 1, 20))
    return longest * _chance.uniform(0.5, 1.0)
