"""The agency's LDAP directory (`[ldap]`), spoken to under verified TLS only."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any

from ldap3.core.exceptions import LDAPException

from gateway.sections import Ldap

# The library has no types: it is spoken to as Any.
ldap3: Any = import_module("ldap3")
escape_filter: Any = import_module("ldap3.utils.conv").escape_filter_chars
escape_dn: Any = import_module("ldap3.utils.dn").escape_rdn

_INVALID_CREDENTIALS = 49  # RFC 4511, 4.1.9


class DirectoryDown(Exception):
    """The directory cannot be asked; its own words might quote a name."""


class LdapDirectory:
    """Blocks while it waits: for threads."""

    def __init__(self, settings: Ldap) -> None:
        self._timeout = int(settings.timeout)
        tls = ldap3.Tls(
            validate=ssl.CERT_REQUIRED,
            version=ssl.PROTOCOL_TLS_CLIENT,
            ca_certs_file=str(settings.ca_file) if settings.ca_file else None,
        )
        self._server = ldap3.Server(settings.url, tls=tls, connect_timeout=self._timeout, get_info=ldap3.NONE)

    @contextmanager
    def bound(self, user: str, password: str) -> Iterator[Any | None]:
        """
        A connection of that user's, or None where the pair is wrong; nobody's in particular for two "".

        Raises:
            DirectoryDown: nothing can be said just now.
        """
        connection = ldap3.Connection(
            self._server,
            user=user or None,
            password=password or None,
            receive_timeout=self._timeout,
            raise_exceptions=False,
            read_only=True,
        )
        try:
            connection.open(read_server_info=False)
            if not self._server.ssl and not connection.start_tls(read_server_info=False):
                raise DirectoryDown
            if connection.bind():
                yield connection
            elif connection.result["result"] == _INVALID_CREDENTIALS:
                yield None
            else:
                raise DirectoryDown
        except (LDAPException, OSError) as fault:
            raise DirectoryDown from fault
        finally:
            with suppress(LDAPException):
                connection.unbind()
