"""
The outbox: mail that we have promised to deliver, until the relay has taken it.

    waiting ─▶ ready ─▶ sending ─▶ sent
    parked ────┘ ▲         │  └──▶ failed      every recipient refused for good, or given up
       │         └─────────┘                   a temporary refusal, or no relay: later again
       ▼
    withdrawn

A row is claimed for a short lease before it is sent, and the lease is renewed while
the relay is at work; a process that dies lets it lapse, and another sends the mail
again: at least once, under the Message-ID that the bytes have carried from the
beginning. Each recipient has a state of its own, so that one refusal neither stops
nor repeats the others.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from random import SystemRandom
from secrets import token_hex
from typing import Literal

import msgspec
from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import journal
from gateway.mail.envelope import Recipient
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store import bodies
from gateway.store.audit import GATEWAY, Audit
from gateway.store.core import Core
from gateway.store.errors import StoreTrouble, Tampered
from gateway.store.tables import items, mail_recipients, mails

LEASE = timedelta(seconds=60)
_FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(hours=1)
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
    created_at: datetime


class Outcome(msgspec.Struct, frozen=True):
    """What an attempt came to for one recipient: pending (again later), sent or failed."""

    position: int
    recipient: Recipient
    state: Literal["pending", "sent", "failed"]
    reply: Reply


class Outbox:
    """Takes mail in, hands it out one claim at a time, and keeps what became of it."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit
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
        await self._take_back()

    async def make_good(self, stop: asyncio.Event, pause: float = 1.0) -> None:
        """Withdraw what could not be withdrawn at once; for processes that claim nothing, until *stop*."""
        while not stop.is_set():
            with suppress(StoreTrouble):
                await self._take_back()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _take_back(self) -> None:
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

    async def claim(self, besides: frozenset[int] = frozenset()) -> Claimed | None:
        """
        Take the mail that is due longest; nobody else gets it while the lease lasts.

        *besides* is what the caller has in hand: a clock that leaps forward ends every lease.
        """
        await self._take_back()
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
                        ),
                        mails.c.id.not_in(besides),
                    )
                    .order_by(mails.c.due_at, mails.c.id)
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
        try:
            envelope = self._core.vault.open(f"mails/{row.token}", row.envelope)
        except Tampered as fault:
            journal.trouble(public("mail {number} of the outbox cannot be read back", number=row.id), fault)
            await self._put_off(row.id, claim, row.attempts + 1)
            return await self.claim(besides)
        whole = msgspec.json.decode(envelope, type=Outgoing)
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
            row.created_at,
        )

    async def _put_off(self, number: int, claim: str, attempts: int) -> None:
        """Leave a mail that nobody can read where it is, for the postmaster to see; the others go on."""
        async with self._core.database.write() as connection:
            await connection.execute(
                update(mails)
                .where(mails.c.id == number, mails.c.claim == claim)
                .values(
                    state="ready",
                    claim=None,
                    claimed_until=None,
                    due_at=self._core.clock() + _pause(attempts),
                )
            )

    async def renew(self, claimed: Claimed) -> None:
        """The relay is still at work: extend the lease."""
        async with self._core.database.write() as connection:
            await connection.execute(
                update(mails)
                .where(mails.c.id == claimed.id, mails.c.claim == claimed.claim)
                .values(claimed_until=self._core.clock() + LEASE)
            )

    async def settle(
        self,
        claimed: Claimed,
        delivery: Delivery,
        outcomes: tuple[Outcome, ...],
        report: Prepared | None = None,
    ) -> str:
        """
        Record what became of each recipient, and queue the report; returns the mail's state.

        Also where the lease was lost meanwhile: what was delivered is not to be
        delivered again.
        """
        now = self._core.clock()
        async with self._core.database.write() as connection:
            if claimed.item is not None:  # two mails of one item settle one after the other
                await connection.execute(
                    select(items.c.id).where(items.c.id == claimed.item).with_for_update()
                )
            for each in outcomes:
                identity = f"mail_recipients/{claimed.token}/{each.position}"
                await connection.execute(
                    update(mail_recipients)
                    .where(
                        mail_recipients.c.mail == claimed.id,
                        mail_recipients.c.position == each.position,
                        mail_recipients.c.state == "pending",
                    )
                    .values(
                        state=each.state,
                        answer=self._core.vault.seal(identity, msgspec.json.encode(each.reply)),
                        finished_at=None if each.state == "pending" else now,
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
                await self.finish(connection, claimed.id, state, claimed.body)
            if report is not None:
                await self.add(connection, report)
            if claimed.item is not None:
                await self.follow(connection, claimed.item, delivery)
        self.wake.set()
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

    async def finish(self, connection: AsyncConnection, number: int, state: str, body: str | None) -> None:
        """A mail in its last state needs its bytes no longer."""
        await connection.execute(
            update(mails)
            .where(mails.c.id == number)
            .values(state=state, finished_at=self._core.clock(), claim=None, claimed_until=None, body=None)
        )
        await bodies.drop_unused(connection, body)

    async def follow(self, connection: AsyncConnection, item: str, delivery: Delivery) -> None:
        """An item is released when its mail was taken, and open again when all of it was refused."""
        row = (
            await connection.execute(select(items.c.state, items.c.before).where(items.c.id == item))
        ).one()
        if row.state != "releasing":
            return
        states = set(
            await connection.scalars(
                select(mails.c.state).where(mails.c.item == item, mails.c.purpose == "release").distinct()
            )
        )
        answer = self._core.vault.seal(f"items/{item}/answer", msgspec.json.encode(delivery))
        after = "releasing"
        if states.isdisjoint(("waiting", "ready", "sending")):
            after = "released" if "sent" in states else row.before or "held"
        await connection.execute(update(items).where(items.c.id == item).values(state=after, answer=answer))
        if after == "releasing":
            return
        what = "released" if after == "released" else "refused"
        await self._audit.append(connection, what, item, GATEWAY, reply=delivery.reply.wire())
        parked = (
            await connection.execute(
                select(mails.c.id, mails.c.body).where(mails.c.item == item, mails.c.state == "parked")
            )
        ).all()
        for each in parked:
            if after == "released":
                await connection.execute(
                    update(mails)
                    .where(mails.c.id == each.id)
                    .values(state="ready", due_at=self._core.clock())
                )
            else:
                await self.finish(connection, each.id, "withdrawn", each.body)


def outcomes_of(claimed: Claimed, delivery: Delivery, *, last: bool) -> tuple[Outcome, ...]:
    """
    What the relay's answers mean for each recipient.

    With *last* there is no later: a temporary refusal is final, and says so
    (RFC 3463, X.4.7: delivery time expired).
    """
    refused = dict(delivery.refused)
    found = []
    for position, recipient in zip(claimed.positions, claimed.outgoing.recipients, strict=True):
        reply = refused.get(recipient.address, delivery.reply)
        if reply.accepted:
            found.append(Outcome(position, recipient, "sent", reply))
        elif reply.permanent:
            found.append(Outcome(position, recipient, "failed", reply))
        elif last:
            expired = Reply(reply.code, "4.4.7", ("Given up after many attempts.", *reply.lines))
            found.append(Outcome(position, recipient, "failed", expired))
        else:
            found.append(Outcome(position, recipient, "pending", reply))
    return tuple(found)


def _pause(attempts: int) -> timedelta:
    """Exponential, at most an hour, with jitter so that a relay that comes back is not flooded."""
    longest: timedelta = min(LAST_RETRY, _FIRST_RETRY * 2 ** min(attempts - 1, 20))
    return longest * _chance.uniform(0.5, 1.0)
