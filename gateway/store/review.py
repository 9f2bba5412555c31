"""
Decisions by people, under the rules of review (`gateway.review.rules`).

Some messages need two who agree to the same thing: the first agreement is kept, the
second lets it go. A decision can be taken back for a few seconds.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import journal, sections
from gateway.mail.account import Account
from gateway.mail.public import public
from gateway.remedy.outgoing import Outgoing
from gateway.review.errors import StoreTrouble, Tampered, WrongState
from gateway.review.held import Held, Item
from gateway.review.rules import LEAD, NotAllowed, Obstacle, obstacle
from gateway.store.accounts import Accounts
from gateway.store.agreements import Agreements
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.deputies import Deputies
from gateway.store.items import open_held, row_of
from gateway.store.outbox import Outbox
from gateway.store.quarantine import Quarantine
from gateway.store.tables import items

Progress = Literal["agreed", "releasing"]
_UNCHANGED = "unchanged"


class Review:
    """Lets those decide who may."""

    def __init__(
        self,
        core: Core,
        audit: Audit,
        outbox: Outbox,
        quarantine: Quarantine,
        people: Accounts,
        deputies: Deputies,
        section: sections.Review,
    ) -> None:
        self._core = core
        self._audit = audit
        self._outbox = outbox
        self._quarantine = quarantine
        self._agreements = Agreements(core, people)
        self._deputies = deputies
        self._section = section
        self._undo = timedelta(seconds=section.undo)
        self._escalate_after = timedelta(seconds=section.escalate_after)

    async def obstacle(self, item: Item, account: Account) -> Obstacle | None:
        """What stands against this account deciding on an item: for showing no button that is refused."""
        acting = await self._deputies.acting(account.name)
        return obstacle(account, acting, item.held, item.envelope)

    async def release(
        self, item: str, account: Account, note: str = "", *, after: Iterable[Outgoing] = ()
    ) -> Progress:
        """
        Send the message as it came, or where it needs two, agree to that.

        Raises:
            NotAllowed: this account may not decide on it.
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        found = await self._allowed(item, account)
        if not await self._enough(found, account, _UNCHANGED, note):
            return "agreed"
        await self._quarantine.release(found.held.id, account.name, note, after=after, delay=self._undo)
        return "releasing"

    async def send(
        self,
        item: str,
        account: Account,
        outgoing: Iterable[Outgoing],
        note: str = "",
        *,
        plan: str,
        after: Iterable[Outgoing] = (),
    ) -> Progress:
        """
        Send these in the message's place, or where it needs two, agree to that.

        *plan* says in at most 64 characters what was agreed to (a digest of the
        remedies): two who agreed to different things have not agreed.

        Raises:
            NotAllowed: this account may not decide on it.
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        found = await self._allowed(item, account)
        if not await self._enough(found, account, plan, note):
            return "agreed"
        await self._quarantine.send(
            found.held.id, account.name, outgoing, note, after=after, delay=self._undo
        )
        return "releasing"

    async def reject(self, item: str, account: Account, note: str = "", *notices: Outgoing) -> None:
        """
        It does not leave; *notices* tell its tutor.

        Raises:
            NotAllowed: this account may not decide on it.
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        found = await self._allowed(item, account)
        await self._quarantine.reject(found.held.id, account.name, note, *notices, delay=self._undo)

    async def undo(self, item: str, account: Account) -> None:
        """
        Take a decision back, within the seconds that `[review] undo` gives.

        Raises:
            NotAllowed: this account may not decide on it, or the time is over.
            NoSuchItem: there is none.
            WrongState: nothing was decided, or it has begun to leave.
        """
        found = await self._allowed(item, account)
        decided = found.held.decided_at
        if decided is not None and self._core.clock() - decided > self._undo:
            raise NotAllowed("late")
        await self._quarantine.undo(found.held.id, account.name)

    async def pass_on(self, item: str, account: Account, note: str = "", *notices: Outgoing) -> None:
        """
        Only the safeguarding lead decides on it from now on.

        Raises:
            NotAllowed: this account may not decide on it.
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        await self._reserve(item, account, note, reserved=True, what="passed_on", notices=notices)

    async def hand_back(self, item: str, account: Account, note: str = "") -> None:
        """
        Any reviewer may decide on it again: the lead's word.

        Raises:
            NotAllowed: this account is not the lead.
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        await self._reserve(item, account, note, reserved=False, what="handed_back", notices=())

    async def agreed(self, item: str) -> int:
        """How many have agreed to the plan that most agree to."""
        found = await self._quarantine.get(item)
        async with self._core.database.read() as connection:
            return max((await self._agreements.count(connection, found)).values(), default=0)

    async def watch(
        self,
        stop: asyncio.Event,
        write: Callable[[tuple[Held, ...]], Iterable[Outgoing]],
        every: float = 60.0,
    ) -> None:
        """`escalate` every minute until *stop* is set; a store in trouble only delays it."""
        while not stop.is_set():
            try:
                await self.escalate(write)
            except StoreTrouble as fault:
                journal.trouble(public("what waits too long could not be looked for"), fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    async def escalate(self, write: Callable[[tuple[Held, ...]], Iterable[Outgoing]]) -> int:
        """
        Bring what has waited too long to the lead's attention, each item once.

        *write* makes the mails for them; they are queued in the transaction that
        marks the items. Returns how many items there were.
        """
        limit = self._core.clock() - self._escalate_after
        async with self._core.database.write() as connection:
            rows = (
                await connection.execute(
                    select(items)
                    .where(items.c.state == "held", items.c.held_at <= limit, items.c.escalated_at.is_(None))
                    .order_by(items.c.held_at)
                    .limit(500)
                    .with_for_update(skip_locked=True)
                )
            ).all()
            if not rows:
                return 0
            readable = tuple(self._readable(rows))
            for mail in write(readable) if readable else ():
                await self._outbox.add(connection, await self._outbox.prepare(mail))
            await connection.execute(
                update(items)
                .where(items.c.id.in_([row.id for row in rows]))
                .values(escalated_at=self._core.clock())
            )
        self._outbox.wake.set()
        return len(rows)

    def _readable(self, rows: Iterable[Row[Any]]) -> Iterator[Held]:
        """Those that can be opened: a spoilt one must not keep the others from the lead."""
        for row in rows:
            try:
                yield open_held(self._core, row)
            except Tampered as fault:
                journal.trouble(public("a held message was changed or lost"), fault, row.id)

    async def _allowed(self, item: str, account: Account) -> Item:
        found = await self._quarantine.get(item)
        why = await self.obstacle(found, account)
        if why is not None:
            raise NotAllowed(why)
        return found

    async def _enough(self, item: Item, account: Account, plan: str, note: str) -> bool:
        """Keep that *account* agrees to *plan*; whether as many do as the item needs."""
        if item.held.people < 2:
            return True
        async with self._core.database.write() as connection:
            row = await self._still_held(connection, item.held.id)
            await self._agreements.keep(connection, row, account.name, plan)
            agree = await self._agreements.count(connection, item)
            await self._audit.append(connection, "agreed", row, account.name, note=note, plan=plan)
        return agree[plan] >= item.held.people

    async def _reserve(
        self,
        item: str,
        account: Account,
        note: str,
        *,
        reserved: bool,
        what: str,
        notices: Iterable[Outgoing],
    ) -> None:
        found = await self._allowed(item, account)
        if not reserved and LEAD not in await self._roles(account):
            raise NotAllowed("reserved")
        telling = [await self._outbox.prepare(each) for each in notices]
        async with self._core.database.write() as connection:
            row = await self._still_held(connection, found.held.id)
            severity = self._section.severity(found.held.rules, reserved=reserved)
            await connection.execute(
                update(items).where(items.c.id == row).values(reserved=reserved, severity=severity)
            )
            for mail in telling:
                await self._outbox.add(connection, mail)
            await self._audit.append(connection, what, row, account.name, note=note)
        self._outbox.wake.set()

    async def _roles(self, account: Account) -> frozenset[str]:
        return (await self._deputies.acting(account.name)).union(account.roles)

    async def _still_held(self, connection: AsyncConnection, item: str) -> str:
        """The item's row, locked for this transaction."""
        await connection.execute(select(items.c.id).where(items.c.id == item).with_for_update())
        row = await row_of(connection, item)
        if row.state != "held":
            raise WrongState(row.state)
        return str(row.id)
