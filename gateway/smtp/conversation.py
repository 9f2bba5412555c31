"""
What is said to a relay once a connection stands: one transaction after another.

aiosmtplib makes the connection (EHLO, STARTTLS, sign-in); this protocol takes its
transport over, because the bytes of a message must leave exactly as they are,
and because commands are sent in groups where the relay allows it (RFC 2920).
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.smtp.capabilities import mail_command, rcpt_command
from gateway.smtp.dots import stuff

_LONGEST_REPLY = 65_536
_MOST_LINES = 1_000
_BLOCK = 262_144
_BLOCK_WAIT = 180.0  # RFC 5321, 4.5.3.2.5
_FINAL_REPLY = 540.0  # RFC 5321, 4.5.3.2.6, less a minute for our own answer to arrive
_UNCLEAR = Reply(451, "4.5.0", ("The next mail server gave no clear answer; please send again later",))
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
        self._open = False  # whether an old transaction is to be reset first
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

    async def begin(self, mail: str, recipients: Sequence[str], patience: float) -> tuple[Reply, list[Reply]]:
        """
        Say MAIL and RCPT and leave the transaction open, for `add` and `finish`.

        *patience* is in seconds, for each reply; here and below.

        Raises:
            ConnectionBroken: an answer is missing; here and below.
        """
        async with self._unbroken():
            sender, *answers = await self._exchange([mail, *recipients], patience)
            return sender, answers

    async def add(self, recipients: Sequence[str], patience: float) -> list[Reply]:
        """Say RCPT in the open transaction."""
        async with self._unbroken():
            return await self._exchange(recipients, patience)

    async def finish(self, outgoing: Outgoing, patience: float) -> Reply:
        """Send the message of the open transaction."""
        self.messages += 1
        async with self._unbroken():
            (data,) = await self._exchange(["DATA"], patience)
            return data if data.code != 354 else await self._send_content(outgoing, patience)

    async def send(self, outgoing: Outgoing, patience: float) -> Delivery:
        """One whole transaction: MAIL, RCPT for each recipient, DATA, the message."""
        self.messages += 1
        envelope = [
            mail_command(self.extensions, outgoing, len(outgoing.trace) + len(outgoing.raw)),
            *(rcpt_command(self.extensions, each) for each in outgoing.recipients),
        ]
        async with self._unbroken():
            data: Reply | None = None
            if "pipelining" in self.extensions:
                sender, *answers, data = await self._exchange([*envelope, "DATA"], patience)
            else:
                sender, *answers = await self._exchange(envelope, patience)
                if sender.accepted and any(each.accepted for each in answers):
                    (data,) = await self._exchange(["DATA"], patience)
            refused = tuple(
                (recipient.address, answer)
                for recipient, answer in zip(outgoing.recipients, answers, strict=True)
                if not answer.accepted
            )
            nobody = len(refused) == len(outgoing.recipients)
            if not sender.accepted or nobody or data is None or data.code != 354:
                if data is not None and data.code == 354:
                    self.break_off()  # it waits for a message that nobody would get
                return Delivery(_why(sender, refused if nobody else (), data), refused)
            return Delivery(await self._send_content(outgoing, patience), refused)

    def leave(self) -> None:
        """Give the open transaction up; RSET goes out with the next one."""
        self._open = not self.broken

    @asynccontextmanager
    async def _unbroken(self) -> AsyncIterator[None]:
        """Whatever goes wrong in between: the state of the connection is unknown, so it is closed."""
        try:
            yield
        except TimeoutError:
            self.break_off()
            raise ConnectionBroken from None
        except BaseException:
            self.break_off()
            raise

    async def _exchange(self, commands: Sequence[str], patience: float) -> list[Reply]:
        """Say the commands, in one group if the relay allows it, and read a reply to each."""
        group, self._open = (["RSET", *commands] if self._open else list(commands)), False
        skipped = len(group) - len(commands)
        if "pipelining" in self.extensions:
            replies = [await self._reply(each, patience) for each in self._say(*group)]
        else:
            replies = []
            for command in group:
                replies.append(await self._reply(self._say(command)[0], patience))
                if command.startswith("MAIL ") and not replies[-1].accepted:
                    replies += replies[-1:] * (len(group) - len(replies))  # the rest makes no sense now
                    break
        return [_sane(command, reply) for command, reply in zip(commands, replies[skipped:], strict=True)]

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

    async def _send_content(self, outgoing: Outgoing, patience: float) -> Reply:
        """The trace field and the message, dots stuffed, nothing else changed; then the final answer."""
        content = stuff(outgoing.raw)
        end = b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n"
        final = self._expect()
        if len(content) <= _BLOCK:
            self.transport.write(b"".join((outgoing.trace.encode(), content, end)))
        else:
            view = memoryview(content)
            self.transport.write(outgoing.trace.encode())
            for start in range(0, len(content), _BLOCK):
                self.transport.write(view[start : start + _BLOCK])
                async with asyncio.timeout(max(patience, _BLOCK_WAIT)):
                    await self._writable.wait()
                if self.broken:
                    raise ConnectionBroken
            self.transport.write(end)
        try:
            return _sane("", await self._reply(final, max(patience, _FINAL_REPLY)))
        except (ConnectionBroken, TimeoutError):
            self.break_off()
            raise ConnectionBroken(in_doubt=True) from None


def _sane(command: str, reply: Reply) -> Reply:
    """A reply that is none to its command (250 to DATA, 354 to RCPT) must not be taken for one."""
    fits = reply.code == 354 if command == "DATA" else reply.accepted
    return reply if fits or reply.code >= 400 else _UNCLEAR


def _why(sender: Reply, refused: tuple[tuple[str, Reply], ...], data: Reply | None) -> Reply:
    """The reply that stands for a transaction without a message: a temporary one if there is any."""
    if not sender.accepted:
        return sender
    answers = [answer for _, answer in refused] or ([data] if data is not None else [])
    for answer in answers:
        if not answer.permanent:
            return answer
    return answers[0] if answers else Reply(554, "5.5.1", ("The message has no recipient",))
