"""Tokens under which programs use the API, for an account and within scopes."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update

from gateway.mail.ids import new_id
from gateway.review.errors import NoSuchItem
from gateway.review.session import ApiToken
from gateway.store.accounts import Accounts
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.tables import accounts, tokens

_PREFIX = "chp_"  # so that a scanner for leaked secrets knows one
_NOTED_EVERY = timedelta(minutes=10)


class _Detail(msgspec.Struct, frozen=True):
    label: str
    scopes: tuple[str, ...]


class Tokens:
    """Makes, finds and revokes tokens; keeps a digest of each."""

    def __init__(self, core: Core, audit: Audit, people: Accounts) -> None:
        self._core = core
        self._audit = audit
        self._people = people

    async def make(
        self, name: str, label: str, scopes: Iterable[str], lifetime: timedelta | None, who: str
    ) -> tuple[str, str]:
        """A new token for an account: its id, and the secret, which is never shown again."""
        token, secret = new_id(), _PREFIX + secrets.token_urlsafe(32)
        now = self._core.clock()
        detail = msgspec.json.encode(_Detail(label, tuple(scopes)))
        async with self._core.database.write() as connection:
            await connection.execute(
                insert(tokens).values(
                    id=token,
                    key=self._key(secret),
                    account=self._people.key(name),
                    detail=self._core.vault.seal(f"tokens/{token}", detail),
                    created_at=now,
                    expires_at=None if lifetime is None else now + lifetime,
                )
            )
            await self._audit.append(connection, "token_made", token, who, label=label)
        return token, secret

    async def find(self, secret: str) -> ApiToken | None:
        """Whose secret that is; None where it was revoked, has expired, or its account is disabled."""
        now = self._core.clock()
        async with self._core.database.read() as connection:
            row = (
                await connection.execute(
                    select(tokens, accounts.c.profile)
                    .join(accounts, accounts.c.key == tokens.c.account)
                    .where(
                        tokens.c.key == self._key(secret),
                        tokens.c.revoked_at.is_(None),
                        accounts.c.disabled_at.is_(None),
                    )
                )
            ).first()
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        if row.seen_at is None or now - row.seen_at >= _NOTED_EVERY:
            async with self._core.database.write() as connection:
                await connection.execute(update(tokens).where(tokens.c.id == row.id).values(seen_at=now))
        return self._opened(row)

    async def list(self) -> tuple[ApiToken, ...]:
        """Every token, revoked ones too, the latest first."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(tokens, accounts.c.profile)
                    .join(accounts, accounts.c.key == tokens.c.account)
                    .order_by(tokens.c.created_at.desc())
                )
            ).all()
        return tuple(map(self._opened, rows))

    async def revoke(self, token: str, who: str) -> None:
        """
        It opens nothing any more.

        Raises:
            NoSuchItem: there is no such token, or it was revoked before.
        """
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(tokens)
                .where(tokens.c.id == token, tokens.c.revoked_at.is_(None))
                .values(revoked_at=self._core.clock())
            )
            if changed.rowcount == 0:
                raise NoSuchItem
            await self._audit.append(connection, "token_revoked", token, who)

    def _opened(self, row: Row[Any]) -> ApiToken:
        detail = msgspec.json.decode(self._core.vault.open(f"tokens/{row.id}", row.detail), type=_Detail)
        return ApiToken(
            id=row.id,
            account=self._people.profile(row.account, row.profile),
            label=detail.label,
            scopes=detail.scopes,
            created_at=row.created_at,
            expires_at=row.expires_at,
            seen_at=row.seen_at,
            revoked_at=row.revoked_at,
        )

    def _key(self, secret: str) -> str:
        return self._core.vault.blind(f"token/{secret}")
