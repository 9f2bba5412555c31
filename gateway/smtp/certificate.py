"""The listener's certificate, read anew when it is renewed; connections that stand are not touched."""

import ssl
from pathlib import Path
from typing import Any

from gateway import journal
from gateway.mail.public import public
from gateway.sections import Tls

_Stamp = tuple[int, int, int]


class Certificate:
    """
    The server's side of TLS: 1.2 and later, ciphers by the library's own modern choice.

    Raises:
        OSError, ssl.SSLError: the files cannot be read, or do not belong together.
    """

    def __init__(self, tls: Tls) -> None:
        self._tls = tls
        self._context = _context(tls)
        self._seen = self._stamps()

    @property
    def context(self) -> ssl.SSLContext:
        """The context for the next handshake; looks whether the files have changed."""
        if self._stamps() != self._seen:
            self.reload()
        return self._context

    def fresh(self) -> ssl.SSLContext:
        """
        A context for a listener, which keeps its context for ever.

        Each handshake looks for a renewed certificate by way of the server-name
        callback, which may put another context in place of this one.
        """
        listening = _context(self._tls)

        def renewed(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
            connection.context = self.context

        listening.sni_callback = renewed
        return listening

    def reload(self) -> bool:
        """Read the files again. Half a renewal keeps the old certificate in use, and is tried again."""
        seen = self._stamps()
        try:
            self._context = _context(self._tls)
        except (OSError, ssl.SSLError) as fault:
            journal.trouble(public("the certificate could not be reloaded"), fault)
            return False
        self._seen = seen
        journal.event("certificate_reloaded")
        return True

    def trusts(self, connection: ssl.SSLObject | None) -> bool:
        """Whether the client has proved, by a certificate of its own, a name that may submit."""
        if not self._tls.trusted_clients or connection is None:
            return False
        found: Any = connection.getpeercert() or {}
        proved = [value.lower() for kind, value in found.get("subjectAltName", ()) if kind == "DNS"]
        return any(_fits(each.lower(), name) for each in self._tls.trusted_clients for name in proved)

    def _stamps(self) -> tuple[_Stamp, _Stamp]:
        return _stamp(self._tls.certificate), _stamp(self._tls.key)


def _fits(pattern: str, name: str) -> bool:
    return name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def _stamp(file: Path) -> _Stamp:
    """What a renewal changes. The time alone goes in ticks of some milliseconds, and two files may share one."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_ino, found.st_size


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key)
    if tls.trusted_clients:  # a certificate is asked for; none is as good as before, a false one ends it
        context.verify_mode = ssl.CERT_OPTIONAL
        if tls.client_ca_file is not None:
            context.load_verify_locations(tls.client_ca_file)
        else:
            context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    return context
