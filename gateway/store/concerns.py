"""Reports of data breaches and of concerns about children: sealed, on record, and never changed."""

from secrets import token_hex

import msgspec
from sqlalchemy import insert, select

from gateway.mail.ids import as_id
from gateway.remedy.outgoing import Outgoing
from gateway.review.concern import Concern, Kind, Told
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.errors import NoSuchItem
from gateway.store.items import row_of
from gateway.store.outbox import Outbox
from gateway.store.tables import concerns


class Concerns:
    """Keeps them for as long as the audit trail, whatever becomes of the message."""

    def __init__(self, core: Core, audit: Audit, outbox: Outbox) -> None:
        self._core = core
        self._audit = audit
        self._outbox = outbox

    def new_id(self) -> str:
        """An id for a report that is about to be kept: its notice has a link to it."""
        return token_hex(8)

    async def keep(self, key: str, item: str, kind: Kind, told: Told, who: str, *notices: Outgoing) -> None:
        """
        Keep a report under a `new_id`, with its notices, in one transaction.

        The audit trail says who reported what kind of thing about which message, and no more.

        Raises:
            NoSuchItem: there is no such message.
        """
        telling = [await self._outbox.prepare(each) for each in notices]
        concern = Concern(id=key, item=as_id(item), kind=kind, by=who, at=self._core.clock(), told=told)
        sealed = self._core.vault.seal(f"concerns/{key}", msgspec.json.encode(concern))
        async with self._core.database.write() as connection:
            row = await row_of(connection, concern.item)
            await connection.execute(insert(concerns).values(id=key, item=row.id, at=concern.at, body=sealed))
            for mail in telling:
                await self._outbox.add(connection, mail)
            await self._audit.append(connection, "reported", row.id, who, kind=kind, report=key)
        self._outbox.wake.set()

    async def get(self, key: str) -> Concern:
        """
        One report.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.read() as connection:
            sealed = await connection.scalar(select(concerns.c.body).where(concerns.c.id == key))
        if sealed is None:
            raise NoSuchItem
        return self._open(key, sealed)

    async def about(self, item: str) -> tuple[Concern, ...]:
        """Every report about a message, the oldest first."""
        query = select(concerns).where(concerns.c.item == as_id(item)).order_by(concerns.c.at, concerns.c.id)
        async with self._core.database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(self._open(row.id, row.body) for row in rows)

    def _open(self, key: str, sealed: bytes) -> Concern:
        return msgspec.json.decode(self._core.vault.open(f"concerns/{key}", sealed), type=Concern)
