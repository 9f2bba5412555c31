"""
The next hop: mail out, over connections that are kept open.

Relays are tried in the order of the settings, but only until one of them has
spoken: its refusal is an answer, not a reason to ask somebody else.

A client's recipients are asked for while it still names them (`begin`), so that the
relay's refusal reaches it at RCPT. The transaction stays open meanwhile, and the
message goes out in it if the pipeline sends just that message to just them.
"""

import asyncio
import math
import os
import socket
import time
from contextlib import suppress

import aiosmtplib

from gateway import journal
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.quantities import HostPort
from gateway.remedy.outgoing import Delivery, NextHopDown, Outgoing
from gateway.sections import Settings
from gateway.settings import SettingsProblem
from gateway.smtp.begun import EARLY_PATIENCE, Begun, begin
from gateway.smtp.capabilities import refusal
from gateway.smtp.content import has_bare_line_ends
from gateway.smtp.conversation import ConnectionBroken, Conversation
from gateway.smtp.credential import Credential, with_password
from gateway.smtp.gate import Full, Gate
from gateway.smtp.next_hops import Hop, NextHops
from gateway.smtp.pool import Pool, SignInRefused

_FIRST_PATIENCE = 3.0  # seconds; the start does not wait for a relay that hangs
_LEFT_ALONE = 10.0  # seconds that a relay which is down is not asked early
_SIGN_IN_AGAIN = Reply(
    451, "4.7.8", ("The next mail server no longer takes your password or token; please sign in again",)
)
_TROUBLE = (aiosmtplib.SMTPException, OSError, ValueError)


Expected = tuple[bytes, Begun | None, "RelayClient | None"]
_UNEXPECTED: Expected = (b"", None, None)


class RelayDown(NextHopDown):
    """No relay could be reached, or the connection broke before the final answer."""


class UnfitToSend(Exception):
    """The bytes have line ends that another server might read otherwise; a fault of ours."""


class RelayClient:
    """Delivers to the first relay of ``[relay] address`` that can be reached."""

    def __init__(
        self,
        settings: Settings,
        credential: Credential | None = None,
        hops: NextHops | None = None,
        gates: dict[HostPort, Gate[Conversation]] | None = None,
    ) -> None:
        self._settings = settings
        self._patience = settings.relay.timeout
        self._name = settings.smtp.hostname or socket.getfqdn()
        self._credential = credential or own_credential(settings)
        self._hops = hops or NextHops(settings.relay)
        self._gates: dict[HostPort, Gate[Conversation]] = {} if gates is None else gates
        self._known = self._hops.known
        self._pools = [self._pool(each) for each in self._known]
        self._expected: dict[str, Expected] = {}
        self._asks = settings.relay.check_recipients
        self._not_before = 0.0

    @property
    def extensions(self) -> dict[str, str] | None:
        """What the relay announced last; None while it has not been reached."""
        return next((each.extensions for each in self._pools if each.extensions is not None), None)

    @property
    def verified(self) -> bool:
        """Whether every connection is under TLS with a certificate that was checked."""
        return bool(self._pools) and all(each.hop.verified for each in self._pools)

    def _pool(self, hop: Hop) -> Pool:
        relay, workers = self._settings.relay, self._settings.smtp.workers
        gate = self._gates.get(hop.address)
        if gate is None:  # each of several processes has its share
            share = math.ceil(relay.max_messages_per_minute / workers)
            gate = self._gates[hop.address] = Gate(max(1, relay.max_connections // workers), share)
        return Pool(hop, relay, self._name, self._credential, gate)

    async def _in_order(self) -> list[Pool]:
        """The relays, best first; anew where DNS names others by now."""
        hops = await self._hops.now()
        if hops is not self._known:
            before = {each.hop: each for each in self._pools}
            self._known, self._pools = hops, [before.get(each) or self._pool(each) for each in hops]
            for gone in before.keys() - set(hops):
                before[gone].close()
        return self._pools

    async def learn(self) -> bool:
        """Reach a relay, so that its extensions are known. Whether that worked."""
        try:
            async with asyncio.timeout(2 * _FIRST_PATIENCE):
                pool, conversation = await self._fresh(min(_FIRST_PATIENCE, self._patience))
        except (RelayDown, TimeoutError):
            return False
        except SignInRefused:
            journal.event("relay_refused_sign_in")
            return False
        pool.keep(conversation)
        return True

    def for_user(self, credential: Credential) -> "RelayClient":
        """The same relays, over connections that are signed in as somebody else."""
        return RelayClient(self._settings, credential, self._hops, self._gates)

    async def sign_in(self) -> Reply | None:
        """
        Try the credential at the relay. None if it takes it, else its refusal.

        Raises:
            RelayDown: no relay could be asked.
        """
        try:
            pool, conversation = await self._fresh(self._patience)
        except SignInRefused as refused:
            return refused.reply
        pool.keep(conversation)
        return None

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """
        Hand a message over. Any refusal of the relay is a value.

        Raises:
            RelayDown: there was no answer. Whether the relay has the message is
                then unknown in the worst case, and sending it again is right.
            UnfitToSend: the message has bare line ends.
        """
        checked, begun, client = self._expected.pop(outgoing.trace, _UNEXPECTED)
        if checked is not outgoing.raw and has_bare_line_ends(outgoing.raw):
            raise UnfitToSend
        if begun is not None:
            try:
                delivery = await begun.finish(outgoing, self._patience)
            except Full:
                begun.give_up()
                raise RelayDown from None
            except ConnectionBroken as broken:
                if broken.in_doubt:
                    raise RelayDown(in_doubt=True) from broken
            else:
                if delivery is not None:
                    return delivery
        return await (client or self)._deliver(outgoing)  # noqa: SLF001 -- one of its own kind

    async def _deliver(self, outgoing: Outgoing) -> Delivery:
        for pool in await self._in_order():
            while (conversation := pool.kept()) is not None:
                try:
                    return await self._over(pool, conversation, outgoing)
                except ConnectionBroken as broken:
                    if broken.in_doubt:
                        raise RelayDown(in_doubt=True) from broken
                    # It had died while it was idle: that says nothing about the relay.
            try:
                return await self._over(pool, await pool.connect(self._patience), outgoing)
            except ConnectionBroken as broken:
                if broken.in_doubt:
                    raise RelayDown(in_doubt=True) from broken
            except SignInRefused as refused:
                journal.event("relay_refused_sign_in")
                return Delivery(refused.reply if not refused.reply.permanent else _SIGN_IN_AGAIN)
            except _TROUBLE as fault:
                journal.trouble(public("a relay could not be used"), fault)
        raise RelayDown

    async def _over(self, pool: Pool, conversation: Conversation, outgoing: Outgoing) -> Delivery:
        refused = refusal(conversation.extensions, outgoing, verified=pool.hop.verified)
        try:
            if not refused:
                await pool.gate.pace(self._patience)
        except Full:
            pool.keep(conversation)
            raise RelayDown from None
        delivery = Delivery(refused) if refused else await conversation.send(outgoing, self._patience)
        if delivery.reply.code == 421 and conversation.broken:
            raise ConnectionBroken
        conversation.leave()
        pool.keep(conversation)
        return delivery

    async def _fresh(self, patience: float, *, early: bool = False) -> tuple[Pool, Conversation]:
        for pool in await self._in_order():
            try:
                return pool, await pool.connect(patience, early=early)
            except Full:
                if early:
                    raise
                journal.event("relay_connections_used_up")
            except _TROUBLE as fault:
                journal.trouble(public("a relay could not be used"), fault)
        raise RelayDown

    # -- recipients asked for early

    async def begin(self, draft: Outgoing, size: int) -> tuple[Begun | None, list[Reply]]:
        """
        Ask for the sender and recipients of a message that is still to come.

        *draft* has the envelope and no bytes yet; *size* is what the client
        announced, or 0. Returns the open transaction and a reply for each
        recipient. Without replies the relay could not be asked: the recipients
        are then to be accepted, and `deliver` finds out.
        """
        if not self._asks or time.monotonic() < self._not_before:
            return None, []
        patience = min(EARLY_PATIENCE, self._patience)
        try:
            for first in (await self._in_order())[:1]:
                while (conversation := first.kept()) is not None:
                    with suppress(ConnectionBroken):
                        return await begin(first, conversation, draft, size, patience)
            pool, conversation = await self._fresh(patience, early=True)
            return await begin(pool, conversation, draft, size, patience)
        except Full:
            return None, []
        except (RelayDown, ConnectionBroken, SignInRefused):
            self._not_before = time.monotonic() + _LEFT_ALONE
            return None, []

    def expect(
        self, trace: str, checked: bytes, begun: Begun | None, client: "RelayClient | None" = None
    ) -> None:
        """
        Announce a message to `deliver`, which knows it again by its trace field.

        *checked* are the bytes whose line ends are known to be right. With
        *client* (`for_user`) it goes out under that user's own credential.
        """
        self._expected[trace] = checked, begun, client

    def forget(self, trace: str) -> None:
        """The message has been dealt with; a transaction that it did not need is given up."""
        _, begun, _ = self._expected.pop(trace, _UNEXPECTED)
        if begun is not None:
            begun.give_up()

    async def close(self) -> None:
        """The same as `drop`, where something to await is wanted."""
        self.drop()

    def drop(self) -> None:
        """Say goodbye on every connection that is kept."""
        for pool in self._pools:
            pool.close()


def own_credential(settings: Settings) -> Credential | None:
    """
    What the gateway itself signs in with, if the settings say so.

    Raises:
        SettingsProblem: the password's file cannot be read.
    """
    relay = settings.relay
    if not relay.user:
        return None
    try:
        password = relay.password_file.read_text("utf-8").strip() if relay.password_file else ""
    except (OSError, UnicodeDecodeError) as problem:
        found = f"{relay.password_file} ({type(problem).__name__})"
        raise SettingsProblem(
            "configuration", "relay.password_file", found, "a file with the password"
        ) from None
    return with_password(relay.user, password or os.environ.get("CHAPERONE_RELAY_PASSWORD", ""))
