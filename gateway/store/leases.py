"""
Mail of the outbox in the hands of whoever sends it.

A row is claimed for a short lease before it is sent, and the lease is renewed while
the relay is at work; a process that dies lets it lapse, and another sends the mail
again: at least once, under the Message-ID that the bytes have carried from the
beginning. Each recipient has a state of its own, so that one refusal neither stops
nor repeats the others.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import SystemRandom
from secrets import token_hex
from typing import Literal

import msgspec
from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import journal
from gateway.mail.envelope import Recipient
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store.core import Core
from gateway.store.errors import Tampered
from gateway.store.outbox import Outbox, Prepared
from gateway.store.releases import Releases
from gateway.store.tables import items, mail_recipients, mails

LEASE = timedelta(seconds=60)
_FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(hours=1)
_chance = SystemRandom()


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


class Leases:
    """Hands mail out, one claim at a time, and keeps what became of it."""

    def __init__(self, core: Core, outbox: Outbox, releases: Releases) -> None:
        self._core = core
        self._outbox = outbox
        self._releases = releases

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
        await self._outbox.take_back()
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
                await self._outbox.finish(connection, claimed.id, state, claimed.body)
            if report is not None:
                await self._outbox.add(connection, report)
            if claimed.item is not None:
                await self._releases.follow(connection, claimed.item, delivery)
        self._outbox.wake.set()
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
