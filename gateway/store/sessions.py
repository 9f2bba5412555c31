"""
Who is signed in, kept so that every node knows and anybody's session can be ended.

A session ends by itself after a while without use, after its longest time, and at
once when its account is disabled or gets another password or other roles.
"""

import secrets
from datetime import timedelta

import msgspec
from sqlalchemy import delete, insert, select, update

from gateway.mail.account import Account
from gateway.review.session import Session
from gateway.sections import Web
from gateway.store.accounts import Accounts
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.tables import accounts, sessions

_NOTED_EVERY = timedelta(minutes=1)  # how exactly the last use is kept: not a write for every click


class _Detail(msgspec.Struct, frozen=True):
    peer: str
    version: int


class Sessions:
    """Begins, finds and ends sessions. The browser's secret is kept only as a digest."""

    def __init__(self, core: Core, audit: Audit, people: Accounts, web: Web) -> None:
        self._core = core
        self._audit = audit
        self._people = people
        self._idle = timedelta(seconds=web.session_idle)
        self._longest = timedelta(seconds=web.session_longest)

    async def begin(self, account: Account, *, peer: str) -> str:
        """Sign somebody in; returns the secret."""
        token = secrets.token_urlsafe(32)
        key, now = self._key(token), self._core.clock()
        who = self._people.key(account.name)
        async with self._core.database.write() as connection:
            version = await connection.scalar(select(accounts.c.version).where(accounts.c.key == who))
            detail = msgspec.json.encode(_Detail(peer, version or 0))
            await connection.execute(
                insert(sessions).values(
                    key=key,
                    account=who,
                    detail=self._core.vault.seal(f"sessions/{key}", detail),
                    started_at=now,
                    seen_at=now,
                    expires_at=now + self._longest,
                )
            )
            await self._audit.append(connection, "signed_in", who, account.name, peer=peer)
        return token

    async def find(self, token: str) -> Session | None:
        """Whose secret that is; None once the session has ended, was idle too long, or the account is gone."""
        key, now = self._key(token), self._core.clock()
        async with self._core.database.read() as connection:
            row = (
                await connection.execute(
                    select(sessions, accounts.c.profile, accounts.c.version, accounts.c.disabled_at)
                    .join(accounts, accounts.c.key == sessions.c.account)
                    .where(sessions.c.key == key)
                )
            ).first()
        if row is None or row.disabled_at is not None:
            return None
        detail = msgspec.json.decode(self._core.vault.open(f"sessions/{key}", row.detail), type=_Detail)
        if detail.version != row.version or now >= row.expires_at or now - row.seen_at > self._idle:
            return None
        if now - row.seen_at >= _NOTED_EVERY:
            async with self._core.database.write() as connection:
                await connection.execute(update(sessions).where(sessions.c.key == key).values(seen_at=now))
        return Session(
            id=key[:12],
            account=self._people.profile(row.account, row.profile),
            begun_at=row.started_at,
            seen_at=row.seen_at,
            peer=detail.peer,
        )

    async def end(self, token: str) -> None:
        """Sign out."""
        async with self._core.database.write() as connection:
            await connection.execute(delete(sessions).where(sessions.c.key == self._key(token)))

    async def of(self, name: str) -> tuple[Session, ...]:
        """Every session of an account, the latest first."""
        who = self._people.key(name)
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(sessions, accounts.c.profile)
                    .join(accounts, accounts.c.key == sessions.c.account)
                    .where(sessions.c.account == who, sessions.c.expires_at > self._core.clock())
                    .order_by(sessions.c.started_at.desc())
                )
            ).all()
        return tuple(
            Session(
                id=row.key[:12],
                account=self._people.profile(who, row.profile),
                begun_at=row.started_at,
                seen_at=row.seen_at,
                peer=msgspec.json.decode(
                    self._core.vault.open(f"sessions/{row.key}", row.detail), type=_Detail
                ).peer,
            )
            for row in rows
        )

    async def end_all(self, name: str, who: str) -> int:
        """Sign an account out everywhere; returns how many sessions that ended."""
        key = self._people.key(name)
        async with self._core.database.write() as connection:
            ended = await connection.execute(delete(sessions).where(sessions.c.account == key))
            await self._audit.append(connection, "signed_out", key, who, everywhere="yes")
        return ended.rowcount

    def _key(self, token: str) -> str:
        return self._core.vault.blind(f"session/{token}")
