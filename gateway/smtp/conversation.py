"""
What is said to a relay once a connection stands: one transaction after another.

aiosmtplib makes the connection (EHLO, STARTTLS, sign-in); this protocol takes its
transport over, because the bytes of a message must leave exactly as they are,
and because commands are sent in groups where the relay allows it (RFC 2920).
"""

import asyncio
import re
from collections import deque
from collections.abc import Mapping

from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing

_LONGEST_REPLY = 65_536
_MOST_LINES = 1_000
_BLOCK = 262_144
_FINAL_REPLY = 540.0  # RFC 5321, 4.5.3.2.6, less a minute for our own answer to arrive
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ConnectionBroken(Exception):
    """
    The relay is gone, talks nonsense, or takes too long.

    *in_doubt*: the whole message had been sent, so that the relay may have taken it.
    """

    def __init__(self, *, in_doubt: bool = False) -> None:
        super().__init__()
        self.in_doubt = in_doubt


class Conversation(asyncio.Protocol):
    """A connection to a relay that knows us already. *extensions* are the keywords of its EHLO, lower-case."""

    def __init__(self, transport: asyncio.Transport, extensions: Mapping[str, str]) -> None:
        self.transport = transport
        self.extensions = extensions
        self.messages = 0
        self._input = bytearray()
        self._lines: list[str] = []
        self._expected: deque[asyncio.Future[Reply]] = deque()
        self._writable = asyncio.Event()
        self._writable.set()
        self.broken = transport.is_closing()
        transport.set_protocol(self)

    # -- what asyncio calls

    def data_received(self, data: bytes) -> None:
        """Give each complete reply to whoever waits for it."""
        self._input += data
        while (end := self._input.find(b"\n")) >= 0:
            line = bytes(self._input[:end]).rstrip(b"\r").decode("ascii", "replace")
            del self._input[: end + 1]
            code, mark = line[:3], line[3:4]
            if (
                len(code) != 3
                or not code.isdecimal()
                or not "200" <= code <= "599"
                or mark not in ("", " ", "-")
            ):
                self.break_off()
                return
            self._lines.append(line[4:])
            if mark == "-":
                if len(self._lines) > _MOST_LINES:
                    self.break_off()
                    return
                continue
            text, self._lines = "\n".join(self._lines), []
            if not self._expected:  # "421 closing": said to nobody, and the last word here
                self.break_off()
                return
            waiting = self._expected.popleft()
            if not waiting.done():
                waiting.set_result(Reply.parse(int(code), text))
        if len(self._input) > _LONGEST_REPLY:
            self.break_off()

    def eof_received(self) -> bool:
        """The relay has said its last; a half-open connection is of no use."""
        return False

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Whoever waits for a reply will not get one."""
        self.broken = True
        self._writable.set()
        for waiting in self._expected:
            if not waiting.done():
                waiting.set_exception(ConnectionBroken())
                waiting.exception()  # retrieved: not everybody who waits is still there
        self._expected.clear()

    def pause_writing(self) -> None:
        """Hold back the next block."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Send on."""
        self._writable.set()

    # -- what the client calls

    def break_off(self) -> None:
        """Close at once: what state the relay is in is not known."""
        self.broken = True
        self.transport.abort()
        self.connection_lost(None)

    def quit(self) -> None:
        """Say goodbye without waiting for the answer."""
        if not self.broken:
            self.broken = True
            self.transport.write(b"QUIT\r\n")
            self.transport.close()

    async def send(self, outgoing: Outgoing, patience: float) -> Delivery:
        """
        One transaction: MAIL, RCPT for each recipient, DATA, the message.

        *patience* is in seconds, for each reply; the last one may take longer.

        Raises:
            ConnectionBroken: there was no final answer.
        """
        self.messages += 1
        try:
            return await self._transact(outgoing, patience)
        except TimeoutError:
            self.break_off()
            raise ConnectionBroken from None
        except BaseException:
            self.break_off()
            raise

    async def _transact(self, outgoing: Outgoing, patience: float) -> Delivery:
        commands = [self._mail(outgoing), *map(self._rcpt, outgoing.recipients)]
        if "pipelining" in self.extensions:
            waiting = self._say(*commands, "DATA")
            sender = await self._reply(waiting[0], patience)
            answers = [await self._reply(each, patience) for each in waiting[1:-1]]
            data: Reply | None = await self._reply(waiting[-1], patience)
        else:
            sender = await self._reply(self._say(commands[0])[0], patience)
            answers, data = [], None
            if sender.accepted:
                answers = [await self._reply(self._say(each)[0], patience) for each in commands[1:]]
            if any(each.accepted for each in answers):
                data = await self._reply(self._say("DATA")[0], patience)
        refused = tuple(
            (recipient.address, answer)
            for recipient, answer in zip(outgoing.recipients, answers, strict=False)
            if not answer.accepted
        )
        nobody = len(refused) == len(outgoing.recipients)
        if not sender.accepted or nobody or data is None or data.code != 354:
            await self._take_back(data, patience)
            return Delivery(_why(sender, refused if nobody else (), data), refused)
        await self._send_content(outgoing)
        try:
            final = await self._reply(self._expect(), max(patience, _FINAL_REPLY))
        except (ConnectionBroken, TimeoutError):
            self.break_off()
            raise ConnectionBroken(in_doubt=True) from None
        return Delivery(final, refused)

    async def _take_back(self, data: Reply | None, patience: float) -> None:
        """Leave a transaction without a message; what cannot be taken back is broken off (RFC 2920, 3.1)."""
        if data is not None and data.code == 354:
            self.break_off()
        elif not self.broken:
            await self._reply(self._say("RSET")[0], patience)

    def _say(self, *commands: str) -> list[asyncio.Future[Reply]]:
        if self.broken:
            raise ConnectionBroken
        for command in commands:
            if _CONTROL.search(command):  # never: the session refuses these; a fault of ours must not inject
                raise ConnectionBroken
        waiting = [self._expect() for _ in commands]
        self.transport.write("".join(f"{command}\r\n" for command in commands).encode())
        return waiting

    def _expect(self) -> asyncio.Future[Reply]:
        if self.broken:
            raise ConnectionBroken
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._expected.append(future)
        return future

    async def _reply(self, waiting: asyncio.Future[Reply], patience: float) -> Reply:
        async with asyncio.timeout(patience):
            reply = await waiting
        if reply.code == 421:  # the relay closes after this one
            self.broken = True
            self.transport.close()
        return reply

    async def _send_content(self, outgoing: Outgoing) -> None:
        """The trace field and the message, dots stuffed, nothing else changed."""
        content = outgoing.raw
        if content.startswith(b"."):
            content = b"." + content
        content = content.replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n"
        head = outgoing.trace.encode()
        if len(content) <= _BLOCK:
            self.transport.write(b"".join((head, content, end)))
            return
        view = memoryview(content)
        self.transport.write(head)
        for start in range(0, len(content), _BLOCK):
            self.transport.write(view[start : start + _BLOCK])
            await self._writable.wait()
            if self.broken:
                raise ConnectionBroken
        self.transport.write(end)

    def _mail(self, outgoing: Outgoing) -> str:
        known = self.extensions
        options = []
        if "size" in known:
            options.append(f"SIZE={len(outgoing.trace) + len(outgoing.raw)}")
        if "8bitmime" in known:
            body = [each for each in outgoing.mail_options if each.startswith("BODY=")]
            options += body if outgoing.raw.isascii() else ["BODY=8BITMIME"]
        if "smtputf8" in known and needs_smtputf8(outgoing):
            options.append("SMTPUTF8")
        if "dsn" in known:
            options += [each for each in outgoing.mail_options if each.startswith(("RET=", "ENVID="))]
        return " ".join((f"MAIL FROM:<{outgoing.mail_from}>", *options))

    def _rcpt(self, recipient: Recipient) -> str:
        options = recipient.options if "dsn" in self.extensions else ()
        return " ".join((f"RCPT TO:<{recipient.address}>", *options))


def needs_smtputf8(outgoing: Outgoing) -> bool:
    """Whether an address or a header of the message needs the extension (RFC 6531, 3.4)."""
    if not outgoing.mail_from.isascii():
        return True
    if not all(recipient.address.isascii() for recipient in outgoing.recipients):
        return True
    return outgoing.smtputf8 and not outgoing.raw.partition(b"\r\n\r\n")[0].isascii()


def _why(sender: Reply, refused: tuple[tuple[str, Reply], ...], data: Reply | None) -> Reply:
    """The reply that stands for a transaction without a message: a temporary one if there is any."""
    if not sender.accepted:
        return sender
    answers = [answer for _, answer in refused] or ([data] if data is not None else [])
    for answer in answers:
        if not answer.permanent:
            return (
                answer
                if 400 <= answer.code < 500
                else Reply(451, "4.5.0", ("The relay gave no clear answer",))
            )
    return answers[0] if answers else Reply(554, "5.5.1", ("The message has no recipient",))
