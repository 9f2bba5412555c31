"""Receiving servers for tests: a real aiosmtpd, and one that does what the test says, to the octet."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.quantities import HostPort


class Taker:
    """An aiosmtpd handler that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.connections = 0
        self.mails = 0
        self.refuse: dict[str, str] = {}
        self.refuse_sender = ""
        self.final = "250 2.0.0 Queued as 12345"
        self.talking: list[SMTP] = []

    def hang_up(self) -> None:
        """Close every connection without a word."""
        for each in self.talking:
            each.transport.close()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.mails += 1
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        envelope.mail_options += options
        return "250 2.1.0 Fine"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.got.append(envelope)
        return self.final


@asynccontextmanager
async def relay_of(taker: Taker, **options: object) -> AsyncIterator[HostPort]:
    """A real server that gives what it takes to *taker*."""
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        taker.connections += 1
        taker.talking.append(SMTP(taker, loop=loop, hostname="relay.example", **options))
        return taker.talking[-1]

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    try:
        yield HostPort(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()


@asynccontextmanager
async def scripted(
    script: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[HostPort]:
    """A relay that does what the test says, to the octet."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield HostPort(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *keywords: str) -> None:
    """The beginning of a script: banner and EHLO."""
    writer.write(b"220 relay.example\r\n")
    await reader.readline()
    writer.write(
        "".join(f"250-{each}\r\n" for each in ("relay.example", *keywords)).encode() + b"250 HELP\r\n"
    )
