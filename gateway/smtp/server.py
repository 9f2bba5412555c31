"""The SMTP listener, in the event loop that everything else runs in."""

import asyncio
import ssl

from gateway import journal
from gateway.quantities import HostPort
from gateway.settings import Settings, Tls
from gateway.smtp.accounts import Accounts, NoAccounts
from gateway.smtp.door import Door, Handle
from gateway.smtp.relay import RelayClient
from gateway.smtp.submission import Submission

_BACKLOG = 1_024


class SmtpServer:
    """
    Takes mail on every address of ``[smtp] listen`` and hands it to *handle*.

    With *relay*, recipients are asked for there while the client names them, and
    what the relay announces bounds what is offered.
    """

    def __init__(
        self,
        settings: Settings,
        handle: Handle,
        accounts: Accounts | None = None,
        relay: RelayClient | None = None,
    ) -> None:
        self._smtp = settings.smtp
        tls = server_context(settings.smtp.tls) if settings.smtp.tls else None
        self._door = Door(settings.smtp, handle, accounts or NoAccounts(), tls, relay)
        self._servers: list[asyncio.Server] = []

    async def start(self) -> tuple[HostPort, ...]:
        """
        Listen. Returns the addresses that were bound, with their real ports.

        Raises:
            OSError: an address cannot be bound.
        """
        loop = asyncio.get_running_loop()
        bound: list[HostPort] = []
        try:
            for each in self._smtp.listen:
                server = await loop.create_server(
                    lambda: Submission(self._door, loop), each.host, each.port, backlog=_BACKLOG
                )
                self._servers.append(server)
                bound += [_shown(*one.getsockname()[:2]) for one in server.sockets]
        except OSError:
            await self.stop(0)
            raise
        if self._door.relay is not None:
            await self._door.relay.learn()
        journal.event("smtp_listening", sockets=len(bound))
        return tuple(bound)

    async def stop(self, grace: float) -> int:
        """
        Take no more connections and close those that are idle.

        Messages in work get *grace* seconds to come to their answer. Returns how
        many connections were left then; their clients have had no answer.
        """
        for server in self._servers:
            server.close()
        left = await self._door.clear(grace)
        journal.event("smtp_stopped", unfinished=left)
        return left


def server_context(tls: Tls) -> ssl.SSLContext:
    """TLS 1.2 and later, with the certificate that the settings name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def _shown(host: str, port: int) -> HostPort:
    return HostPort(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
