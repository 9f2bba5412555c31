"""Who stands in for whom, and when."""

from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from gateway.mail.ids import new_id
from gateway.review.errors import NoSuchItem
from gateway.review.rules import Deputy
from gateway.store.accounts import Accounts
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.tables import deputies


class _Names(msgspec.Struct, frozen=True):
    name: str
    by: str


class Deputies:
    """Gives somebody a role for a time; it ends by itself."""

    def __init__(self, core: Core, audit: Audit, people: Accounts) -> None:
        self._core = core
        self._audit = audit
        self._people = people

    async def appoint(self, name: str, role: str, since: datetime, until: datetime, who: str) -> str:
        """Let an account act in a role between two moments; returns the appointment's id."""
        appointment = new_id()
        names = msgspec.json.encode(_Names(name, who))
        async with self._core.database.write() as connection:
            await connection.execute(
                insert(deputies).values(
                    id=appointment,
                    role=role,
                    account=self._people.key(name),
                    sealed=self._core.vault.seal(f"deputies/{appointment}", names),
                    since=since,
                    until=until,
                )
            )
            await self._audit.append(connection, "deputy_appointed", appointment, who, name=name, role=role)
        return appointment

    async def acting(self, name: str) -> frozenset[str]:
        """The roles that an account has at this moment because somebody is away."""
        now = self._core.clock()
        async with self._core.database.read() as connection:
            found = await connection.scalars(
                select(deputies.c.role).where(
                    deputies.c.account == self._people.key(name),
                    deputies.c.since <= now,
                    deputies.c.until > now,
                )
            )
            return frozenset(found)

    async def list(self) -> tuple[Deputy, ...]:
        """Every appointment that has not ended, by its beginning."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(deputies).where(deputies.c.until > self._core.clock()).order_by(deputies.c.since)
                )
            ).all()
        opened = []
        for row in rows:
            names = msgspec.json.decode(self._core.vault.open(f"deputies/{row.id}", row.sealed), type=_Names)
            opened.append(
                Deputy(
                    id=row.id, role=row.role, name=names.name, by=names.by, since=row.since, until=row.until
                )
            )
        return tuple(opened)

    async def end(self, appointment: str, who: str) -> None:
        """
        They stand in no longer.

        Raises:
            NoSuchItem: there is no such appointment.
        """
        async with self._core.database.write() as connection:
            gone = await connection.execute(delete(deputies).where(deputies.c.id == appointment))
            if gone.rowcount == 0:
                raise NoSuchItem
            await self._audit.append(connection, "deputy_ended", appointment, who)
