"""
The audit trail: who did what, and when; append-only, each entry chained to the last.

A link is a keyed digest over the entry and the link before it, so that nobody
without the store's key can change, insert, drop or reorder entries unseen. What
names people (who, and why) is sealed; the link covers its digest, so that it can be
erased one day and the chain still holds.
"""

from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.review.held import Entry
from gateway.store.core import Core
from gateway.store.tables import audit

_CHAIN_LOCK = 0x43686169
_BEGIN = b"\x00" * 32
GATEWAY = "gateway"  # the actor where no person decided


class _Detail(msgspec.Struct, frozen=True):
    who: str
    detail: dict[str, str]


class Audit:
    """Writes entries inside the transaction of what they record, and reads them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def append(
        self, connection: AsyncConnection, what: str, subject: str, who: str, **detail: str
    ) -> int:
        """Add an entry to the transaction; returns its number."""
        if not self._core.database.sqlite:  # there the write lock orders the entries; here this does
            await connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": _CHAIN_LOCK})
        last = (
            await connection.execute(select(audit.c.seq, audit.c.link).order_by(audit.c.seq.desc()).limit(1))
        ).first()
        seq, before = (last.seq + 1, last.link) if last else (1, _BEGIN)
        vault = self._core.vault
        at = self._core.clock()
        actor = vault.blind(f"actor/{who}")
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

    async def about(self, subject: str) -> tuple[Entry, ...]:
        """Every entry on one subject (an item's id), oldest first."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(audit).where(audit.c.subject == subject).order_by(audit.c.seq)
                )
            ).all()
        return tuple(self._opened(row.seq, row.at, row.what, row.subject, row.detail) for row in rows)

    def _opened(self, seq: int, at: datetime, what: str, subject: str, sealed: bytes | None) -> Entry:
        known = _Detail("", {})
        if sealed is not None:
            known = msgspec.json.decode(self._core.vault.open(f"audit/{seq}", sealed), type=_Detail)
        return Entry(seq=seq, at=at, what=what, subject=subject, who=known.who, detail=known.detail)


def _linked(
    before: bytes, seq: int, at: datetime, what: str, subject: str, actor: str, digest: bytes
) -> bytes:
    """What a link is computed over: unambiguous, and the same on both engines."""
    return before + msgspec.json.encode([seq, at.isoformat(), what, subject, actor, digest.hex()])
