"""What is kept for a while on behalf of one tutor, by the message that it came with."""

from typing import Any

from sqlalchemy import Column, select

from gateway.store.core import Core
from gateway.store.items import tutor_key


async def messages_of_tutor(core: Core, tutor: str, message: Column[Any]) -> tuple[str, ...]:
    """The messages (in that column) of which something of the tutor's is kept still, the newest first."""
    table = message.table
    async with core.database.read() as connection:
        found = await connection.scalars(
            select(message)
            .where(table.c.tutor == tutor_key(core.vault, tutor), table.c.expires_at > core.clock())
            .order_by(table.c.kept_at.desc())
        )
        return tuple(dict.fromkeys(found))
