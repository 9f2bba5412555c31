"""
Kept messages: taken in whole and sealed, and shown to whom they concern.

What becomes of them is in `decisions`.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, get_args

import msgspec
from sqlalchemy import ColumnElement, Select, func, insert, select

from gateway import sections
from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.ids import as_id, new_id
from gateway.policy.codec import encode_verdict
from gateway.policy.verdict import Verdict
from gateway.remedy.outgoing import Outgoing
from gateway.review.held import Filter, Held, Item, Order, State
from gateway.store import bodies
from gateway.store.audit import GATEWAY, Audit
from gateway.store.core import Core
from gateway.store.decisions import Decisions
from gateway.store.errors import Tampered
from gateway.store.items import (
    Glance,
    glimpse,
    has_rule,
    marks_of,
    open_envelope,
    open_held,
    open_verdict,
    person_key,
    row_of,
    subject_of,
    tutor_key,
    tutor_of,
)
from gateway.store.outbox import Outbox
from gateway.store.tables import item_people, items, mails

_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "serious": (items.c.severity.desc(), items.c.held_at, items.c.id),
    "oldest": (items.c.held_at, items.c.id),
    "newest": (items.c.held_at.desc(), items.c.id),
}


class Quarantine(Decisions):
    """Keeps messages and shows them; what becomes of them is the other half."""

    def __init__(
        self, core: Core, audit: Audit, outbox: Outbox, review: sections.Review, retention: sections.Retention
    ) -> None:
        super().__init__(core, audit, outbox)
        self._review = review
        self._undecided = timedelta(seconds=retention.undecided)

    async def hold(
        self,
        raw: bytes,
        envelope: Envelope,
        verdict: Verdict,
        *notices: Outgoing,
        expires_at: datetime | None = None,
    ) -> str:
        """
        Keep a message for review and queue its notices in one transaction.

        Returns its id, which is the envelope's queue id where it has one. What is
        open at *expires_at* is not sent any more; without one, the longest time of
        `[retention]` holds.

        Raises:
            StoreTrouble: nothing was kept.
        """
        until = expires_at or self._core.clock() + self._undecided
        return await self._take("held", raw, envelope, verdict, notices, until)

    async def keep(
        self, raw: bytes, envelope: Envelope, verdict: Verdict, *notices: Outgoing, expires_at: datetime
    ) -> str:
        """
        Keep a refused message for as long as its tutor may put it right; returns its id.

        Raises:
            StoreTrouble: nothing was kept.
        """
        return await self._take("waiting", raw, envelope, verdict, notices, expires_at)

    async def _take(
        self,
        state: State,
        raw: bytes,
        envelope: Envelope,
        verdict: Verdict,
        notices: Iterable[Outgoing],
        expires_at: datetime,
    ) -> str:
        item = as_id(envelope.queue_id) or new_id()
        vault = self._core.vault
        body = await bodies.prepare(self._core, raw)
        prepared = [await self._outbox.prepare(each) for each in notices]
        marks = await asyncio.to_thread(marks_of, vault, raw, envelope)
        glance = Glance(tutor_of(envelope), subject_of(raw))
        rules = verdict.rules
        row = {
            "id": item,
            "state": state,
            "action": verdict.action.word,
            "rules": " ".join(rules)[:1000],
            "tutor": tutor_key(vault, glance.tutor),
            "body": body["id"],
            "envelope": vault.seal(f"items/{item}/envelope", msgspec.json.encode(envelope)),
            "verdict": await self._core.seal(f"items/{item}/verdict", encode_verdict(verdict)),
            "glance": vault.seal(f"items/{item}/glance", msgspec.json.encode(glance)),
            "recipients": len(envelope.recipients),
            "size": len(raw),
            "sha256": body["sha256"],
            "policy_version": verdict.policy_version,
            "register_version": verdict.register_version,
            "received_at": envelope.received_at,
            "held_at": self._core.clock(),
            "expires_at": expires_at,
            "reserved": not self._review.reserved.isdisjoint(rules),
            "people": 1 if self._review.two_people.isdisjoint(rules) else 2,
            "severity": self._review.severity(rules),
            "same_id": marks.same_id,
            "same_text": marks.same_text,
        }
        about = {person for each in verdict.judged for person in each.finding.about}
        async with self._core.database.write() as connection:
            await bodies.put(connection, body)
            await connection.execute(insert(items), row)
            if about:
                people = [{"item": item, "person": person_key(vault, each)} for each in sorted(about)]
                await connection.execute(insert(item_people), people)
            for mail in prepared:
                await self._outbox.add(connection, mail)
            await self._audit.append(connection, state, item, GATEWAY)
        self._core.open_tutors.add(row["tutor"])
        self._outbox.wake.set()
        return item

    async def list(
        self, states: Iterable[State] = ("held", "releasing"), limit: int = 1000, offset: int = 0
    ) -> tuple[Held, ...]:
        """Items in those states, the oldest first."""
        return (await self.page(Filter(states=tuple(states)), limit, offset))[0]

    async def page(self, wanted: Filter, limit: int = 50, offset: int = 0) -> tuple[tuple[Held, ...], int]:
        """One page of the items that *wanted* describes, and how many there are in all."""
        order = _ORDERS[wanted.order]
        # Counted and put in order within the index; only the page's own rows are read.
        found = self._matching(select(items.c.id), wanted).order_by(*order).limit(limit).offset(offset)
        async with self._core.database.read() as connection:
            count = await connection.scalar(self._matching(select(func.count()).select_from(items), wanted))
            ids = (await connection.scalars(found)).all()
            rows = (await connection.execute(select(items).where(items.c.id.in_(ids)).order_by(*order))).all()
        return tuple(glimpse(self._core, row) for row in rows), count or 0

    def _matching(self, query: Select[Any], wanted: Filter) -> Select[Any]:
        vault = self._core.vault
        query = query.where(items.c.state.in_(wanted.states))
        if wanted.rule:
            query = query.where(has_rule(wanted.rule))
        if wanted.tutor:
            query = query.where(items.c.tutor == tutor_key(vault, wanted.tutor))
        if wanted.person:
            about = select(item_people.c.item).where(item_people.c.person == person_key(vault, wanted.person))
            query = query.where(items.c.id.in_(about))
        if wanted.reserved is not None:
            query = query.where(items.c.reserved == wanted.reserved)
        return query

    async def look(self, item: str, who: str, reason: str) -> Item:
        """
        Everything about an item; that *who* looked, and why, is on record before.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.write() as connection:
            row = await row_of(connection, as_id(item))
            await self._audit.append(connection, "opened", row.id, who, reason=reason)
        return await self.get(item)

    async def get(self, item: str) -> Item:
        """
        Everything about an item, for the gateway's own use; people go through `look`.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.read() as connection:
            row = await row_of(connection, as_id(item))
        return Item(
            held=open_held(self._core, row),
            envelope=open_envelope(self._core, row),
            verdict=await open_verdict(self._core, row),
            history=await self._audit.about(row.id),
        )

    async def raw(self, item: str) -> bytes:
        """
        The message as it came. Whoever shows it has called `look` before.

        Raises:
            NoSuchItem: there is none.
            Tampered: the bytes were changed, or purged.
        """
        async with self._core.database.read() as connection:
            row = await row_of(connection, as_id(item))
        return await bodies.load(self._core, row.body)

    async def ids(self, person: str = "", tutor: str = "") -> tuple[str, ...]:
        """Every item about a person of the register (by id), or of a tutor, in any state."""
        wanted = Filter(states=get_args(State), person=person, tutor=tutor)
        query = self._matching(select(items.c.id), wanted).order_by(items.c.held_at)
        async with self._core.database.read() as connection:
            return tuple((await connection.scalars(query)).all())

    async def envelopes(self, ids: Iterable[str]) -> dict[str, Envelope]:
        """The envelopes of these items, by id, in one query; none for those that were changed or lost."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(items.c.id, items.c.envelope).where(items.c.id.in_(tuple(map(as_id, ids))))
                )
            ).all()
        found = {}
        for row in rows:
            with suppress(Tampered):  # `page` has told of it
                found[row.id] = open_envelope(self._core, row)
        return found

    async def states(self, ids: Iterable[str]) -> dict[str, State]:
        """What has become of these items, by id: cheap to ask again and again."""
        async with self._core.database.read() as connection:
            rows = await connection.execute(
                select(items.c.id, items.c.state).where(items.c.id.in_(tuple(map(as_id, ids))))
            )
            return {row.id: row.state for row in rows}

    async def within(self, since: datetime, until: datetime) -> tuple[Held, ...]:
        """Every item that came in within that time, whatever became of it: for reports."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(items).where(items.c.held_at >= since, items.c.held_at < until)
                )
            ).all()
        return tuple(glimpse(self._core, row) for row in rows)

    async def progress(self, item: str) -> tuple[Held, int]:
        """
        An item, and how often the relay was tried for its latest release.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.read() as connection:
            row = await row_of(connection, as_id(item))
            tried = await connection.scalar(
                select(mails.c.attempts)
                .where(mails.c.item == row.id, mails.c.purpose == "release")
                .order_by(mails.c.id.desc())
                .limit(1)
            )
        return open_held(self._core, row), tried or 0

    async def released(self, raw: bytes, envelope: Envelope) -> str | None:
        """
        The item under which this very message was released before, if it was.

        The same bytes from the same tutor to nobody whom that release did not
        cover: such a message is not to be caught again.
        """
        digest = await asyncio.to_thread(lambda: sha256(raw).hexdigest())
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(items).where(
                        items.c.sha256 == digest,
                        items.c.state.in_(("releasing", "released")),
                        items.c.tutor == tutor_key(self._core.vault, tutor_of(envelope)),
                    )
                )
            ).all()
        wanted = set(map(canonical, envelope.rcpt_to))
        for row in rows:
            before = open_envelope(self._core, row)
            if before.mail_from == envelope.mail_from and wanted <= set(map(canonical, before.rcpt_to)):
                return str(row.id)
        return None
