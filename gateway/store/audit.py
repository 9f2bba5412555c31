"""
The audit trail: who did what, and when; append-only, each entry chained to the last.

A link is a keyed digest over the entry and the link before it, so that nobody
without the store's key can change, insert, drop or reorder entries unseen; only
entries at the very end could be cut off, which is why `head` is worth noting down
elsewhere. What names people (who, and why) is sealed; the link covers its digest, so
that it can be erased and the chain still holds.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.review.held import Entry
from gateway.store.core import Core
from gateway.store.errors import Tampered
from gateway.store.tables import audit, meta

_CHAIN_LOCK = 0x43686169
_BEGIN = b"\x00" * 32
_PRUNED = "audit pruned"
_BATCH = 1_000
GATEWAY = "gateway"  # the actor where no person decided


class Head(msgspec.Struct, frozen=True):
    """The last entry's number and link: note it down elsewhere, and no cut goes unseen."""

    seq: int
    link: str


class Flaw(msgspec.Struct, frozen=True):
    """Where the chain does not hold, and in what way."""

    seq: int
    what: str


class _Detail(msgspec.Struct, frozen=True):
    who: str
    detail: dict[str, str]


class _Start(msgspec.Struct, frozen=True):
    """Where the chain begins, once its oldest entries have been purged."""

    seq: int
    link: bytes


class Audit:
    """Writes entries inside the transaction of what they record, reads them, and checks the chain."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def append(
        self, connection: AsyncConnection, what: str, subject: str, who: str, **detail: str
    ) -> int:
        """Add an entry to the transaction; returns its number."""
        await self._one_at_a_time(connection)
        last = (
            await connection.execute(select(audit.c.seq, audit.c.link).order_by(audit.c.seq.desc()).limit(1))
        ).first()
        if last is None:
            start = await self._start(connection)
            seq, before = start.seq + 1, start.link
        else:
            seq, before = last.seq + 1, last.link
        vault = self._core.vault
        at = self._core.clock()
        actor = self.actor_key(who)
        sealed = vault.seal(f"audit/{seq}", msgspec.json.encode(_Detail(who, detail)))
        digest = sha256(sealed).digest()
        await connection.execute(
            insert(audit),
            {
                "seq": seq,
                "at": at,
                "what": what,
                "subject": subject,
                "actor": actor,
                "detail": sealed,
                "digest": digest,
                "link": vault.chain(_linked(before, seq, at, what, subject, actor, digest)),
            },
        )
        return seq

    async def record(self, what: str, subject: str, who: str, **detail: str) -> int:
        """Add an entry in a transaction of its own."""
        async with self._core.database.write() as connection:
            return await self.append(connection, what, subject, who, **detail)

    def actor_key(self, who: str) -> str:
        """What the entries of one person are found by."""
        return self._core.vault.blind(f"actor/{who}")

    async def about(self, subject: str) -> tuple[Entry, ...]:
        """Every entry on one subject (an item's id), oldest first."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(audit).where(audit.c.subject == subject).order_by(audit.c.seq)
                )
            ).all()
        return tuple(map(self._opened, rows))

    async def entries(
        self, *, since: datetime | None = None, until: datetime | None = None, who: str = "", what: str = ""
    ) -> AsyncIterator[Entry]:
        """The entries of a time, of one person, of one kind: oldest first."""
        query = select(audit).order_by(audit.c.seq).limit(_BATCH)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        if who:
            query = query.where(audit.c.actor == self.actor_key(who))
        if what:
            query = query.where(audit.c.what == what)
        seen = 0
        while True:
            async with self._core.database.read() as connection:
                rows = (await connection.execute(query.where(audit.c.seq > seen))).all()
            for row in rows:
                yield self._opened(row)
            if len(rows) < _BATCH:
                return
            seen = rows[-1].seq

    async def page(
        self, *, what: tuple[str, ...] = (), who: str = "", before: int | None = None, limit: int = 100
    ) -> tuple[Entry, ...]:
        """The newest entries first: of these kinds, of this person, with numbers below *before*."""
        query = select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if what:
            query = query.where(audit.c.what.in_(what))
        if who:
            query = query.where(audit.c.actor == self.actor_key(who))
        if before is not None:
            query = query.where(audit.c.seq < before)
        async with self._core.database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(map(self._opened, rows))

    async def head(self) -> Head | None:
        """The end of the chain; None while nothing was recorded."""
        async with self._core.database.read() as connection:
            row = (
                await connection.execute(
                    select(audit.c.seq, audit.c.link).order_by(audit.c.seq.desc()).limit(1)
                )
            ).first()
        return None if row is None else Head(row.seq, row.link.hex())

    async def verify(self, noted: Head | None = None) -> tuple[Flaw, ...]:
        """
        Check every link; () where the chain holds, else what does not.

        *noted* is an earlier head: the chain must still lead through it.
        """
        flaws: list[Flaw] = []
        erased, allowed = set[int](), set[int]()
        async with self._core.database.read() as connection:
            start = await self._start(connection)
            seq, before = start.seq, start.link
            while True:
                rows = (
                    await connection.execute(
                        select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(_BATCH)
                    )
                ).all()
                for row in rows:
                    flaws += self._flaws(row, seq + 1, before, noted)
                    if row.detail is None:
                        erased.add(row.seq)
                    elif row.what == "details_erased":
                        allowed |= {int(each) for each in self._opened(row).detail["entries"].split()}
                    seq, before = row.seq, row.link
                if len(rows) < _BATCH:
                    break
        flaws += [Flaw(each, "its private half is missing without a record") for each in erased - allowed]
        if noted is not None and noted.seq > seq:
            flaws.append(Flaw(seq + 1, "entries at the end are missing"))
        return tuple(sorted(flaws, key=lambda flaw: flaw.seq))

    def _flaws(self, row: Row[Any], expected: int, before: bytes, noted: Head | None) -> list[Flaw]:
        found = []
        if row.seq != expected:
            found.append(Flaw(expected, "entries are missing"))
        link = self._core.vault.chain(
            _linked(before, row.seq, row.at, row.what, row.subject, row.actor, row.digest)
        )
        if link != row.link:
            found.append(Flaw(row.seq, "it was changed, or is not where it was"))
        if row.detail is not None and sha256(row.detail).digest() != row.digest:
            found.append(Flaw(row.seq, "its private half was changed"))
        if noted is not None and noted.seq == row.seq and noted.link != row.link.hex():
            found.append(Flaw(row.seq, "it is not the entry that was noted down"))
        return found

    async def erase(self, connection: AsyncConnection, subject: str, who: str) -> None:
        """Take out who and why of every entry on a subject, and record that."""
        found = (
            await connection.scalars(
                select(audit.c.seq).where(audit.c.subject == subject, audit.c.detail.is_not(None))
            )
        ).all()
        if found:
            await connection.execute(update(audit).where(audit.c.seq.in_(found)).values(detail=None))
            numbers = " ".join(map(str, found))
            await self.append(connection, "details_erased", subject, who, entries=numbers)

    async def prune(self, connection: AsyncConnection, before: datetime) -> int:
        """Delete the entries from before that time; the chain then begins behind them."""
        await self._one_at_a_time(connection)
        last = (
            await connection.execute(
                select(audit.c.seq, audit.c.link)
                .where(audit.c.at < before)
                .order_by(audit.c.seq.desc())
                .limit(1)
            )
        ).first()
        if last is None:
            return 0
        start = self._core.vault.seal(f"meta/{_PRUNED}", msgspec.json.encode(_Start(last.seq, last.link)))
        await connection.execute(delete(meta).where(meta.c.name == _PRUNED))
        await connection.execute(insert(meta).values(name=_PRUNED, value=start))
        gone = await connection.execute(delete(audit).where(audit.c.seq <= last.seq))
        return gone.rowcount

    async def _one_at_a_time(self, connection: AsyncConnection) -> None:
        """In SQLite the write lock orders the entries; in PostgreSQL this does."""
        if not self._core.database.sqlite:
            await connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": _CHAIN_LOCK})

    async def _start(self, connection: AsyncConnection) -> _Start:
        sealed = await connection.scalar(select(meta.c.value).where(meta.c.name == _PRUNED))
        if sealed is None:
            return _Start(0, _BEGIN)
        return msgspec.json.decode(self._core.vault.open(f"meta/{_PRUNED}", sealed), type=_Start)

    def _opened(self, row: Row[Any]) -> Entry:
        known = _Detail("", {})
        if row.detail is not None:
            try:
                plain = self._core.vault.open(f"audit/{row.seq}", row.detail)
                known = msgspec.json.decode(plain, type=_Detail)
            except Tampered:
                known = _Detail("", {"flaw": "changed"})  # `verify` says more
        return Entry(
            seq=row.seq, at=row.at, what=row.what, subject=row.subject, who=known.who, detail=known.detail
        )


def _linked(
    before: bytes, seq: int, at: datetime, what: str, subject: str, actor: str, digest: bytes
) -> bytes:
    """What a link is computed over: unambiguous, and the same on both engines."""
    return before + msgspec.json.encode([seq, at.isoformat(), what, subject, actor, digest.hex()])
