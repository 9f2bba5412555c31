"""
AUTH, under TLS only (RFC 4954): PLAIN and LOGIN against our accounts, or whatever
the relay takes, tried there (``auth = "relay"``; XOAUTH2, and OAUTHBEARER of RFC 7628).
"""

import asyncio
import binascii
from base64 import b64decode, b64encode

from gateway import journal
from gateway.mail.account import Account
from gateway.mail.public import public
from gateway.smtp import replies
from gateway.smtp.connection import LONGEST_SIGN_IN, HungUp
from gateway.smtp.credential import Credential, with_password, with_token
from gateway.smtp.dispatch import Waiting
from gateway.smtp.greeting import Greeting
from gateway.smtp.relay import RelayClient, RelayDown
from gateway.smtp.senders import with_shared

_MOST_FAILURES = 5


class NoSignIn(Exception):
    """The exchange broke off. *reply* says why."""

    def __init__(self, reply: bytes) -> None:
        super().__init__()
        self.reply = reply


class SignIn(Greeting):
    """Finds out who the client is. No name and no password is ever logged."""

    _failures = 0
    _refusal = replies.WRONG_SIGN_IN
    own_relay: RelayClient | None = None  # signed in as the client, with ``auth = "relay"``

    @property
    def next_hop(self) -> RelayClient | None:
        """Who is asked for recipients."""
        return self.own_relay or self.door.relay

    async def smtp_AUTH(self, arg: str) -> None:
        """Sign in."""
        if not self.helo or not self.session.extended_smtp:
            self.complain(replies.HELO_FIRST)
        elif self.account is not None:
            self.complain(replies.SIGNED_IN_ALREADY)
        elif self.in_transaction:
            self.complain(replies.NOT_NOW)
        elif not self.tls:
            self.complain(replies.TLS_FIRST)
        elif not arg:
            self.complain(replies.NEEDS_ARGUMENT)
        elif self.door.throttle.turns_away(self.peer):
            journal.event("sign_in_turned_away")
            self.push_bytes(replies.TOO_MANY_SIGN_INS)
            raise HungUp
        else:
            mechanism, _, initial = arg.partition(" ")
            try:
                await self._sign_in(mechanism.upper(), initial or None)
            except NoSignIn as broken:
                self.complain(broken.reply)

    async def _sign_in(self, mechanism: str, initial: str | None) -> None:
        if mechanism not in self.mechanisms():
            raise NoSignIn(replies.NO_SUCH_SIGN_IN)
        credential = await self._credential(mechanism, initial)
        name = credential.name
        self._refusal = replies.WRONG_SIGN_IN
        account = await self._verify(credential)
        if account is None:
            self._failures += 1
            self.door.throttle.failed(self.peer, name)
            journal.event("sign_in_failed", failures=self._failures)
            if self._failures >= _MOST_FAILURES:
                self.push_bytes(replies.TOO_MANY_SIGN_INS)
                raise HungUp
            raise NoSignIn(self._refusal)
        self.door.throttle.succeeded(name)
        self.account = with_shared(account, self.door.smtp.shared_mailboxes)
        self.push_bytes(replies.SIGNED_IN)

    async def _credential(self, mechanism: str, initial: str | None) -> Credential:
        """Hear the client out."""
        if mechanism in ("PLAIN", "LOGIN"):
            pair = await (self._plain if mechanism == "PLAIN" else self._login)(initial)
            return with_password(*(each.decode("utf-8", "replace") for each in pair))
        response = _decode(initial.encode()) if initial is not None else await self._ask(b"")
        credential = with_token(mechanism, response)
        if credential is None:
            raise NoSignIn(replies.SIGN_IN_SYNTAX)
        return credential

    async def _verify(self, credential: Credential) -> Account | None:
        await asyncio.sleep(self.door.throttle.wait(credential.name))
        try:
            if self.door.smtp.auth == "relay":
                return await self._verify_at_relay(credential)
            return await self.door.accounts.verify(credential.name, credential.password)
        except Exception as fault:  # noqa: BLE001 -- temporary, and the client learns no more
            ticket = journal.trouble(public("a sign-in could not be checked"), fault)
            raise NoSignIn(replies.sign_in_trouble(ticket)) from None

    async def _verify_at_relay(self, credential: Credential) -> Account | None:
        """The relay says whether it is the tutor, and the tutor's own mail then goes out as the tutor's."""
        account = Account(credential.name, (credential.name,) if "@" in credential.name else ())
        if self.door.relay is None or self.door.has_left(account):
            return None
        relay = self.door.relay.for_user(credential)
        refusal = await relay.sign_in()
        if refusal is not None and not refusal.permanent:
            raise RelayDown
        if refusal is not None:  # in its own words: "app password required" is what a tutor has to know
            self._refusal = refusal.wire().encode("ascii", "replace") + b"\r\n"
            return None
        self.own_relay = relay
        return account

    def _close(self) -> Waiting:
        if self.own_relay is not None:
            self.own_relay.drop()
        return super()._close()

    async def _plain(self, initial: str | None) -> tuple[bytes, bytes]:
        answer = _decode(initial.encode()) if initial is not None else await self._ask(b"")
        parts = answer.split(b"\0")
        if len(parts) != 3 or parts[0] not in (b"", parts[1]):
            raise NoSignIn(replies.SIGN_IN_SYNTAX)
        return parts[1], parts[2]

    async def _login(self, initial: str | None) -> tuple[bytes, bytes]:
        name = _decode(initial.encode()) if initial is not None else await self._ask(b"Username:")
        return name, await self._ask(b"Password:")

    async def _ask(self, challenge: bytes) -> bytes:
        self.push_bytes(b"334 " + b64encode(challenge) + b"\r\n")
        line = await self.read_line(LONGEST_SIGN_IN)
        if line is None:
            raise NoSignIn(replies.LINE_TOO_LONG)
        answer = line.rstrip(b"\r\n")
        if answer == b"*":
            raise NoSignIn(replies.SIGN_IN_GIVEN_UP)
        return _decode(answer)


def _decode(text: bytes) -> bytes:
    if text == b"=":  # an initial response that is empty (RFC 4954, 4)
        return b""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoSignIn(replies.NOT_BASE64) from None
