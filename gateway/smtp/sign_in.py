"""AUTH PLAIN and LOGIN, under TLS only (RFC 4954, RFC 4616)."""

import asyncio
import binascii
from base64 import b64decode, b64encode

from gateway import journal
from gateway.mail.account import Account
from gateway.mail.public import public
from gateway.smtp import replies
from gateway.smtp.connection import LONGEST_SIGN_IN, HungUp
from gateway.smtp.greeting import Greeting

_MOST_FAILURES = 5


class NoSignIn(Exception):
    """The exchange broke off. *reply* says why."""

    def __init__(self, reply: bytes) -> None:
        super().__init__()
        self.reply = reply


class SignIn(Greeting):
    """Finds out who the client is. No name and no password is ever logged."""

    _failures = 0

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
        if mechanism == "PLAIN":
            name, password = await self._plain(initial)
        elif mechanism == "LOGIN":
            name, password = await self._login(initial)
        else:
            raise NoSignIn(replies.NO_SUCH_SIGN_IN)
        account = await self._verify(name, password)
        if account is None:
            self._failures += 1
            self.door.throttle.failed(self.peer, name.decode("utf-8", "replace"))
            journal.event("sign_in_failed", failures=self._failures)
            if self._failures >= _MOST_FAILURES:
                self.push_bytes(replies.TOO_MANY_SIGN_INS)
                raise HungUp
            raise NoSignIn(replies.WRONG_SIGN_IN)
        self.door.throttle.succeeded(name.decode("utf-8", "replace"))
        self.account = account
        self.push_bytes(replies.SIGNED_IN)

    async def _verify(self, name: bytes, password: bytes) -> Account | None:
        try:
            pair = name.decode(), password.decode()
        except UnicodeDecodeError:
            pair = "", ""  # nobody's, but it takes as long as anybody's
        await asyncio.sleep(self.door.throttle.wait(pair[0]))
        try:
            return await self.door.accounts.verify(*pair)
        except Exception as fault:  # noqa: BLE001 -- temporary, and the client learns no more
            ticket = journal.trouble(public("a sign-in could not be checked"), fault)
            raise NoSignIn(replies.sign_in_trouble(ticket)) from None

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
