"""A receiving relay for the demo: a real SMTP server that keeps what it takes."""

import asyncio
from email import message_from_bytes, policy
from typing import Any, Self

import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.quantities import HostPort


class Arrived(msgspec.Struct, frozen=True):
    """One message as it reached the relay."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def subject(self) -> str:
        """The subject as a reader sees it."""
        return str(message_from_bytes(self.raw, policy=policy.default)["subject"])

    @property
    def attachments(self) -> str:
        """The attachments' names, put so that they can follow the recipients."""
        mail = message_from_bytes(self.raw, policy=policy.default)
        names = [part.get_filename() or "a file" for part in mail.iter_attachments()]
        return f" with {', '.join(names)}" if names else ""


class _Receiver(SMTP):
    """Takes lines as long as real mail programs write them."""

    line_length_limit = 1_000_000


class ReceivingRelay:
    """An aiosmtpd server on a free loopback port; use it as a context."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self._more = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Start listening."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Receiver(self, hostname="relay.example", enable_SMTPUTF8=True), "127.0.0.1", 0
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    @property
    def address(self) -> HostPort:
        """Where it listens."""
        assert self._server is not None
        return HostPort("{}:{}".format(*self._server.sockets[0].getsockname()[:2]))

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep the message and say so."""
        content = envelope.original_content or b""
        self.arrived.append(
            Arrived((envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos), content)
        )
        async with self._more:
            self._more.notify_all()
        return f"250 2.0.0 Ok: taken as {len(self.arrived)}"

    async def wait_for(self, count: int, seconds: float) -> None:
        """Wait until that many messages have come in all, or the time is up."""
        async with self._more:
            try:
                await asyncio.wait_for(
                    self._more.wait_for(lambda: len(self.arrived) >= count), timeout=seconds
                )
            except TimeoutError:
                return

    async def quiet(self, seconds: float = 0.5) -> None:
        """Wait until nothing has come for that long."""
        while True:
            count = len(self.arrived)
            await self.wait_for(count + 1, seconds)
            if len(self.arrived) == count:
                return
