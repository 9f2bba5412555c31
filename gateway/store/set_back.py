"""The outbox after the clock was set back."""

from datetime import timedelta

from sqlalchemy import or_, select, update

from gateway.store.core import Core
from gateway.store.leases import LAST_RETRY, LEASE
from gateway.store.tables import mails

_SLACK = timedelta(minutes=1)  # by which the clocks of several machines may differ


async def rectify(core: Core) -> None:
    """
    Bring moments back that this clock cannot have given: it was ahead of the true time, and is right again.

    Mail would lie still otherwise until the clock is there once more. What waits
    for another try is due now; what waits on purpose does so for as long as was
    meant; a lease is as long as any, since whoever holds it renews it by the new clock.
    """
    now = core.clock()
    ahead = now + _SLACK
    late = or_(mails.c.created_at > ahead, mails.c.due_at > ahead + LAST_RETRY)
    async with core.database.write() as connection:
        await connection.execute(update(mails).where(mails.c.state == "ready", late).values(due_at=now))
        waiting = await connection.execute(
            select(mails.c.id, mails.c.created_at, mails.c.due_at).where(
                mails.c.state == "waiting", mails.c.created_at > ahead
            )
        )
        for row in waiting.all():
            await connection.execute(
                update(mails).where(mails.c.id == row.id).values(due_at=now + (row.due_at - row.created_at))
            )
        await connection.execute(
            update(mails)
            .where(mails.c.state == "sending", mails.c.claimed_until > ahead + LEASE)
            .values(claimed_until=now + LEASE)
        )
        await connection.execute(
            update(mails)
            .where(mails.c.finished_at.is_(None), mails.c.created_at > ahead)
            .values(created_at=now)
        )
