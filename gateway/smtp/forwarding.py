"""
Standing behind another server: XFORWARD, XCLIENT (Postfix) and the PROXY protocol (HAProxy).

All three say who the client really is, so all three are believed only from the
networks of ``[smtp] proxies``. XFORWARD is for the record; XCLIENT and PROXY take
the proxy's place entirely: what the client may do depends on its own address then.
"""

import asyncio
import ipaddress
import re
from typing import Any, ClassVar

from aiosmtpd.proxy_protocol import get_proxy

from gateway import journal
from gateway.smtp import replies
from gateway.smtp.connection import HungUp
from gateway.smtp.dispatch import Waiting
from gateway.smtp.sign_in import SignIn

_XTEXT = re.compile(r"\+([0-9A-Fa-f]{2})")
_VALUE = re.compile(r"[\x21-\x7e]{1,255}")
_NOT_KNOWN = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")
_XFORWARD = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
_XCLIENT = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT")
_PROXY_PATIENCE = 5.0  # seconds; a proxy sends its line at once


class BadAttribute(ValueError):
    """An attribute cannot be read, or is none of the known ones."""


def read_attributes(text: str, known: tuple[str, ...]) -> dict[str, str]:
    """
    Read ``NAME=value NAME=value``, values in xtext (RFC 3461, 4); "" for what is not known.

    Raises:
        BadAttribute: what is written there is nothing else.
    """
    found: dict[str, str] = {}
    for word in text.split():
        name, _, value = word.partition("=")
        if name.upper() not in known or not _VALUE.fullmatch(value):
            raise BadAttribute
        plain = _XTEXT.sub(lambda match: chr(int(match[1], 16)), value)
        if value.upper() in _NOT_KNOWN:
            plain = ""
        elif not _VALUE.fullmatch(plain):
            raise BadAttribute
        found[name.upper()] = plain
    if not found:
        raise BadAttribute
    if found.get("ADDR"):
        found["ADDR"] = _address(found["ADDR"])
    return found


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text[5:] if text.upper().startswith("IPV6:") else text))
    except ValueError:
        raise BadAttribute from None


class Forwarding(SignIn):
    """Learns from a trusted proxy who the client is."""

    verbs: ClassVar[dict[str, str]] = SignIn.verbs | {
        "XCLIENT": "smtp_XCLIENT",
        "XFORWARD": "smtp_XFORWARD",
    }
    login: str | None = None  # whom the proxy has seen signing in
    forwarded: dict[str, str]
    _proxied = False

    @property
    def must_sign_in(self) -> bool:
        """Whether this client may not submit yet."""
        return self.login is None and super().must_sign_in

    def offers(self) -> list[str]:
        """The keywords of EHLO; a proxy is told that it may speak for others."""
        keywords = super().offers()
        if self._proxied:
            keywords += ["XCLIENT " + " ".join(_XCLIENT), "XFORWARD " + " ".join(_XFORWARD)]
        return keywords

    def _set_rset_state(self) -> None:
        """Forget the envelope, and whose it was."""
        super()._set_rset_state()
        self.forwarded = {}

    def begin(self) -> Waiting:
        """Hear the PROXY line, where one must come, before anything is said."""
        self._proxied = self.door.is_proxy(self.peer)
        return self._hear_proxy() if self._proxied and self.door.smtp.proxy_protocol else None

    async def _hear_proxy(self) -> None:
        data = await self._proxy_line()
        if data is None or not data.valid:
            journal.event("proxy_line_refused")
            raise HungUp
        if data.src_addr:  # none for the proxy's own health checks
            self._become(str(data.src_addr))
        self._proxied = False

    async def _proxy_line(self) -> Any:
        reader = asyncio.StreamReader(limit=2_048, loop=self.loop)
        parsing = self.loop.create_task(get_proxy(reader))
        deadline = self.loop.time() + _PROXY_PATIENCE
        while not parsing.done():
            if not self._input:
                await self.more(deadline)
            # Octet by octet, since what follows the line is the client's.
            reader.feed_data(bytes(self._input[:1]))
            del self._input[:1]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return parsing.result()

    def _become(self, peer: str) -> None:
        """Count the client under its own address."""
        self.door.leave(self, self.peer)
        self.peer = peer
        if not self.door.admit(self, peer):
            self.push_bytes(replies.TOO_MANY_CONNECTIONS)
            raise HungUp

    async def smtp_XFORWARD(self, arg: str) -> None:
        """Take down who the client of the next message is."""
        attributes = self._attributes(arg, _XFORWARD)
        if attributes is not None:
            self.forwarded = {**self.forwarded, **attributes}
            self.push_bytes(replies.RESET)

    async def smtp_XCLIENT(self, arg: str) -> None:
        """Start the session anew, with the client that the proxy names."""
        attributes = self._attributes(arg, _XCLIENT)
        if attributes is None:
            return
        self._set_rset_state()
        self.login = attributes.get("LOGIN") or None
        self.account = None
        self.helo = ""
        if attributes.get("ADDR"):
            self._vouched = False  # the certificate was the proxy's own
            self._become(attributes["ADDR"])
        self.push_bytes(replies.greeting(self.hostname))

    def _attributes(self, arg: str, known: tuple[str, ...]) -> dict[str, str] | None:
        if not self._proxied:
            self.complain(replies.NOT_A_PROXY)
        elif self.in_transaction:
            self.complain(replies.NOT_NOW)
        else:
            try:
                return read_attributes(arg, known)
            except BadAttribute:
                self.complain(replies.PARAMETER_SYNTAX)
        return None
