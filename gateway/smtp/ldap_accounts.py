"""``auth = "ldap"``: a tutor's password is tried by a bind, their addresses are read from their own entry."""

import asyncio
import ssl
from contextlib import suppress
from importlib import import_module
from typing import Any

from ldap3.core.exceptions import LDAPException

from gateway.mail.account import Account
from gateway.sections import Ldap

# The library has no types: it is spoken to as Any, in this file alone.
ldap3: Any = import_module("ldap3")
escape_filter: Any = import_module("ldap3.utils.conv").escape_filter_chars
escape_dn: Any = import_module("ldap3.utils.dn").escape_rdn

_AT_ONCE = 4
_INVALID_CREDENTIALS = 49  # RFC 4511, 4.1.9


class DirectoryDown(Exception):
    """The directory cannot be asked; its own words might quote a name."""


class LdapAccounts:
    """The accounts of a directory. It is spoken to under verified TLS only."""

    def __init__(self, settings: Ldap) -> None:
        self._settings = settings
        tls = ldap3.Tls(
            validate=ssl.CERT_REQUIRED,
            version=ssl.PROTOCOL_TLS_CLIENT,
            ca_certs_file=str(settings.ca_file) if settings.ca_file else None,
        )
        self._server = ldap3.Server(
            settings.url, tls=tls, connect_timeout=int(settings.timeout), get_info=ldap3.NONE
        )
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
        connection = ldap3.Connection(
            self._server,
            user=settings.user.format(name=escape_dn(name) if "=" in settings.user else name),
            password=password,
            receive_timeout=int(settings.timeout),
            raise_exceptions=False,
            read_only=True,
        )
        try:
            connection.open(read_server_info=False)
            if not self._server.ssl and not connection.start_tls(read_server_info=False):
                raise DirectoryDown
            if not connection.bind():
                if connection.result["result"] == _INVALID_CREDENTIALS:
                    return None
                raise DirectoryDown
            return Account(name, self._addresses(connection, name), ("submit",))
        except (LDAPException, OSError) as fault:
            raise DirectoryDown from fault
        finally:
            with suppress(LDAPException):
                connection.unbind()

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
