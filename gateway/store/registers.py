"""The register in force, kept whole and sealed under its version."""

import asyncio

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.register.codec import decode_people, encode_people
from gateway.register.model import People
from gateway.register.register import version_of
from gateway.store.audit import GATEWAY, Audit
from gateway.store.core import Core
from gateway.store.errors import RegisterChanged, Tampered
from gateway.store.tables import register

_THE_ONE = 1


class Registers:
    """Saves and loads the register. Each version replaces the one before: people leave it for good."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit

    async def save(
        self, people: People, *, source: str, replacing: str | None = None, who: str = GATEWAY
    ) -> str:
        """
        Make this the register in force; returns its version.

        Raises:
            RegisterChanged: the one in force is no longer *replacing*.
        """
        version, data = await asyncio.to_thread(lambda: (version_of(people), encode_people(people)))
        row = {
            "id": _THE_ONE,
            "version": version,
            "people": await self._core.seal(f"register/{version}", data),
            "saved_at": self._core.clock(),
        }
        async with self._core.database.write() as connection:
            if replacing is not None:
                await self._hold(connection, replacing)
            await connection.execute(delete(register))
            await connection.execute(insert(register), row)
            await self._audit.append(connection, "register_saved", version, who, source=source)
        return version

    @staticmethod
    async def _hold(connection: AsyncConnection, version: str) -> None:
        """Keep the row of that version for this transaction: whoever comes second finds it gone."""
        found = await connection.scalar(select(register.c.version).with_for_update())
        if found != version:
            raise RegisterChanged

    async def load(self) -> People | None:
        """
        The register in force, or None before the first import.

        Raises:
            Tampered: what is stored is no register.
        """
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(register))).first()
        if row is None:
            return None
        data = await self._core.open(f"register/{row.version}", row.people)
        try:
            return await asyncio.to_thread(decode_people, data)
        except ValueError:
            raise Tampered from None

    async def version(self) -> str | None:
        """The version in force; cheap enough to ask every second."""
        async with self._core.database.read() as connection:
            found = await connection.scalar(select(register.c.version))
        return None if found is None else str(found)
