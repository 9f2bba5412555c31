"""Exemptions: proposed by one, tried against the past, approved by another, and never for ever."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update

from gateway.mail.ids import new_id
from gateway.policy.exemption import Exemption, Scope, exempted
from gateway.policy.verdict import Action
from gateway.review.errors import NoSuchItem, StoreTrouble, Tampered, WrongState
from gateway.review.exemptions import ExemptionState, Proposal, SamePerson, TooWide, Trial
from gateway.review.held import Held
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.items import has_rule, open_envelope, open_held, open_verdict
from gateway.store.tables import exemptions, items


class _Sealed(msgspec.Struct, frozen=True):
    scope: Scope
    reason: str
    by: str
    decided_by: str = ""


class Exemptions:
    """Keeps proposals and what became of them."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit

    async def propose(self, scope: Scope, lifetime: timedelta, who: str, reason: str) -> str:
        """
        Ask for an exemption; it does nothing until somebody else approves it. Returns its id.

        Raises:
            TooWide: the scope names nothing but a rule.
        """
        if not scope.narrow:
            raise TooWide
        proposal, now = new_id(), self._core.clock()
        async with self._core.database.write() as connection:
            await connection.execute(
                insert(exemptions).values(
                    id=proposal,
                    state="proposed",
                    rule=scope.rule,
                    sealed=self._seal(proposal, _Sealed(scope, reason, who)),
                    proposed_at=now,
                    expires_at=now + lifetime,
                )
            )
            await self._audit.append(connection, "exemption_proposed", proposal, who, reason=reason)
        return proposal

    async def approve(self, proposal: str, who: str, reason: str = "") -> None:
        """
        Let it take effect.

        Raises:
            NoSuchItem: there is none.
            SamePerson: *who* proposed it.
            WrongState: it was decided on before.
        """
        await self._decide(proposal, ("proposed",), "approved", who, reason)

    async def refuse(self, proposal: str, who: str, reason: str = "") -> None:
        """
        It does not take effect.

        Raises:
            NoSuchItem: there is none.
            WrongState: it was decided on before.
        """
        await self._decide(proposal, ("proposed",), "refused", who, reason)

    async def revoke(self, proposal: str, who: str, reason: str = "") -> None:
        """
        It has no effect any more.

        Raises:
            NoSuchItem: there is none.
            WrongState: it is not in effect.
        """
        await self._decide(proposal, ("approved",), "revoked", who, reason)

    async def list(self, states: Iterable[ExemptionState] = ("proposed", "approved")) -> tuple[Proposal, ...]:
        """Exemptions in those states that have not expired, the newest first."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(exemptions)
                    .where(
                        exemptions.c.state.in_(tuple(states)), exemptions.c.expires_at > self._core.clock()
                    )
                    .order_by(exemptions.c.proposed_at.desc())
                )
            ).all()
        return tuple(map(self._opened, rows))

    async def in_force(self) -> tuple[Exemption, ...]:
        """What messages are judged by."""
        return tuple(
            Exemption(id=each.id, scope=each.scope, expires_at=each.expires_at)
            for each in await self.list(("approved",))
        )

    async def version(self) -> str:
        """Changes whenever `in_force` does, but for mere expiry; cheap enough to ask every second."""
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(func.count(), func.max(exemptions.c.decided_at)))).one()
        return f"{row[0]}-{row[1]}"

    async def watch(
        self, stop: asyncio.Event, put: Callable[[tuple[Exemption, ...]], None], every: float = 2.0
    ) -> None:
        """
        Hand over what is in force, and again whenever it changes, until *stop* is set.

        A store in trouble changes nothing: each exemption carries its own end.
        """
        known = ""
        while not stop.is_set():
            with suppress(StoreTrouble):
                version = await self.version()
                if version != known:
                    put(await self.in_force())
                    known = version
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    async def trial(self, scope: Scope, days: int = 90, limit: int = 2000) -> Trial:
        """What it would have done to the items of the last days, purged ones left out."""
        since = self._core.clock() - timedelta(days=days)
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(items)
                    .where(has_rule(scope.rule), items.c.held_at >= since, items.c.body.is_not(None))
                    .order_by(items.c.held_at.desc())
                    .limit(limit)
                )
            ).all()
        through, others = list[Held](), list[Held]()
        for row in rows:
            try:
                envelope, verdict = open_envelope(self._core, row), await open_verdict(self._core, row)
            except Tampered:
                continue
            if not any(scope.covers(each.finding, envelope) for each in verdict.judged):
                continue
            trial = Exemption(id=row.id, scope=scope, expires_at=envelope.received_at + timedelta(days=1))
            after = exempted(verdict, (trial,), envelope)
            (through if after.action is Action.DELIVER else others).append(open_held(self._core, row))
        return Trial(tuple(through), tuple(others))

    async def _decide(
        self,
        proposal: str,
        before: tuple[ExemptionState, ...],
        after: ExemptionState,
        who: str,
        reason: str,
    ) -> None:
        async with self._core.database.write() as connection:
            row = (
                await connection.execute(
                    select(exemptions).where(exemptions.c.id == proposal).with_for_update()
                )
            ).first()
            if row is None:
                raise NoSuchItem
            if row.state not in before:
                raise WrongState(row.state)
            known = self._opened(row)
            if after == "approved" and known.by == who:
                raise SamePerson
            sealed = _Sealed(known.scope, known.reason, known.by, who)
            await connection.execute(
                update(exemptions)
                .where(exemptions.c.id == proposal)
                .values(state=after, decided_at=self._core.clock(), sealed=self._seal(proposal, sealed))
            )
            await self._audit.append(connection, f"exemption_{after}", proposal, who, reason=reason)

    def _seal(self, proposal: str, sealed: _Sealed) -> bytes:
        return self._core.vault.seal(f"exemptions/{proposal}", msgspec.json.encode(sealed))

    def _opened(self, row: Row[Any]) -> Proposal:
        plain = self._core.vault.open(f"exemptions/{row.id}", row.sealed)
        known = msgspec.json.decode(plain, type=_Sealed)
        return Proposal(
            id=row.id,
            state=row.state,
            scope=known.scope,
            reason=known.reason,
            by=known.by,
            proposed_at=row.proposed_at,
            expires_at=row.expires_at,
            decided_by=known.decided_by,
            decided_at=row.decided_at,
        )
