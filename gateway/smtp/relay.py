"""
The next hop: mail out, over connections that are kept open.

Relays are tried in the order of the settings, but only until one of them has
spoken: its refusal is an answer, not a reason to ask somebody else.
"""

import asyncio
import socket
import ssl
import time
from collections import deque
from typing import cast

import aiosmtplib

from gateway import journal
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.quantities import HostPort
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.settings import Settings
from gateway.smtp.conversation import ConnectionBroken, Conversation, needs_smtputf8

_KEPT_OPEN = 20  # idle connections for each relay
_IDLE_FOR = 30.0  # seconds; below every relay's own limit
_MOST_MESSAGES = 100  # over one connection, as Postfix's own default

EIGHT_BIT = Reply(
    554,
    "5.6.3",
    ("The next mail server takes only ASCII, and this message has other letters in it, so it was not sent.",),
)
UTF8_ADDRESS = Reply(
    554,
    "5.6.7",
    ("The next mail server cannot take addresses with letters beyond ASCII, so the message was not sent.",),
)


class RelayDown(Exception):
    """No relay could be reached, or the connection broke before the final answer."""


class RelayClient:
    """Delivers to the first relay of ``[relay] address`` that can be reached."""

    def __init__(self, settings: Settings) -> None:
        self._relay = settings.relay
        self._name = settings.smtp.hostname or socket.getfqdn()
        self._idle: dict[HostPort, deque[tuple[Conversation, float]]] = {
            each: deque() for each in settings.relay.address
        }
        self._context = ssl.create_default_context() if settings.relay.tls == "required" else _unverified()

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """
        Hand a message over. Any refusal of the relay is a value.

        Raises:
            RelayDown: there was no answer. Whether the relay has the message is
                then unknown in the worst case, and sending it again is right.
        """
        for relay in self._relay.address:
            while (kept := self._kept(relay)) is not None:
                try:
                    return await self._over(relay, kept, outgoing)
                except ConnectionBroken as broken:
                    if broken.in_doubt:
                        raise RelayDown from broken
                    # It had died while it was idle: that says nothing about the relay.
            try:
                fresh = await self._connect(relay)
                return await self._over(relay, fresh, outgoing)
            except ConnectionBroken as broken:
                if broken.in_doubt:
                    raise RelayDown from broken
            except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
                journal.trouble(public("a relay could not be used"), fault)
        raise RelayDown

    async def close(self) -> None:
        """Say goodbye on every connection that is kept."""
        for kept in self._idle.values():
            while kept:
                kept.pop()[0].quit()

    def _kept(self, relay: HostPort) -> Conversation | None:
        kept = self._idle[relay]
        now = time.monotonic()
        while kept:
            conversation, since = kept.pop()
            if not conversation.broken and now - since < _IDLE_FOR:
                return conversation
            conversation.quit()
        return None

    async def _over(self, relay: HostPort, conversation: Conversation, outgoing: Outgoing) -> Delivery:
        refusal = _cannot_take(conversation, outgoing)
        delivery = Delivery(refusal) if refusal else await conversation.send(outgoing, self._relay.timeout)
        if delivery.reply.code == 421 and conversation.broken:
            raise ConnectionBroken
        self._keep(relay, conversation)
        return delivery

    def _keep(self, relay: HostPort, conversation: Conversation) -> None:
        kept = self._idle[relay]
        if conversation.broken or conversation.messages >= _MOST_MESSAGES or len(kept) >= _KEPT_OPEN:
            conversation.quit()
        else:
            kept.append((conversation, time.monotonic()))

    async def _connect(self, relay: HostPort) -> Conversation:
        """
        Connect, greet, turn on TLS.

        Raises:
            aiosmtplib.SMTPException, OSError: that did not work.
        """
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=self._name,
            timeout=self._relay.timeout,
            start_tls=False,
            use_tls=False,
            tls_context=self._context,
        )
        try:
            await client.connect()
            await client.ehlo()
            if self._relay.tls == "required" or (
                self._relay.tls == "opportunistic" and client.supports_extension("starttls")
            ):
                await client.starttls(server_hostname=relay.host)
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return Conversation(cast("asyncio.Transport", client.transport), dict(client.esmtp_extensions))


def _cannot_take(conversation: Conversation, outgoing: Outgoing) -> Reply | None:
    """What the relay's own words rule out: refused clearly, never mangled."""
    if "smtputf8" not in conversation.extensions and needs_smtputf8(outgoing):
        return UTF8_ADDRESS
    if "8bitmime" not in conversation.extensions and not outgoing.raw.isascii():
        return EIGHT_BIT
    return None


def _unverified() -> ssl.SSLContext:
    """For opportunistic TLS, which protects against listeners only."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
