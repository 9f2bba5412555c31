"""
What becomes of a kept message: each step once, in one transaction with all that belongs to it.

    held ─▶ releasing ─▶ released      the relay said 250
     ▲  └──────┼───────▶ rejected      it does not leave; its tutor is told
     └─────────┘                       the relay refused it, or the decision was taken back

A release puts the very bytes that came, under the envelope they came with, into the
outbox, in the transaction that changes the item's state: two reviewers at once send
one message, and the second is told what has happened.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.mail.ids import as_id
from gateway.remedy.edit import BLIND, edit, headers_of
from gateway.remedy.outgoing import Outgoing
from gateway.review.held import State
from gateway.store import bodies
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.errors import NoSuchItem, WrongState
from gateway.store.items import open_envelope, row_of
from gateway.store.outbox import Outbox, Prepared
from gateway.store.tables import approvals, items, mails

_AT_ONCE = timedelta(0)


class Decisions:
    """Carries decisions out. Whether somebody may decide is not asked here (`review`)."""

    def __init__(self, core: Core, audit: Audit, outbox: Outbox) -> None:
        self._core = core
        self._audit = audit
        self._outbox = outbox

    async def release(
        self,
        item: str,
        who: str,
        note: str = "",
        *,
        after: Iterable[Outgoing] = (),
        delay: timedelta = _AT_ONCE,
    ) -> int:
        """
        Send the message as it came; returns its number in the outbox.

        *after* leaves once the relay has taken it. Within *delay* the decision can
        be taken back.

        Raises:
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
            Tampered: the message is not what it was, or purged.
        """
        item = as_id(item)
        async with self._core.database.read() as connection:
            row = await row_of(connection, item)
        if row.state != "held":
            raise WrongState(row.state)
        envelope = open_envelope(self._core, row)
        raw = await bodies.load(self._core, row.body)
        # As the pipeline does: a field of blind copies that the client left in stays behind.
        blind = not BLIND.isdisjoint(field.name for field in headers_of(raw).fields)
        mail = await self._outbox.prepare(
            Outgoing(
                mail_from=envelope.mail_from,
                recipients=envelope.recipients,
                raw=edit(raw) if blind else b"",
                mail_options=envelope.mail_options,
                smtputf8=envelope.smtputf8,
                trace=envelope.trace,
            ),
            with_body=blind,
        )
        following = [await self._outbox.prepare(each) for each in after]
        async with self._core.database.write() as connection:
            await self._change(connection, item, ("held",), "releasing")
            number = await self._outbox.add(
                connection, mail, body=row.body, item=item, purpose="release", delay=delay
            )
            await self._add(connection, following, item, "after")
            await self._audit.append(connection, "release", item, who, note=note)
        self._outbox.wake.set()
        return number

    async def send(
        self,
        item: str,
        who: str,
        outgoing: Iterable[Outgoing],
        note: str = "",
        *,
        after: Iterable[Outgoing] = (),
        delay: timedelta = _AT_ONCE,
    ) -> None:
        """
        Send these in the message's place: a release with remedies.

        Raises:
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        item = as_id(item)
        leaving = [await self._outbox.prepare(each) for each in outgoing]
        following = [await self._outbox.prepare(each) for each in after]
        async with self._core.database.write() as connection:
            await self._change(connection, item, ("held",), "releasing")
            await self._add(connection, leaving, item, "release", delay)
            await self._add(connection, following, item, "after")
            await self._audit.append(connection, "release", item, who, note=note, remedied="yes")
        self._outbox.wake.set()

    async def reject(
        self, item: str, who: str, note: str = "", *notices: Outgoing, delay: timedelta = _AT_ONCE
    ) -> None:
        """
        It does not leave; *notices* tell its tutor. Within *delay* that can be taken back.

        Raises:
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        item = as_id(item)
        telling = [await self._outbox.prepare(each) for each in notices]
        async with self._core.database.write() as connection:
            await self._change(connection, item, ("held",), "rejected")
            await self._add(connection, telling, item, "notice", delay)
            await self._audit.append(connection, "reject", item, who, note=note)
        self._outbox.wake.set()

    async def undo(self, item: str, who: str) -> None:
        """
        Take a decision back whose mail has not begun to leave; who had agreed to it is forgotten.

        Raises:
            NoSuchItem: there is none.
            WrongState: it is too late, or nothing was decided.
        """
        item = as_id(item)
        async with self._core.database.write() as connection:
            row = await row_of(connection, item)
            if row.state not in ("releasing", "rejected"):
                raise WrongState(row.state)
            pending = (
                await connection.execute(
                    select(mails.c.id, mails.c.state, mails.c.body)
                    .where(mails.c.item == item, mails.c.created_at >= row.decided_at)
                    .with_for_update()
                )
            ).all()
            # A rejection that told nobody is taken back just as well: nothing of it has left.
            if any(each.state not in ("waiting", "parked", "withdrawn") for each in pending):
                raise WrongState(row.state)
            for each in pending:
                await self._outbox.finish(connection, each.id, "withdrawn", each.body)
            await connection.execute(
                update(items).where(items.c.id == item).values(state=row.before, decided_at=None)
            )
            await connection.execute(delete(approvals).where(approvals.c.item == item))
            await self._audit.append(connection, "undo", item, who)

    async def _add(
        self,
        connection: AsyncConnection,
        prepared: Iterable[Prepared],
        item: str,
        purpose: str,
        delay: timedelta = _AT_ONCE,
    ) -> None:
        for mail in prepared:
            await self._outbox.add(connection, mail, item=item, purpose=purpose, delay=delay)

    async def _change(
        self, connection: AsyncConnection, item: str, before: tuple[State, ...], after: State
    ) -> None:
        """From open to decided, once: whoever comes second finds no row to change."""
        decided = None if after in ("held", "waiting") else self._core.clock()
        changed = await connection.execute(
            update(items)
            .where(items.c.id == item, items.c.state.in_(before))
            .values(before=items.c.state, state=after, decided_at=decided, answer=None)
        )
        if changed.rowcount != 1:
            state = await connection.scalar(select(items.c.state).where(items.c.id == item))
            raise WrongState(state) if state else NoSuchItem
