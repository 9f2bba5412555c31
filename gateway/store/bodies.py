"""The exact bytes of messages, sealed; held items and outgoing mails refer to them."""

import asyncio
from hashlib import sha256
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.core import Core
from gateway.store.errors import Tampered
from gateway.store.tables import bodies, items, mails

Row = dict[str, Any]


async def prepare(core: Core, raw: bytes) -> Row:
    """Seal a body, before the transaction that is to store it begins."""
    body = token_hex(16)
    digest = await asyncio.to_thread(sha256, raw)
    return {
        "id": body,
        "sealed": await core.seal(f"bodies/{body}", raw),
        "size": len(raw),
        "sha256": digest.hexdigest(),
        "created_at": core.clock(),
    }


async def put(connection: AsyncConnection, row: Row) -> str:
    """Store a prepared body; returns its id."""
    await connection.execute(insert(bodies), row)
    return str(row["id"])


async def load(core: Core, body: str | None) -> bytes:
    """
    The bytes as they came.

    Raises:
        Tampered: they were changed, or purged.
    """
    async with core.database.read() as connection:
        sealed = await connection.scalar(select(bodies.c.sealed).where(bodies.c.id == body))
    if sealed is None:
        raise Tampered
    return await core.open(f"bodies/{body}", sealed)


async def drop_unused(connection: AsyncConnection, body: str | None) -> None:
    """Delete a body that neither an item nor a mail refers to any more."""
    if body is not None:
        await connection.execute(
            delete(bodies).where(
                bodies.c.id == body,
                ~exists().where(items.c.body == body),
                ~exists().where(mails.c.body == body),
            )
        )
