"""MAIL, RCPT and DATA: one message from its sender's address to the gateway's answer."""

import re
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from gateway import journal
from gateway.mail.envelope import Envelope, Recipient
from gateway.smtp import replies, trace
from gateway.smtp.connection import HungUp
from gateway.smtp.content import ContentReader, has_bare_line_ends, has_nul
from gateway.smtp.paths import BadParameter, BadPath, Path, parse_path
from gateway.smtp.sign_in import SignIn

_SLOWEST = 500  # octets a second, once the idle time is used up; Postfix's measure
_NOTIFY = re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*", re.IGNORECASE)
_ORCPT = re.compile(r"[A-Za-z0-9-]+;[\x21-\x7e]{1,490}")
_ENVID = re.compile(r"[\x21-\x7e]{1,100}")
_VALUES = {
    "SIZE": re.compile(r"\d{1,20}"),
    "BODY": re.compile(r"7BIT|8BITMIME", re.IGNORECASE),
    "RET": re.compile(r"FULL|HDRS", re.IGNORECASE),
    "ENVID": _ENVID,
    "AUTH": re.compile(r"[\x21-\x7e]{1,500}"),
}
_RECIPIENT_VALUES = {"NOTIFY": _NOTIFY, "ORCPT": _ORCPT}
_FOR_THE_RELAY = ("BODY", "RET", "ENVID", "AUTH")


class Transaction(SignIn):
    """Gathers an envelope and a message, hands them over, and gives the answer back."""

    verbs: ClassVar[dict[str, str]] = SignIn.verbs | {"BDAT": "smtp_BDAT"}

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a message."""
        if not self.helo:
            self.complain(replies.HELO_FIRST)
        elif self.must_sign_in:
            self.complain(replies.SIGN_IN_FIRST)
        elif self.sender is not None:
            self.complain(replies.MAIL_TWICE)
        else:
            self._mail(arg or "")

    def _mail(self, argument: str) -> None:
        try:
            path = parse_path(argument, "FROM:")
        except BadPath:
            self.complain(replies.MAIL_SYNTAX)
            return
        except BadParameter:
            self.complain(replies.PARAMETER_SYNTAX)
            return
        for name, value in path.parameters.items():
            if name == "SMTPUTF8" and value is None:
                continue
            pattern = _VALUES.get(name)
            if pattern is None:
                self.complain(replies.UNKNOWN_PARAMETER)
                return
            if value is None or not pattern.fullmatch(value):
                self.complain(replies.PARAMETER_SYNTAX)
                return
        limit = self.door.smtp.max_message_size
        if int(path.parameters.get("SIZE") or 0) > limit:
            self.push_bytes(replies.too_large(limit))
        elif not path.address.isascii() and "SMTPUTF8" not in path.parameters:
            self.complain(replies.NEEDS_SMTPUTF8)
        else:
            self.sender = path
            self.recipients = []
            self.push_bytes(replies.SENDER)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient."""
        if self.sender is None:
            self.complain(replies.MAIL_FIRST)
            return
        try:
            path = parse_path(arg or "", "TO:")
            if not path.address:
                raise BadPath
        except BadPath:
            self.complain(replies.RCPT_SYNTAX)
            return
        except BadParameter:
            self.complain(replies.PARAMETER_SYNTAX)
            return
        for name, value in path.parameters.items():
            pattern = _RECIPIENT_VALUES.get(name)
            if pattern is None:
                self.complain(replies.UNKNOWN_PARAMETER)
                return
            if value is None or not pattern.fullmatch(value):
                self.complain(replies.PARAMETER_SYNTAX)
                return
        if not path.address.isascii() and "SMTPUTF8" not in self.sender.parameters:
            self.complain(replies.NEEDS_SMTPUTF8)
        elif len(self.recipients) >= self.door.smtp.max_recipients:
            self.push_bytes(replies.TOO_MANY_RECIPIENTS)
        else:
            self.recipients = [*self.recipients, _recipient(path)]
            self.push_bytes(replies.RECIPIENT)

    async def smtp_BDAT(self, arg: str) -> None:  # noqa: ARG002
        """Not offered; what follows is content, so nothing more can be read as commands (RFC 3030)."""
        self.complain(replies.NOT_OFFERED)
        raise HungUp

    async def smtp_DATA(self, arg: str) -> None:
        """Take the message, and answer only when it is somebody's."""
        if self.sender is None:
            self.complain(replies.MAIL_FIRST)
        elif not self.recipients:
            self.complain(replies.RCPT_FIRST)
        elif arg:
            self.complain(replies.NO_ARGUMENT)
        elif self._input:  # what stands there is content or commands, and nobody knows which
            self.complain(replies.TOO_EARLY)
            raise HungUp
        else:
            self.push_bytes(replies.START_DATA)
            content = await self._read_content()
            self._idle_commands = 0
            sender, recipients = self.sender, tuple(self.recipients)
            self._set_rset_state()
            if content is None:
                self.push_bytes(replies.too_large(self.door.smtp.max_message_size))
            elif has_bare_line_ends(content):
                self.push_bytes(replies.BARE_LINE_END)
                if self._input:  # a second message behind the first: not read as commands
                    raise HungUp
            elif has_nul(content):
                self.push_bytes(replies.NUL_BYTE)
            else:
                self.push_bytes(await self._hand_over(sender, recipients, content))

    async def _read_content(self) -> bytes | None:
        """
        Read to the final dot. None for a message over the limit.

        Raises:
            HungUp: the client broke off; there is no message.
        """
        limit = self.door.smtp.max_message_size
        patience = self.door.smtp.idle_timeout
        reader = ContentReader(limit + limit // 50)  # stuffed dots do not count
        start = self.loop.time()
        self.blocks = []
        try:
            while True:
                now = self.loop.time()
                await self.more(min(now + patience, start + patience + reader.size / _SLOWEST))
                came, self.blocks = self.blocks, []
                for number, block in enumerate(came):
                    rest = reader.feed(block)
                    if rest is not None:
                        self._input += rest + b"".join(came[number + 1 :])
                        content = None if reader.too_large else reader.take()
                        return None if content is None or len(content) > limit else content
                if reader.size > 2 * limit + 1_000_000:
                    self.push_bytes(replies.too_large(limit))
                    raise HungUp
        finally:
            self.blocks = None

    async def _hand_over(self, sender: Path, recipients: tuple[Recipient, ...], content: bytes) -> bytes:
        """Give the message to the pipeline. From here to its answer nothing interrupts."""
        envelope = Envelope(
            mail_from=sender.address,
            recipients=recipients,
            received_at=datetime.now(UTC).astimezone(),
            account=self.account,
            peer=self.peer,
            helo=self.helo,
            tls=self.tls,
            smtputf8="SMTPUTF8" in sender.parameters,
            mail_options=_options(sender, _FOR_THE_RELAY),
            queue_id=journal.reference(),
        )
        envelope = msgspec.structs.replace(envelope, trace=trace.received(envelope, self.hostname))
        reply = await self.door.handle(envelope, content)
        if self.transport is None:
            journal.unheard(envelope.queue_id, reply.code)
        return reply.wire().encode("ascii", "replace") + b"\r\n"


def _recipient(path: Path) -> Recipient:
    return Recipient(path.address, _options(path, ("NOTIFY", "ORCPT")))


def _options(path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name}={path.parameters[name]}" for name in names if path.parameters.get(name))
