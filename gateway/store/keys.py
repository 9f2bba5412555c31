"""Recipients' keys that were put in by hand: certificates and OpenPGP keys, sealed."""

from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import delete, insert, select

from gateway.review.errors import NoSuchItem
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.tables import keys


class Stored(msgspec.Struct, frozen=True):
    """One file as it was given: its *name* (whose ending tells the kind) and contents."""

    id: str
    name: str
    data: bytes
    added_at: datetime


class _Detail(msgspec.Struct, frozen=True):
    name: str
    data: bytes


class StoredKeys:
    """Keeps them. Whether one may be used is decided when it is."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit

    async def add(self, name: str, data: bytes, who: str) -> str:
        """Keep a file; returns its id, the same for the same contents."""
        key = sha256(data).hexdigest()[:16]
        sealed = self._core.vault.seal(f"keys/{key}", msgspec.msgpack.encode(_Detail(name, data)))
        async with self._core.database.write() as connection:
            await connection.execute(delete(keys).where(keys.c.id == key))
            await connection.execute(insert(keys).values(id=key, sealed=sealed, added_at=self._core.clock()))
            await self._audit.append(connection, "key_added", key, who)
        return key

    async def remove(self, key: str, who: str) -> None:
        """
        Keep it no longer.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.write() as connection:
            gone = await connection.execute(delete(keys).where(keys.c.id == key))
            if not gone.rowcount:
                raise NoSuchItem
            await self._audit.append(connection, "key_removed", key, who)

    async def list(self) -> tuple[Stored, ...]:
        """All of them, the oldest first."""
        async with self._core.database.read() as connection:
            rows = (await connection.execute(select(keys).order_by(keys.c.added_at, keys.c.id))).all()
        found = []
        for row in rows:
            opened = self._core.vault.open(f"keys/{row.id}", row.sealed)
            detail = msgspec.msgpack.decode(opened, type=_Detail)
            found.append(Stored(row.id, detail.name, detail.data, row.added_at))
        return tuple(found)
