"""Tokens that work once: an invitation, the first administrator's link."""

import secrets
from datetime import timedelta

from sqlalchemy import insert, select, update

from gateway.review.session import Ticket, TicketSpent
from gateway.store.core import Core
from gateway.store.tables import tickets


class Tickets:
    """Issues tokens; looking at one changes nothing, using it works once."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def issue(self, purpose: str, subject: str, lifetime: timedelta, data: bytes = b"") -> str:
        """A token of 256 bits; the store keeps only its digest, and *data* sealed."""
        token = secrets.token_urlsafe(32)
        key, now = self._key(purpose, token), self._core.clock()
        async with self._core.database.write() as connection:
            await connection.execute(
                insert(tickets).values(
                    key=key,
                    purpose=purpose,
                    subject=subject,
                    data=self._core.vault.seal(f"tickets/{key}", data),
                    issued_at=now,
                    expires_at=now + lifetime,
                )
            )
        return token

    async def look(self, token: str, purpose: str) -> Ticket | None:
        """What a token stands for, used or expired ones too; None where there never was one."""
        key = self._key(purpose, token)
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(tickets).where(tickets.c.key == key))).first()
        if row is None:
            return None
        return Ticket(
            purpose=row.purpose,
            subject=row.subject,
            data=self._core.vault.open(f"tickets/{key}", row.data),
            expires_at=row.expires_at,
            used_at=row.used_at,
            valid=row.used_at is None and self._core.clock() < row.expires_at,
        )

    async def use(self, token: str, purpose: str) -> Ticket:
        """
        Use a token up.

        Raises:
            TicketSpent: it was used, has expired, or never was.
        """
        key, now = self._key(purpose, token), self._core.clock()
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(tickets)
                .where(tickets.c.key == key, tickets.c.used_at.is_(None), tickets.c.expires_at > now)
                .values(used_at=now)
            )
        found = await self.look(token, purpose) if changed.rowcount else None
        if found is None:
            raise TicketSpent
        return found

    def _key(self, purpose: str, token: str) -> str:
        return self._core.vault.blind(f"ticket/{purpose}/{token}")
