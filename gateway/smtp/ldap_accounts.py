"""``auth = "ldap"``: a tutor's password is tried by a bind, their addresses are read from their own entry."""

import asyncio
from typing import Any

from gateway.directory import LdapDirectory, escape_dn, escape_filter
from gateway.mail.account import Account
from gateway.sections import Ldap

_AT_ONCE = 4


class LdapAccounts:
    """The accounts of a directory. It is spoken to under verified TLS only."""

    def __init__(self, settings: Ldap) -> None:
        self._settings = settings
        self._directory = LdapDirectory(settings)
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def verify(self, name: str, password: str) -> Account | None:
        """
        The account, or None for a wrong pair.

        Raises:
            DirectoryDown: nothing can be said just now.
        """
        if not name or not password:  # a bind without a password succeeds for anybody (RFC 4513, 5.1.2)
            return None
        async with self._slots:
            return await asyncio.to_thread(self._verify, name, password)

    def _verify(self, name: str, password: str) -> Account | None:
        settings = self._settings
        user = settings.user.format(name=escape_dn(name) if "=" in settings.user else name)
        with self._directory.bound(user, password) as connection:
            if connection is None:
                return None
            return Account(name, self._addresses(connection, name), ("submit",))

    def _addresses(self, connection: Any, name: str) -> tuple[str, ...]:
        """What the entry lists, ``smtp:`` in front left out (Active Directory's proxyAddresses)."""
        settings = self._settings
        connection.search(
            settings.base,
            settings.filter.format(name=escape_filter(name)),
            attributes=list(settings.addresses),
            size_limit=2,
        )
        if len(connection.entries) != 1:
            return ()
        values = [str(each) for key in settings.addresses for each in connection.entries[0][key].values]
        bare = [each.partition(":")[2] if each.lower().startswith("smtp:") else each for each in values]
        return tuple(dict.fromkeys(each for each in bare if "@" in each))
