"""
Messages that were stopped and may still be put right by their tutor.

    waiting, held ─▶ repaired     its tutor agreed to a corrected version, which is in the outbox
                  ─▶ discarded    its tutor wants it gone
                  ─▶ superseded   its tutor has sent a corrected version meanwhile
                  ─▶ expired      nobody did anything in time; its tutor is told
    waiting ───────▶ held         its tutor asked a reviewer

Every step happens once: whoever comes second, with the same link or by another way,
is told what has happened already.
"""

import asyncio
from collections.abc import Iterable
from typing import Literal

from sqlalchemy import false, or_, select, update

from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.ids import as_id
from gateway.remedy.outgoing import Outgoing
from gateway.review.held import State
from gateway.review.sending import Sending
from gateway.store.audit import GATEWAY
from gateway.store.decisions import Decisions
from gateway.store.errors import NoSuchItem, WrongState
from gateway.store.items import OPEN, marks_of, open_envelope, tutor_key, tutor_of
from gateway.store.tables import items, mails

End = Literal["discarded", "expired", "superseded"]


class Waiting(Decisions):
    """Carries out what tutors decide about their own messages. `Quarantine.keep` puts them in."""

    async def repair(
        self, item: str, who: str, outgoing: Iterable[Outgoing], notices: Iterable[Outgoing], note: str = ""
    ) -> None:
        """
        Send these in the message's place, and the notices with them.

        Raises:
            NoSuchItem: there is none.
            WrongState: something was decided already.
        """
        await self._step(item, OPEN, "repaired", who, note, tuple(notices), tuple(outgoing))

    async def close(self, item: str, state: End, who: str, *notices: Outgoing, note: str = "") -> None:
        """
        It does not leave.

        Raises:
            NoSuchItem: there is none.
            WrongState: something was decided already.
        """
        await self._step(item, OPEN, state, who, note, notices)

    async def ask(self, item: str, who: str, *notices: Outgoing, note: str = "") -> None:
        """
        A reviewer is to decide.

        Raises:
            NoSuchItem: there is none.
            WrongState: something was decided already, or a reviewer has it anyway.
        """
        await self._step(item, ("waiting",), "held", who, note, notices)

    async def overdue(self, limit: int = 100) -> tuple[str, ...]:
        """Open messages whose time is over."""
        async with self._core.database.read() as connection:
            found = await connection.scalars(
                select(items.c.id)
                .where(items.c.state.in_(OPEN), items.c.expires_at <= self._core.clock())
                .order_by(items.c.expires_at)
                .limit(limit)
            )
            return tuple(found.all())

    async def has_open(self, envelope: Envelope) -> bool:
        """Whether anything of this tutor's is open; answered from memory, so by and large."""
        tutor = tutor_key(self._core.vault, tutor_of(envelope))
        return await self._core.open_tutors.include(self._core, tutor, OPEN)

    async def supersede(self, raw: bytes, envelope: Envelope, *, sent: bool) -> tuple[str, ...]:
        """
        Close the tutor's open messages that this one takes the place of; returns their ids.

        Those are refused messages with the same Message-ID, and those with the
        same text and attachments to at least one of the same people. A held message
        was answered 250, so it gives way only to one that was *sent*, and only
        where that one went to everybody whom it was for.
        """
        if not await self.has_open(envelope):
            return ()
        marks = await asyncio.to_thread(marks_of, self._core.vault, raw, envelope)
        like = [
            column == mark
            for column, mark in ((items.c.same_id, marks.same_id), (items.c.same_text, marks.same_text))
            if mark
        ]
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(items).where(
                        items.c.tutor == tutor_key(self._core.vault, tutor_of(envelope)),
                        items.c.state.in_(OPEN if sent else ("waiting",)),
                        items.c.id != as_id(envelope.queue_id),
                        or_(false(), *like),
                    )
                )
            ).all()
        people = set(map(canonical, envelope.rcpt_to))
        closed = []
        for row in rows:
            same_id = row.same_id is not None and row.same_id == marks.same_id
            theirs = set(map(canonical, open_envelope(self._core, row).rcpt_to))
            if theirs <= people if row.state == "held" else same_id or people & theirs:
                try:
                    await self.close(row.id, "superseded", GATEWAY, note=envelope.queue_id)
                except (WrongState, NoSuchItem):
                    continue  # decided this very moment
                closed.append(row.id)
        return tuple(closed)

    async def sendings(self, item: str) -> tuple[Sending, ...]:
        """What has become of the mails that left in a message's place."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(mails.c.state, mails.c.attempts, mails.c.finished_at)
                    .where(mails.c.item == as_id(item), mails.c.purpose == "release")
                    .order_by(mails.c.id)
                )
            ).all()
        return tuple(Sending(row.state, row.attempts, row.finished_at) for row in rows)

    async def _step(
        self,
        item: str,
        before: tuple[State, ...],
        after: State,
        who: str,
        note: str,
        notices: tuple[Outgoing, ...],
        outgoing: tuple[Outgoing, ...] = (),
    ) -> None:
        item = as_id(item)
        leaving = [await self._outbox.prepare(each) for each in outgoing]
        telling = [await self._outbox.prepare(each) for each in notices]
        async with self._core.database.write() as connection:
            await self._change(connection, item, before, after)
            if after == "held":  # from now on it waits for a reviewer
                now = self._core.clock()
                await connection.execute(update(items).where(items.c.id == item).values(held_at=now))
            await self._add(connection, leaving, item, "release")
            await self._add(connection, telling, item, "notice")
            await self._audit.append(connection, after, item, who, note=note)
        self._outbox.wake.set()
