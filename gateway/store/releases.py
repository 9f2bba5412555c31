"""A held message whose release is under way: what becomes of it when the relay has answered."""

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.remedy.outgoing import Delivery
from gateway.store.audit import GATEWAY, Audit
from gateway.store.core import Core
from gateway.store.outbox import Outbox
from gateway.store.tables import items, mails


class Releases:
    """Follows the mails that left in an item's name."""

    def __init__(self, core: Core, audit: Audit, outbox: Outbox) -> None:
        self._core = core
        self._audit = audit
        self._outbox = outbox

    async def follow(self, connection: AsyncConnection, item: str, delivery: Delivery) -> None:
        """An item is released when its mail was taken, and open again when all of it was refused."""
        row = (
            await connection.execute(select(items.c.state, items.c.before).where(items.c.id == item))
        ).one()
        if row.state != "releasing":
            return
        states = set(
            await connection.scalars(
                select(mails.c.state).where(mails.c.item == item, mails.c.purpose == "release").distinct()
            )
        )
        answer = self._core.vault.seal(f"items/{item}/answer", msgspec.json.encode(delivery))
        after = "releasing"
        if states.isdisjoint(("waiting", "ready", "sending")):
            after = "released" if "sent" in states else row.before or "held"
        await connection.execute(update(items).where(items.c.id == item).values(state=after, answer=answer))
        if after == "releasing":
            return
        what = "released" if after == "released" else "refused"
        await self._audit.append(connection, what, item, GATEWAY, reply=delivery.reply.wire())
        parked = (
            await connection.execute(
                select(mails.c.id, mails.c.body).where(mails.c.item == item, mails.c.state == "parked")
            )
        ).all()
        for each in parked:
            if after == "released":
                await connection.execute(
                    update(mails)
                    .where(mails.c.id == each.id)
                    .values(state="ready", due_at=self._core.clock())
                )
            else:
                await self._outbox.finish(connection, each.id, "withdrawn", each.body)
