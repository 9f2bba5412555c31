"""Accounts: who may sign in, under which password (argon2id), and send as whom."""

import asyncio
import unicodedata
from secrets import token_hex

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import insert, select, update

from gateway.mail.account import Account
from gateway.review.session import Listed
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.errors import NoSuchItem
from gateway.store.tables import accounts

# Each hash takes 64 MiB and a core for a tenth of a second: two at once keep both in bounds.
_AT_ONCE = 2


class Accounts:
    """Makes, lists and checks accounts."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit
        self._hasher = PasswordHasher()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobody = ""  # the hash that an unknown name's password is tried against

    async def verify(self, name: str, password: str) -> Account | None:
        """
        The account, if the password is right and the account is not disabled.

        Takes as long for a name that does not exist.

        Raises:
            StoreTrouble: nothing can be said just now.
        """
        key = self.key(name)
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(accounts).where(accounts.c.key == key))).first()
        if not self._nobody:
            self._nobody = await self._hash(token_hex())
        own = ""
        if row is not None:
            own = self._core.vault.open(f"accounts/{key}/password", row.password).decode()
        async with self._slots:
            right = await asyncio.to_thread(self._matches, own or self._nobody, password)
        if not right or not own or row is None or row.disabled_at is not None:
            return None
        if self._hasher.check_needs_rehash(own):
            await self._store_password(key, password)
        return self.profile(key, row.profile)

    async def add(self, account: Account, password: str | None, who: str) -> bool:
        """
        Make an account, or give an existing one this profile and password; True if it is new.

        Without a *password* nobody signs in with one: for those who come by
        another service's word. Sessions of an account that is changed end.
        """
        key = self.key(account.name)
        now = self._core.clock()
        values = {
            "profile": self._core.vault.seal(f"accounts/{key}/profile", msgspec.json.encode(account)),
            "password": await self._sealed_password(key, password),
            "disabled_at": None,
        }
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(accounts).where(accounts.c.key == key).values(version=accounts.c.version + 1, **values)
            )
            new = changed.rowcount == 0
            if new:
                await connection.execute(
                    insert(accounts).values(key=key, created_at=now, version=0, **values)
                )
            what = "account_added" if new else "account_changed"
            await self._audit.append(connection, what, key, who, roles=" ".join(account.roles))
        return new

    async def disable(self, name: str, who: str) -> None:
        """
        Nobody signs in under that name any more.

        Raises:
            NoSuchItem: there is no such account.
        """
        key = self.key(name)
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(accounts)
                .where(accounts.c.key == key)
                .values(disabled_at=self._core.clock(), version=accounts.c.version + 1)
            )
            if changed.rowcount == 0:
                raise NoSuchItem
            await self._audit.append(connection, "account_disabled", key, who)

    async def change(self, account: Account, who: str) -> None:
        """
        Give an account other addresses and roles; its password stays, its sessions end.

        Raises:
            NoSuchItem: there is no such account.
        """
        key = self.key(account.name)
        profile = self._core.vault.seal(f"accounts/{key}/profile", msgspec.json.encode(account))
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(accounts)
                .where(accounts.c.key == key)
                .values(profile=profile, version=accounts.c.version + 1)
            )
            if changed.rowcount == 0:
                raise NoSuchItem
            await self._audit.append(connection, "account_changed", key, who, roles=" ".join(account.roles))

    async def get(self, name: str) -> Listed | None:
        """An account by its name, disabled ones too."""
        key = self.key(name)
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(accounts).where(accounts.c.key == key))).first()
        return Listed(self.profile(key, row.profile), row.created_at, row.disabled_at) if row else None

    async def factors(self, name: str) -> bytes:
        """What `set_factors` last kept: second factors, in a form of the console's; b"" at first."""
        key = self.key(name)
        async with self._core.database.read() as connection:
            sealed = await connection.scalar(select(accounts.c.factors).where(accounts.c.key == key))
        return self._core.vault.open(f"accounts/{key}/factors", sealed) if sealed else b""

    async def set_factors(
        self, name: str, before: bytes, after: bytes, who: str, *, quiet: bool = False
    ) -> bool:
        """
        Keep second factors, if those that are kept are still *before*: False otherwise.

        So a one-time code or a passkey's counter is used up once, on all nodes. With
        *quiet* the audit trail says nothing: where only a counter moved.
        """
        key = self.key(name)
        vault = self._core.vault
        async with self._core.database.write() as connection:
            row = (
                await connection.execute(
                    select(accounts.c.factors).where(accounts.c.key == key).with_for_update()
                )
            ).first()
            if row is None:
                return False
            kept = vault.open(f"accounts/{key}/factors", row.factors) if row.factors else b""
            if kept != before:
                return False
            await connection.execute(
                update(accounts)
                .where(accounts.c.key == key)
                .values(factors=vault.seal(f"accounts/{key}/factors", after))
            )
            if not quiet:
                await self._audit.append(connection, "factors_changed", key, who)
        return True

    async def list(self) -> tuple[Listed, ...]:
        """Every account, by name."""
        async with self._core.database.read() as connection:
            rows = (await connection.execute(select(accounts))).all()
        found = [Listed(self.profile(row.key, row.profile), row.created_at, row.disabled_at) for row in rows]
        return tuple(sorted(found, key=lambda each: each.account.name.casefold()))

    async def _store_password(self, key: str, password: str) -> None:
        sealed = await self._sealed_password(key, password)
        async with self._core.database.write() as connection:
            await connection.execute(update(accounts).where(accounts.c.key == key).values(password=sealed))

    async def _sealed_password(self, key: str, password: str | None) -> bytes:
        """The hash is sealed as well: without the store's key nobody can try passwords on it."""
        hashed = "" if password is None else await self._hash(password)
        return self._core.vault.seal(f"accounts/{key}/password", hashed.encode())

    async def _hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except (Argon2Error, InvalidHashError):
            return False

    def key(self, name: str) -> str:
        """What an account's rows are found by."""
        return self._core.vault.blind(f"account/{unicodedata.normalize('NFKC', name).strip().casefold()}")

    def profile(self, key: str, sealed: bytes) -> Account:
        """An account's row, opened."""
        return msgspec.json.decode(self._core.vault.open(f"accounts/{key}/profile", sealed), type=Account)


def _normal(password: str) -> bytes:
    """One form for what two keyboards compose differently (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
