"""
Who has agreed to a release that needs more than one person.

An agreement counts for as long as whoever gave it is a reviewer: not once their account was
closed or lost its role, or turned out to be the author's. One from before the message became
the safeguarding lead's alone stands, or there would have to be two leads.
"""

from collections import Counter, defaultdict

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.review.held import Item
from gateway.review.rules import obstacle
from gateway.store.accounts import Accounts
from gateway.store.core import Core
from gateway.store.tables import accounts, approvals, deputies


class Agreements:
    """Keeps and counts them, in the caller's transaction."""

    def __init__(self, core: Core, people: Accounts) -> None:
        self._core = core
        self._people = people

    async def keep(self, connection: AsyncConnection, item: str, name: str, plan: str) -> None:
        """The account of that name agrees to *plan*, and to nothing else any more."""
        actor = self._people.key(name)
        await connection.execute(
            delete(approvals).where(approvals.c.item == item, approvals.c.actor == actor)
        )
        await connection.execute(
            insert(approvals).values(item=item, actor=actor, plan=plan, at=self._core.clock())
        )

    async def count(self, connection: AsyncConnection, item: Item) -> Counter[str]:
        """How many agree, by plan."""
        now = self._core.clock()
        of_item = approvals.c.item == item.held.id
        rows = await connection.execute(
            select(approvals.c.actor, approvals.c.plan, accounts.c.profile)
            .join(accounts, accounts.c.key == approvals.c.actor)
            .where(of_item, accounts.c.disabled_at.is_(None))
        )
        lent = await connection.execute(
            select(deputies.c.account, deputies.c.role)
            .join(approvals, approvals.c.actor == deputies.c.account)
            .where(of_item, deputies.c.since <= now, deputies.c.until > now)
        )
        acting: defaultdict[str, set[str]] = defaultdict(set)
        for actor, role in lent:
            acting[actor].add(role)
        return Counter(
            plan
            for actor, plan, profile in rows
            if obstacle(
                self._people.profile(actor, profile), frozenset(acting[actor]), item.held, item.envelope
            )
            in (None, "reserved")
        )
