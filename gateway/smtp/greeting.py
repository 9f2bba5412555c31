"""EHLO and what may be said at any time; STARTTLS (RFC 5321, 4.1.1; RFC 3207)."""

import asyncio
import re
import ssl

from gateway import journal
from gateway.mail.account import Account
from gateway.smtp import replies
from gateway.smtp.connection import LAST_WORDS, HungUp
from gateway.smtp.dispatch import Dispatch, Waiting

_HELO_NAME = re.compile(r"[\x21-\x7e]{1,255}")
HANDSHAKE = 15.0  # seconds; a stalled handshake costs a client nothing, and us a connection


class Greeting(Dispatch):
    """Knows who is there, and what has been agreed with them."""

    helo = ""
    tls = False
    account: Account | None = None
    _vouched = False  # whether its certificate is that of a trusted client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Under TLS from the first octet, on the port for that."""
        self.tls = transport.get_extra_info("sslcontext") is not None
        self._see_certificate(transport)
        super().connection_made(transport)

    def _see_certificate(self, transport: asyncio.BaseTransport) -> None:
        if self.tls and self.door.certificate is not None:
            self._vouched = self.door.certificate.trusts(transport.get_extra_info("ssl_object"))

    @property
    def must_sign_in(self) -> bool:
        """Whether this client may not submit yet."""
        return self.account is None and not self._vouched and not self.door.trusts(self.peer)

    @property
    def in_transaction(self) -> bool:
        """Whether MAIL has been given."""
        return False

    @property
    def size_limit(self) -> int:
        """The most octets of a message: our own limit, or the relay's where that is lower."""
        own = self.door.smtp.max_message_size
        theirs = (self.door.relay_extensions or {}).get("size", "")
        return min(own, int(theirs)) if theirs.isdecimal() and int(theirs) else own

    @property
    def offers_requiretls(self) -> bool:
        """Whether we can promise that a message stays under TLS (RFC 8689)."""
        return self.tls and "requiretls" in (self.door.relay_extensions or {}) and self.door.relay_verified

    def offers(self) -> list[str]:
        """
        The keywords of EHLO.

        8BITMIME and SMTPUTF8 are always taken: where the relay does not know
        them, a message that needs them is refused in words. What would be a
        promise on the relay's behalf is offered only if the relay offers it.
        """
        theirs = self.door.relay_extensions or {}
        keywords = [
            "PIPELINING",
            f"SIZE {self.size_limit}",
            "8BITMIME",
            "SMTPUTF8",
            "CHUNKING",
            "ENHANCEDSTATUSCODES",
            f"LIMITS RCPTMAX={self.door.smtp.max_recipients}",
        ]
        if "dsn" in theirs:
            keywords.append("DSN")
        if self.offers_requiretls:
            keywords.append("REQUIRETLS")
        if self.door.certificate is not None and not self.tls:
            keywords.append("STARTTLS")
        if self.tls and self.account is None:
            keywords.append("AUTH " + " ".join(self.mechanisms()))
        return keywords

    def mechanisms(self) -> tuple[str, ...]:
        """The ways of signing in: for ``auth = "relay"`` those of the relay's own that can be passed on."""
        if self.door.smtp.auth != "relay":
            return ("PLAIN", "LOGIN")
        theirs = (self.door.relay_extensions or {}).get("auth", "PLAIN LOGIN").upper().split()
        passwords = ("PLAIN", "LOGIN") if {"PLAIN", "LOGIN"} & set(theirs) else ()
        return (*passwords, *(each for each in ("XOAUTH2", "OAUTHBEARER") if each in theirs))

    def smtp_EHLO(self, hostname: str) -> None:
        """Greet in the extended way."""
        if self._take_name(hostname):
            self.session.extended_smtp = True
            lines = [self.hostname, *self.offers()]
            last = lines.pop()
            self.push_bytes("".join(f"250-{each}\r\n" for each in lines).encode("ascii", "replace"))
            self.push_bytes(f"250 {last}\r\n".encode())

    def smtp_HELO(self, hostname: str) -> None:
        """Greet in the old way."""
        if self._take_name(hostname):
            self.session.extended_smtp = False
            self.push_bytes(f"250 {self.hostname}\r\n".encode("ascii", "replace"))

    def _take_name(self, hostname: str) -> bool:
        if not _HELO_NAME.fullmatch(hostname):
            self.complain(replies.HELO_SYNTAX)
            return False
        self._set_rset_state()
        self.helo = hostname
        return True

    def smtp_RSET(self, arg: str) -> None:
        """Forget the transaction."""
        if arg:
            self.complain(replies.NO_ARGUMENT)
            return
        self._set_rset_state()
        self.push_bytes(replies.RESET)

    def smtp_NOOP(self, arg: str) -> None:  # noqa: ARG002
        """Nothing."""
        self.push_bytes(replies.NOOP)

    def smtp_VRFY(self, arg: str | None) -> None:
        """Addresses are checked by sending to them."""
        if self.must_sign_in:
            self.complain(replies.SIGN_IN_FIRST)
        else:
            self.push_bytes(replies.VERIFY if arg else replies.NEEDS_ARGUMENT)

    def smtp_HELP(self, arg: str | None) -> None:  # noqa: ARG002
        """The commands."""
        self.push_bytes(replies.HELP)

    async def smtp_EXPN(self, arg: str | None) -> None:  # noqa: ARG002
        """Lists are nobody's business."""
        self.complain(replies.NOT_OFFERED)

    def smtp_QUIT(self, arg: str) -> None:
        """Say goodbye."""
        if arg:
            self.complain(replies.NO_ARGUMENT)
            return
        self.push_bytes(replies.BYE)
        raise HungUp

    def smtp_STARTTLS(self, arg: str) -> Waiting:
        """Turn on TLS and forget whatever was said before it (RFC 3207, 4.2)."""
        if arg:
            self.complain(replies.NO_ARGUMENT)
        elif self.tls:
            self.complain(replies.TLS_ALREADY)
        elif self.door.certificate is None:
            self.complain(replies.TLS_UNAVAILABLE)
        elif self._input:  # commands put in by somebody on the way (CVE-2011-0411)
            self.complain(replies.TOO_EARLY)
            raise HungUp
        else:
            self.push_bytes(replies.START_TLS)
            # Not one octet that comes in the clear from here on may reach the command reader.
            if self.transport is not None:
                self.transport.pause_reading()
            return self._start_tls(self.door.certificate.context)
        return None

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        if self.transport is None:
            raise HungUp
        await self._flush()
        try:
            transport = await self.loop.start_tls(
                self.transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE,
                ssl_shutdown_timeout=LAST_WORDS,
            )
        except (OSError, ssl.SSLError):
            journal.event("tls_handshake_failed")
            raise HungUp from None
        if transport is None:
            raise HungUp
        self.transport = transport
        self.tls = True
        self._see_certificate(transport)
        self.helo = ""
        self._set_rset_state()
