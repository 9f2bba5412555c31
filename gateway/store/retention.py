"""
What is kept no longer than it may be (`[retention]`): a job that each gateway runs.

First the contents go, with everything that quotes them; later the record of the
item; last the audit trail's oldest entries, behind which the chain begins anew.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Delete, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import journal, sections
from gateway.mail.public import public
from gateway.policy.codec import encode_verdict
from gateway.policy.verdict import Verdict
from gateway.review.errors import StoreTrouble, Tampered
from gateway.store import bodies as contents
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.items import OPEN, Glance, open_verdict
from gateway.store.tables import (
    bodies,
    concerns,
    correspondents,
    escrow,
    exemptions,
    items,
    mails,
    pickups,
    sessions,
    tickets,
    tokens,
    told,
)

_BATCH = 200  # items in one transaction: nobody waits long for the write lock
_EVERY = timedelta(hours=1)
_OLD_NEWS = timedelta(days=60)
_UNDECIDED = (*OPEN, "releasing")
_ENDED = ("sent", "failed", "withdrawn")


class Retention:
    """Purges."""

    def __init__(self, core: Core, audit: Audit, section: sections.Retention) -> None:
        self._core = core
        self._audit = audit
        self._contents = timedelta(seconds=section.contents)
        self._records = timedelta(seconds=section.records)
        self._addresses = timedelta(seconds=section.addresses)
        self._trail = timedelta(seconds=section.audit)

    async def run(self, stop: asyncio.Event) -> None:
        """Purge now and every hour, until *stop* is set."""
        while not stop.is_set():
            try:
                gone = await self.purge()
                if any(gone.values()):
                    journal.event("purged", **gone)
            except StoreTrouble as fault:
                journal.trouble(public("the purge has to wait"), fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _EVERY.total_seconds())

    async def purge(self) -> dict[str, int]:
        """
        Delete what has been kept long enough; returns how much of what.

        Raises:
            StoreTrouble: a step failed; those before it are done.
        """
        now = self._core.clock()
        records = now - self._records
        return {
            "contents": await self._repeat(self._strip),
            "items": await self._repeat(self._forget),
            "mails": await self._all(
                delete(mails).where(
                    mails.c.state.in_(_ENDED), mails.c.finished_at < records, mails.c.item.is_(None)
                )
            ),
            "bodies": await self._all(
                delete(bodies).where(
                    ~exists().where(items.c.body == bodies.c.id), ~exists().where(mails.c.body == bodies.c.id)
                )
            ),
            "sessions": await self._all(delete(sessions).where(sessions.c.expires_at < now)),
            "tickets": await self._all(delete(tickets).where(tickets.c.expires_at < now)),
            "tokens": await self._all(delete(tokens).where(tokens.c.revoked_at < records)),
            "escrow": await self._all(delete(escrow).where(escrow.c.expires_at < now)),
            "pickups": await self._all(delete(pickups).where(pickups.c.expires_at < now)),
            "exemptions": await self._all(delete(exemptions).where(exemptions.c.expires_at < records)),
            "told": await self._all(delete(told).where(told.c.at < now - _OLD_NEWS)),
            "addresses": await self._all(
                delete(correspondents).where(correspondents.c.last_at < now - self._addresses)
            ),
            "concerns": await self._all(delete(concerns).where(concerns.c.at < now - self._trail)),
            "audit": await self._prune(now - self._trail),
        }

    async def _repeat(self, step: Callable[[AsyncConnection], Awaitable[int]]) -> int:
        total = 0
        while True:
            async with self._core.database.write() as connection:
                done = await step(connection)
            total += done
            if done < _BATCH:
                return total

    async def _all(self, statement: Delete) -> int:
        async with self._core.database.write() as connection:
            return (await connection.execute(statement)).rowcount

    async def _prune(self, before: datetime) -> int:
        async with self._core.database.write() as connection:
            return await self._audit.prune(connection, before)

    async def _strip(self, connection: AsyncConnection) -> int:
        """Take the message out of decided items, and what the findings quote of it."""
        vault = self._core.vault
        rows = (
            await connection.execute(
                select(items)
                .where(
                    items.c.state.not_in(_UNDECIDED),
                    items.c.body.is_not(None),
                    items.c.decided_at < self._core.clock() - self._contents,
                )
                .limit(_BATCH)
            )
        ).all()
        for row in rows:
            values: dict[str, bytes | None] = {"body": None}
            with suppress(Tampered):  # what cannot be opened goes all the same
                verdict = encode_verdict(_without_quotes(await open_verdict(self._core, row)))
                glance = msgspec.json.decode(vault.open(f"items/{row.id}/glance", row.glance), type=Glance)
                values |= {
                    "verdict": vault.seal(f"items/{row.id}/verdict", verdict),
                    "glance": vault.seal(
                        f"items/{row.id}/glance",
                        msgspec.json.encode(msgspec.structs.replace(glance, subject="")),
                    ),
                }
            await connection.execute(update(items).where(items.c.id == row.id).values(values))
            await contents.drop_unused(connection, row.body)
        return len(rows)

    async def _forget(self, connection: AsyncConnection) -> int:
        """Delete decided items, with the record of their mails."""
        ids = (
            await connection.scalars(
                select(items.c.id)
                .where(
                    items.c.state.not_in(_UNDECIDED),
                    items.c.decided_at < self._core.clock() - self._records,
                    ~exists().where(mails.c.item == items.c.id, mails.c.state.not_in(_ENDED)),
                )
                .limit(_BATCH)
            )
        ).all()
        await connection.execute(delete(mails).where(mails.c.item.in_(ids)))
        await connection.execute(delete(items).where(items.c.id.in_(ids)))
        return len(ids)


def _without_quotes(verdict: Verdict) -> Verdict:
    """The verdict with its rules and actions, and nothing of the message in it."""
    replace = msgspec.structs.replace
    return replace(
        verdict,
        judged=tuple(
            replace(each, finding=replace(each.finding, evidence=(), suggestion="", remedy=None))
            for each in verdict.judged
        ),
    )
