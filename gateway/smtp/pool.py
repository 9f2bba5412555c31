"""Connections to relays: made by aiosmtplib, secured as the settings ask, kept open for the next message."""

import asyncio
import time
from collections import deque
from typing import cast

import aiosmtplib

from gateway.mail.reply import Reply
from gateway.sections import Relay
from gateway.smtp.contexts import unverified, verified
from gateway.smtp.conversation import Conversation
from gateway.smtp.credential import Credential
from gateway.smtp.dane import presented, proves
from gateway.smtp.gate import Gate
from gateway.smtp.next_hops import Hop

_KEPT_OPEN = 20  # idle connections for each relay
_IDLE_FOR = 30.0  # seconds; below every relay's own limit


class SignInRefused(Exception):
    """The relay does not take the credential. *reply* is its answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class Pool:
    """The connections to one relay. *name* is what we call ourselves; *credential*, whom we sign in as."""

    def __init__(
        self,
        hop: Hop,
        relay: Relay,
        name: str,
        credential: Credential | None = None,
        gate: Gate[Conversation] | None = None,
    ) -> None:
        self.hop = hop
        self.gate: Gate[Conversation] = gate or Gate(relay.max_connections, relay.max_messages_per_minute)
        self.gate.attach(self.drop_idle)
        self._most_messages = relay.max_messages_per_connection
        self.extensions: dict[str, str] | None = None  # of the last connection; None before the first
        self._name = name
        self._credential = credential
        self._kept: deque[tuple[Conversation, float]] = deque()
        self._closed = False
        self._context = verified(relay.ca_file) if hop.tls == "required" else unverified()

    @property
    def signs_in(self) -> bool:
        """Whether its connections sign in."""
        return self._credential is not None

    def kept(self) -> Conversation | None:
        """An idle connection that is still open; the last one used, so that spare ones run out."""
        now = time.monotonic()
        while self._kept:
            conversation, since = self._kept.pop()
            if not conversation.broken and now - since < _IDLE_FOR:
                return conversation
            conversation.quit()
        return None

    def keep(self, conversation: Conversation) -> None:
        """Take a connection back."""
        worn = self._closed or conversation.messages >= self._most_messages or len(self._kept) >= _KEPT_OPEN
        if conversation.broken or worn:
            conversation.quit()
        else:
            self._kept.append((conversation, time.monotonic()))
            self.gate.nudge()

    def close(self) -> None:
        """Say goodbye on every idle connection, and on those in use as they come back."""
        self._closed = True
        self.drop_idle()

    def drop_idle(self) -> None:
        """Say goodbye on every idle connection."""
        while self._kept:
            self._kept.pop()[0].quit()

    async def connect(self, patience: float, *, early: bool = False) -> Conversation:
        """
        Connect, greet, turn on TLS, sign in. *patience* is in seconds, for each step.

        Where no further connection is allowed, one that comes back meanwhile will do.

        Raises:
            SignInRefused: the relay does not take the credential.
            Full: there are as many connections as there may be.
            aiosmtplib.SMTPException, OSError, ValueError: that did not work.
        """
        kept = await self.gate.enter(patience, early=early, idle=self.kept)
        if kept is not None:
            return kept
        try:
            conversation = await self._connect(patience)
        except BaseException:
            self.gate.leave()
            raise
        conversation.on_end(self.gate.leave)
        return conversation

    async def _connect(self, patience: float) -> Conversation:
        client = aiosmtplib.SMTP(
            hostname=self.hop.address.host,
            port=self.hop.address.port,
            local_hostname=self._name,
            timeout=patience,
            start_tls=False,
            use_tls=False,
            tls_context=self._context,
        )
        try:
            await client.connect()
            await client.ehlo()
            if self.hop.tls in ("required", "encrypted") or (
                self.hop.tls == "opportunistic" and client.supports_extension("starttls")
            ):
                await client.starttls(server_hostname=self.hop.address.host)
                self._check_dane(client)
                await client.ehlo()
            if self._credential is not None:
                await _sign_in(client, self._credential)
        except BaseException:
            client.close()
            raise
        self.extensions = dict(client.esmtp_extensions)
        return Conversation(cast("asyncio.Transport", client.transport), self.extensions)

    def _check_dane(self, client: aiosmtplib.SMTP) -> None:
        """
        Raises:
            aiosmtplib.SMTPException: DNS speaks of another certificate than the server's.
        """
        records = self.hop.tlsa
        if records and not proves(
            records, presented(client.get_transport_info("ssl_object")), self.hop.names
        ):
            raise aiosmtplib.SMTPException("not the certificate that DNS names")


async def _sign_in(client: aiosmtplib.SMTP, credential: Credential) -> None:
    if client.get_transport_info("sslcontext") is None:
        raise aiosmtplib.SMTPException("no credential is sent without TLS")
    offered = client.server_auth_methods
    if credential.password and "plain" not in offered and "login" in offered:
        try:
            await client.auth_login(credential.name, credential.password)
        except aiosmtplib.SMTPAuthenticationError as refused:
            raise SignInRefused(Reply.parse(refused.code, refused.message)) from None
        return
    answer = await client.execute_command(
        b"AUTH", credential.mechanism.encode(), credential.response.encode()
    )
    if answer.code == 334:  # a challenge instead of an answer: what is wrong with a token, in JSON
        answer = await client.execute_command(b"*")
    if answer.code != 235:
        raise SignInRefused(Reply.parse(answer.code, answer.message))
