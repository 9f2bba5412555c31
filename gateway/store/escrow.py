"""Passphrases of protected messages, kept for a while for those who lose them; every look is on record."""

from datetime import timedelta

from sqlalchemy import delete, insert, select

from gateway import sections
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem
from gateway.store.about import About, seal_about
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.items import tutor_key
from gateway.store.tables import escrow
from gateway.store.tutors import messages_of_tutor


class Escrow:
    """Keeps passphrases sealed, by the id of the message that they open."""

    def __init__(self, core: Core, audit: Audit, retention: sections.Retention) -> None:
        self._core = core
        self._audit = audit
        self._lifetime = timedelta(seconds=retention.passphrases)

    async def keep(self, message: str, tutor: str, passphrase: str, about: About | None = None) -> None:
        """
        Keep the passphrase of a message (its queue id); a later one takes the place of the first.

        *about* is for erasures; a message that is held needs none.
        """
        vault, now = self._core.vault, self._core.clock()
        async with self._core.database.write() as connection:
            await connection.execute(delete(escrow).where(escrow.c.id == message))
            await connection.execute(
                insert(escrow).values(
                    id=message,
                    tutor=tutor_key(vault, tutor),
                    sealed=vault.seal(f"escrow/{message}", passphrase.encode()),
                    kept_at=now,
                    expires_at=now + self._lifetime,
                    about=seal_about(vault, message, about),
                )
            )

    async def look(self, message: str, who: str, reason: str) -> str:
        """
        The passphrase; that *who* looked, and why, is on record before.

        Raises:
            NoSuchItem: none is kept for that message, or not any more.
        """
        message = as_id(message)
        async with self._core.database.write() as connection:
            sealed = await connection.scalar(
                select(escrow.c.sealed).where(
                    escrow.c.id == message, escrow.c.expires_at > self._core.clock()
                )
            )
            if sealed is None:
                raise NoSuchItem
            await self._audit.append(connection, "passphrase_shown", message, who, reason=reason)
        return self._core.vault.open(f"escrow/{message}", sealed).decode()

    async def has(self, message: str) -> bool:
        """Whether a passphrase is kept for that message."""
        query = select(escrow.c.id).where(
            escrow.c.id == as_id(message), escrow.c.expires_at > self._core.clock()
        )
        async with self._core.database.read() as connection:
            return await connection.scalar(query) is not None

    async def of_tutor(self, tutor: str) -> tuple[str, ...]:
        """The messages of one tutor whose passphrases are kept, the newest first."""
        return await messages_of_tutor(self._core, tutor, escrow.c.id)
