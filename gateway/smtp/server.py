"""The SMTP listener, in the event loop that everything else runs in."""

import asyncio
import os
import ssl
from collections.abc import Callable

from gateway import journal
from gateway.quantities import HostPort
from gateway.sections import Settings, Smtp
from gateway.settings import SettingsProblem
from gateway.smtp import replies
from gateway.smtp.accounts import Accounts, NoAccounts
from gateway.smtp.certificate import Certificate
from gateway.smtp.connection import LAST_WORDS
from gateway.smtp.door import Door, Handle, OnLimit
from gateway.smtp.doorstep import Doorstep
from gateway.smtp.greeting import HANDSHAKE
from gateway.smtp.rates import Hourly
from gateway.smtp.relay import RelayClient
from gateway.smtp.submission import Submission
from gateway.smtp.trace import Seal

_BACKLOG = 1_024


class SmtpServer:
    """
    Takes mail on every address of ``[smtp] listen`` and hands it to *handle*.

    With *relay*, recipients are asked for there while the client names them, and
    what the relay announces bounds what is offered. Addresses for which *is_ours*
    holds are answered here: the relay is never told of them. With *seal*, a digest that nobody else
    can make, mail that has passed here is known when it comes back. *on_limit* hears of everything over
    the hourly limit, which *hourly* counts if several processes share it.
    """

    def __init__(
        self,
        settings: Settings,
        handle: Handle,
        accounts: Accounts | None = None,
        relay: RelayClient | None = None,
        is_ours: Callable[[str], bool] = lambda _: False,
        seal: Seal | None = None,
        on_limit: OnLimit = lambda *_: None,
        hourly: Hourly | None = None,
    ) -> None:
        self._smtp = settings.smtp
        if settings.smtp.auth == "ldap" and settings.ldap is None:
            raise SettingsProblem("configuration", "smtp.auth", '"ldap" without [ldap]', "an [ldap] table")
        certificate = _certificate(settings.smtp)
        self._door = Door(
            settings.smtp,
            handle,
            accounts or NoAccounts(),
            certificate,
            relay,
            is_ours,
            seal,
            on_limit,
            hourly,
        )
        self._servers: list[asyncio.Server] = []
        self._doorsteps: list[Doorstep] = []

    async def start(self) -> tuple[HostPort, ...]:
        """
        Listen. Returns the addresses that were bound, with their real ports.

        Raises:
            SettingsProblem: an address cannot be bound.
        """
        bound: list[HostPort] = []
        wanted: list[tuple[str, HostPort, Certificate | None]]
        wanted = [("listen", each, None) for each in self._smtp.listen]
        wanted += [("listen_tls", each, self._door.certificate) for each in self._smtp.listen_tls]
        for key, address, certificate in wanted:
            try:
                bound += await self._listen(address, certificate)
            except OSError as problem:
                await self.stop(0)
                found = f"{address} ({_reason(problem)})"
                expected = "an address of this machine that is free and that this user may listen on"
                raise SettingsProblem("configuration", f"smtp.{key}", found, expected) from None
        if self._door.relay is not None:
            await self._door.relay.learn()
        journal.event("smtp_listening", sockets=len(bound))
        return tuple(bound)

    async def _listen(self, address: HostPort, certificate: Certificate | None) -> list[HostPort]:
        loop = asyncio.get_running_loop()
        doorsteps: list[Doorstep] = []

        def admit() -> Submission:
            for each in doorsteps:
                each.clear()
            return Submission(self._door, loop)

        server = await loop.create_server(
            admit,
            address.host,
            address.port,
            backlog=_BACKLOG,
            reuse_port=self._smtp.workers > 1 or None,
            ssl=certificate.fresh() if certificate else None,
            ssl_handshake_timeout=HANDSHAKE if certificate else None,
            ssl_shutdown_timeout=LAST_WORDS if certificate else None,
        )
        self._servers.append(server)
        words = replies.BUSY if certificate is None else b""
        doorsteps += (Doorstep(each.fileno(), words) for each in server.sockets)
        self._doorsteps += doorsteps
        return [_shown(*one.getsockname()[:2]) for one in server.sockets]

    def reload_certificate(self) -> bool:
        """Read the certificate's files again; False if that failed and the old one stays in use."""
        return self._door.certificate is None or self._door.certificate.reload()

    async def stop(self, grace: float) -> int:
        """
        Take no more connections and close those that are idle.

        Messages in work get *grace* seconds to come to their answer. Returns how
        many connections were left then; their clients have had no answer.
        """
        for doorstep in self._doorsteps:
            doorstep.close()
        for server in self._servers:
            server.close()
        left = await self._door.clear(grace)
        journal.event("smtp_stopped", unfinished=left)
        return left


def _certificate(smtp: Smtp) -> Certificate | None:
    if smtp.tls is None:
        if smtp.listen_tls:
            raise SettingsProblem("configuration", "smtp.listen_tls", "no [smtp.tls]", "a certificate for it")
        return None
    try:
        return Certificate(smtp.tls)
    except (OSError, ssl.SSLError) as problem:
        found = f"{smtp.tls.certificate} and {smtp.tls.key} ({_reason(problem)})"
        raise SettingsProblem(
            "configuration", "smtp.tls", found, "a certificate and its key in PEM"
        ) from None


def _reason(problem: OSError) -> str:
    """In words; what asyncio and OpenSSL say themselves names addresses and lines of C."""
    if isinstance(problem, ssl.SSLError):
        mismatch = problem.reason == "KEY_VALUES_MISMATCH"
        return "they do not belong together" if mismatch else "one of them is not PEM"
    known = problem.errno and problem.errno > 0  # a name that does not resolve has numbers of its own
    return os.strerror(problem.errno or 0) if known else problem.strerror or type(problem).__name__


def _shown(host: str, port: int) -> HostPort:
    return HostPort(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
