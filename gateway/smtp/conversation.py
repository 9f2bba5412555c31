"""
What is said to a relay once a connection stands: one transaction after another.

aiosmtplib makes the connection (EHLO, STARTTLS, sign-in); this protocol takes its
transport over, because the bytes of a message must leave exactly as they are,
and because commands are sent in groups where the relay allows it (RFC 2920).
Replies are gathered as a group too, under one lazy timer for the whole connection.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import msgspec

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
        self._loop = asyncio.get_running_loop()
        self._pipelines = "pipelining" in extensions
        self._open = False  # whether an old transaction is to be reset first
        self._input = b""
        self._lines: list[str] = []
        self._wanted = 0  # replies that are still to come to what was said
        self._replies: list[Reply] = []
        self._answered: asyncio.Future[list[Reply]] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._patience = 0.0
        self._deadline: float | None = None  # None: nobody waits for the relay
        self._clock: asyncio.TimerHandle | None = None
        self._ended: Callable[[], None] | None = None
        self.broken = transport.is_closing()
        transport.set_protocol(self)

    # -- what asyncio calls

    def data_received(self, data: bytes) -> None:
        """Gather the replies, and wake whoever waits for them once all are there."""
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            if not self._take(line):
                self.break_off()
                return
        if len(self._input) > _LONGEST_REPLY:
            self.break_off()

    def _take(self, line: bytes) -> bool:
        """Take a line of a reply; False if the relay talks nonsense."""
        read = _read_line(line)
        if read is None:
            return False
        if read.goes_on:
            self._lines.append(read.text)
            return len(self._lines) <= _MOST_LINES
        reply = read.reply
        if self._lines:
            reply = Reply.parse(reply.code, "\n".join((*self._lines, read.text)))
            self._lines = []
        if not self._wanted:  # "421 closing": said to nobody, and the last word here
            return False
        self._wanted -= 1
        self._replies.append(reply)
        if self._wanted and self._deadline is not None:  # patience is for each reply
            self._deadline = self._loop.time() + self._patience
        if reply.code == 421:  # the relay closes after this one
            self.broken = True
            self.transport.close()
            if self._wanted:
                self._give_up_waiting()
        if not self._wanted and self._answered is not None and not self._answered.done():
            self._answered.set_result(self._replies)
        return True

    def eof_received(self) -> bool:
        """The relay has said its last; a half-open connection is of no use."""
        return False

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Whoever waits for a reply will not get one."""
        self.broken = True
        self._writable.set()
        self._give_up_waiting()
        if self._clock is not None:
            self._clock.cancel()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()

    def on_end(self, ended: Callable[[], None]) -> None:
        """Have *ended* called once, when the connection is closed."""
        if self.transport.is_closing():
            ended()
        else:
            self._ended = ended

    def _give_up_waiting(self) -> None:
        self._wanted = 0
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionBroken())
            self._answered.exception()  # retrieved: not everybody who waits is still there

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
        sender, *answers = await self._exchange([mail, *recipients], patience)
        return sender, answers

    async def add(self, recipients: Sequence[str], patience: float) -> list[Reply]:
        """Say RCPT in the open transaction."""
        return await self._exchange(recipients, patience)

    async def finish(self, outgoing: Outgoing, patience: float) -> Reply:
        """Send the message of the open transaction."""
        self.messages += 1
        (data,) = await self._exchange(("DATA",), patience)
        return data if data.code != 354 else await self._send_content(outgoing, patience)

    async def send(self, outgoing: Outgoing, patience: float) -> Delivery:
        """One whole transaction: MAIL, RCPT for each recipient, DATA, the message."""
        self.messages += 1
        envelope = [
            mail_command(self.extensions, outgoing, len(outgoing.trace) + len(outgoing.raw)),
            *(rcpt_command(self.extensions, each) for each in outgoing.recipients),
        ]
        data: Reply | None = None
        if self._pipelines:
            sender, *answers, data = await self._exchange([*envelope, "DATA"], patience)
        else:
            sender, *answers = await self._exchange(envelope, patience)
            if sender.accepted and any(each.accepted for each in answers):
                (data,) = await self._exchange(("DATA",), patience)
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

    async def _exchange(self, commands: Sequence[str], patience: float) -> list[Reply]:
        """Say the commands, in one group if the relay allows it, and read a reply to each."""
        group, self._open = (["RSET", *commands] if self._open else commands), False
        skipped = len(group) - len(commands)
        if self._pipelines or len(group) == 1:
            self._say(group)
            replies = await self._answers(patience)
        else:
            replies = []
            for command in group:
                self._say((command,))
                replies += await self._answers(patience)
                if command.startswith("MAIL ") and not replies[-1].accepted:
                    replies += replies[-1:] * (len(group) - len(replies))  # the rest makes no sense now
                    break
        return [_sane(command, reply) for command, reply in zip(commands, replies[skipped:], strict=True)]

    def _say(self, commands: Sequence[str]) -> None:
        for command in commands:
            if not command.isprintable() and _CONTROL.search(command):
                self.break_off()  # never: the session refuses these; a fault of ours must not inject
        self._expect(len(commands))
        self.transport.write(("\r\n".join(commands) + "\r\n").encode())

    def _expect(self, number: int) -> None:
        """So many replies are owed to us from now on."""
        if self.broken:
            self.break_off()
            raise ConnectionBroken
        self._wanted = number
        self._replies = []
        self._answered = self._loop.create_future()

    async def _answers(self, patience: float) -> list[Reply]:
        """The replies that are owed. Whatever goes wrong leaves the relay in no known state, so that ends it."""
        assert self._answered is not None
        self._patience = patience
        self._wait_until(self._loop.time() + patience)
        try:
            return await self._answered
        except BaseException:
            self.break_off()
            raise
        finally:
            self._deadline = None

    def _wait_until(self, deadline: float) -> None:
        self._deadline = deadline
        if self._clock is not None and self._clock.when() > deadline:
            self._clock.cancel()
            self._clock = None
        if self._clock is None:
            self._clock = self._loop.call_at(deadline, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._clock = None
        if self._deadline is None or self.broken:
            return
        if self._loop.time() >= self._deadline:
            self.break_off()
        else:
            self._wait_until(self._deadline)

    async def _send_content(self, outgoing: Outgoing, patience: float) -> Reply:
        """The trace field and the message, dots stuffed, nothing else changed; then the final answer."""
        content = stuff(outgoing.raw)
        end = b".\r\n" if content.endswith(b"\r\n") or not content else b"\r\n.\r\n"
        self._expect(1)
        if len(content) <= _BLOCK:
            self.transport.writelines((outgoing.trace.encode(), content, end))
        else:
            self.transport.write(outgoing.trace.encode())
            await self._send_blocks(memoryview(content), max(patience, _BLOCK_WAIT))
            self.transport.write(end)
        try:
            (reply,) = await self._answers(max(patience, _FINAL_REPLY))
        except ConnectionBroken:
            raise ConnectionBroken(in_doubt=True) from None
        return _sane("", reply)

    async def _send_blocks(self, content: memoryview, patience: float) -> None:
        """Never more than a block ahead of what the relay takes; *patience* is for each of them."""
        try:
            for start in range(0, len(content), _BLOCK):
                self.transport.write(content[start : start + _BLOCK])
                if not self._writable.is_set():
                    self._wait_until(self._loop.time() + patience)
                    await self._writable.wait()
                if self.broken:
                    raise ConnectionBroken
        except BaseException:
            self.break_off()
            raise
        finally:
            self._deadline = None


class _Line(msgspec.Struct, frozen=True):
    """A line of a reply: its text, the reply that it is if it stands alone, and whether another follows."""

    text: str
    reply: Reply
    goes_on: bool


@lru_cache(maxsize=512)  # a relay says the same few lines over and over
def _read_line(line: bytes) -> _Line | None:
    """Take a line of a reply apart; None where it is none."""
    shown = line.rstrip(b"\r").decode("ascii", "replace")
    code, mark, text = shown[:3], shown[3:4], shown[4:]
    if len(code) != 3 or not code.isdecimal() or not "200" <= code <= "599" or mark not in ("", " ", "-"):
        return None
    return _Line(text, Reply.parse(int(code), text), mark == "-")


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
