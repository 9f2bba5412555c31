"""
One connection: bytes in, command lines out, replies back, and how long all that may take.

aiosmtpd is replaced where a proxy that loses nothing cannot use it: hanging up never
cancels a message in work, no clock runs while the gateway is at work, lines are bounded,
replies to pipelined commands go out in one write, no exception reaches the client, and a
connection costs no introspection. The verbs are in the classes that build on this one.

A command is obeyed where its octets arrive. Only one that has to wait (for the relay, for a
message) becomes a task, which goes on with the commands behind it and ends when there are none.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar, cast

from aiosmtpd.smtp import SMTP, Session

from gateway import journal
from gateway.mail.public import public
from gateway.smtp import replies
from gateway.smtp.door import Door

_LONGEST_LINE = 2_048
LONGEST_SIGN_IN = 12_288 + 64  # RFC 4954, 4
_SKIP_AT_MOST = 65_536
_HIGH_WATER = 524_288
_MOST_ERRORS = 20
_MOST_IDLE_COMMANDS = 100
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_GRACE = 0.2  # seconds until a deadline that has passed is looked at once more
LAST_WORDS = 5.0  # seconds that a client gets to take our last reply
_IDLE_COMMANDS = {"NOOP", "RSET", "EHLO", "HELO", "VRFY", "HELP"}

Waiting = Awaitable[None] | None  # what has to be awaited before the next command; None: nothing


class HungUp(Exception):
    """The client has gone, or is to go; nobody reads what would be said."""


class Connection(SMTP):
    """Reads commands, calls the method of each, and keeps the clock."""

    verbs: ClassVar[dict[str, str]] = {
        name.removeprefix("smtp_"): name for name in dir(SMTP) if name.startswith("smtp_")
    }

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        # aiosmtpd's own __init__ inspects every attribute of both objects for each connection.
        super(asyncio.StreamReaderProtocol, self).__init__(loop=loop)
        self.loop = loop
        self.door = door
        self.hostname = door.hostname
        self.peer = ""
        self.session: Session = Session(loop)
        self.transport: asyncio.Transport | None = None
        self._input = bytearray()
        self.blocks: list[bytes] | None = None  # set from the reply to DATA to the message's end
        self._output = bytearray()
        self._news = False  # something has happened since more() was called
        self._arrived: asyncio.Future[None] | None = None
        self._stuck: asyncio.Future[None] | None = None  # set while the client does not read
        self._at_end = False
        self._held_back = False
        self._leaving = False
        self._watch: asyncio.TimerHandle | None = None
        self._deadline: float | None = None  # None: the gateway is at work, no clock runs
        self._overdue = False  # the deadline had passed when the clock was looked at last
        self._dropped = 0  # octets of a line that is too long
        self._errors = 0
        self._idle_commands = 0
        self._task: asyncio.Task[None] | None = None  # while a command has to wait
        self._left = False
        self._set_rset_state()

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or tell it that there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        self.session.peer = name
        if not self.door.admit(self, self.peer):
            self._left = True
            words = replies.SHUTTING_DOWN if self.door.closing else replies.TOO_MANY_CONNECTIONS
            self.transport.write(words)
            self.transport.close()
            return
        self._deadline = self.loop.time() + self.door.smtp.idle_timeout
        self._watch = self.loop.call_at(self._deadline, self._look_at_clock)
        opening = self.begin()
        if opening is None:
            self._greet()
            self._work()
        else:
            self._see_to(self._after(opening, self._greet))

    def data_received(self, data: bytes) -> None:
        """Keep what came, and go on."""
        if self.blocks is not None:
            self.blocks.append(data)
            waiting = sum(map(len, self.blocks))
        else:
            self._input += data
            waiting = len(self._input)
        if waiting > _HIGH_WATER and not self._held_back and self.transport is not None:
            self._held_back = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """No more will come; a client that only closed its sending side still gets its replies."""
        self._at_end = True
        self._wake()
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is None

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        """Nobody is there any more. A message in work goes on to its end."""
        self._at_end = True
        self.transport = None
        self.resume_writing()
        if self._watch is not None:
            self._watch.cancel()
        self._wake()

    def pause_writing(self) -> None:
        """Wait for a client that does not take its replies."""
        self._stuck = self.loop.create_future()

    def resume_writing(self) -> None:
        """The client took them, or is gone."""
        if self._stuck is not None:
            self._stuck.set_result(None)
            self._stuck = None

    def dismiss(self) -> None:
        """Close once no message is in work (the server stops)."""
        self._leaving = True
        self._wake()

    # -- how it goes on

    def _wake(self) -> None:
        """Something has happened: whoever waits for it goes on."""
        self._news = True
        if self._task is None:
            if not self._left:
                self._work()
        elif self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def _work(self) -> None:
        """Obey what has come, on the spot as far as that goes."""
        try:
            waiting = self._obey_all()
        except HungUp:
            waiting = self._close()
        if waiting is not None:
            self._see_to(waiting)

    def _see_to(self, waiting: Awaitable[None]) -> None:
        self._deadline = None
        self._task = self.loop.create_task(self._wait(waiting))

    async def _wait(self, waiting: Waiting) -> None:
        """Wait, and go on until there is nothing to wait for. Ends by itself and is never cancelled."""
        try:
            while waiting is not None:
                try:
                    await waiting
                except HungUp:
                    raise
                except Exception as error:  # noqa: BLE001 -- whatever it is, the client learns a reference only
                    self._excuse(error)
                waiting = self._obey_all()
        except HungUp:
            waiting = self._close()
            if waiting is not None:
                await waiting
        else:
            self._task = None

    async def _after(self, first: Awaitable[None], then: Callable[[], Waiting]) -> None:
        await first
        waiting = then()
        if waiting is not None:
            await waiting

    def _obey_all(self) -> Waiting:
        """
        Obey the commands that are here, and send the replies.

        Raises:
            HungUp: that was the last of them.
        """
        if self.blocks:
            return self.take_message()
        obeyed = self._deadline is None
        while self._errors < _MOST_ERRORS:
            line = self._next_line()
            if line is None:
                return self._pause(obeyed=obeyed)
            obeyed = True
            try:
                waiting = self._obey(line)
            except HungUp:
                raise
            except Exception as error:  # noqa: BLE001 -- as above
                self._excuse(error)
                continue
            if waiting is not None:
                return waiting
        self.push_bytes(replies.TOO_MANY_ERRORS)
        raise HungUp

    def _pause(self, *, obeyed: bool) -> Waiting:
        """Say what is to be said before more can come."""
        owed = self.owed()
        if owed is not None:
            return owed
        if self._leaving and self.blocks is None:
            self.push_bytes(replies.SHUTTING_DOWN)
            raise HungUp
        self._send()
        if self._at_end:
            raise HungUp
        if self._stuck is not None:
            return self._taken()
        self._let_in()
        if obeyed:  # a line that comes in drops must end in time all the same
            self._deadline = self.loop.time() + self.door.smtp.idle_timeout
        return None

    def _look_at_clock(self) -> None:
        """One lazy timer for the whole connection: it looks whether the deadline has passed."""
        if self.transport is None:
            return
        now = self.loop.time()
        late = self._deadline is not None and now >= self._deadline
        if late and not self._overdue:  # after a standstill of ours the client's octets may lie here unread
            self._overdue = True
            self._watch = self.loop.call_later(_GRACE, self._look_at_clock)
            return
        self._overdue = late
        if late:
            journal.event("client_too_slow")
            self.transport.write(bytes(self._output) + replies.TOO_SLOW)
            self._output.clear()
            self._hang_up()
            return
        again = self._deadline or now + self.door.smtp.idle_timeout
        self._watch = self.loop.call_at(again, self._look_at_clock)

    def _hang_up(self) -> None:
        """Close; a client that does not take our last words in time is cut off."""
        self._at_end = True
        if self.transport is not None:
            if not self.transport.is_closing() and self.transport.get_write_buffer_size():
                self.loop.call_later(LAST_WORDS, self.transport.abort)
            self.transport.close()
        self._wake()

    async def more(self, deadline: float) -> None:
        """Send what is to be said, then wait for more from the client."""
        self._news = False
        await self._flush()
        if self._at_end:
            raise HungUp
        self._let_in()
        if self._news:  # it came while the relay was asked, or while replies were waiting to leave
            return
        self._deadline = deadline
        self._arrived = self.loop.create_future()
        try:
            await self._arrived
        finally:
            self._arrived = None
            self._deadline = None

    def _let_in(self) -> None:
        if self._held_back and self.transport is not None:
            self._held_back = False
            self.transport.resume_reading()

    async def read_line(self, longest: int) -> bytes | None:
        """
        The next line, its line end included; None for one that is longer than *longest* octets.

        Raises:
            HungUp: no further line will come.
        """
        deadline = self.loop.time() + self.door.smtp.idle_timeout
        while (line := self._next_line(longest)) is None:
            if self._leaving:
                self.push_bytes(replies.SHUTTING_DOWN)
                raise HungUp
            await self.more(deadline)
        return line or None

    def _next_line(self, longest: int = 0) -> bytes | None:
        """
        A line, its line end included; empty for one that was too long, None while it has not ended.

        Without a bound it is the one for commands.

        Raises:
            HungUp: it does not end.
        """
        end = self._input.find(b"\n") + 1
        size = end or len(self._input)
        too_long = size > _LONGEST_LINE and size > (longest or self._longest())
        if end:
            line = b"" if too_long or self._dropped else bytes(self._input[:end])
            del self._input[:end]
            self._dropped = 0
            return line
        if too_long:
            self._dropped += size
            self._input.clear()
            if self._dropped > _SKIP_AT_MOST:
                self.push_bytes(replies.TOO_MANY_ERRORS)
                raise HungUp
        return None

    def push_bytes(self, reply: bytes) -> None:
        """Put a reply (with its CRLF) behind those that are not sent yet."""
        self._output += reply

    def complain(self, reply: bytes) -> None:
        """Reply to a command that makes no sense; too many of these end the connection."""
        self._errors += 1
        self._output += reply

    def take_message(self) -> Waiting:
        """What reads the message whose first octets have come, and replies to it."""
        return None

    def owed(self) -> Waiting:
        """What finds the replies that are still owed; a class that puts some off says here how."""
        return None

    async def _flush(self) -> None:
        owed = self.owed()
        if owed is not None:
            await owed
        self._send()
        await self._taken()

    def _send(self) -> None:
        if self._output and self.transport is not None and not self.transport.is_closing():
            self.transport.write(bytes(self._output))
        self._output.clear()

    async def _taken(self) -> None:
        """Wait until the client has taken its replies."""
        if self._stuck is not None and self.transport is not None:
            self._deadline = self.loop.time() + self.door.smtp.idle_timeout
            await self._stuck
            self._deadline = None
            if self._at_end:
                raise HungUp

    def begin(self) -> Waiting:
        """Whatever comes before the greeting."""
        return None

    def _greet(self) -> None:
        self.push_bytes(replies.greeting(self.hostname))

    def _set_rset_state(self) -> None:
        """Forget the transaction."""

    def _close(self) -> Waiting:
        """Say the last words, and go."""
        owed = self.owed()
        if owed is None:
            self._send()
            if self._stuck is None:
                self._leave()
                return None
        return self._close_later(owed)

    async def _close_later(self, owed: Waiting) -> None:
        try:
            if owed is not None:
                await owed
            self._send()
            await self._taken()
        except HungUp:
            pass
        finally:
            self._leave()

    def _leave(self) -> None:
        self._left = True
        self._set_rset_state()
        self.door.leave(self, self.peer)
        if self._watch is not None:
            self._watch.cancel()
        self._hang_up()

    def _longest(self) -> int:
        return LONGEST_SIGN_IN if self._input[:5].upper() == b"AUTH " else _LONGEST_LINE

    def _obey(self, line: bytes) -> Waiting:
        """Take a command line apart and call the method of its verb; an empty one was too long."""
        if not line:
            self.complain(replies.LINE_TOO_LONG)
            return None
        text = line[:-2]
        if not line.endswith(b"\r\n") or _CONTROL.search(text):
            self.complain(replies.BAD_LINE_END)
            return None
        name, _, rest = text.partition(b" ")
        verb = name.decode("ascii", "replace").upper()
        method = self.verbs.get(verb)
        if method is None:
            self.complain(replies.UNKNOWN if name.isascii() else replies.NOT_ASCII)
            return None
        if verb in _IDLE_COMMANDS:
            self._idle_commands += 1
            if self._idle_commands > _MOST_IDLE_COMMANDS:
                self.push_bytes(replies.TOO_MANY_IDLE_COMMANDS)
                raise HungUp
        obey: Callable[[str], Waiting] = getattr(self, method)
        argument = rest.strip(b" ").decode("utf-8", "surrogateescape")
        owed = self.owed() if verb != "RCPT" else None
        return obey(argument) if owed is None else self._after(owed, partial(obey, argument))

    def _excuse(self, error: Exception) -> None:
        """A fault of ours becomes a temporary refusal, with the reference of its log line."""
        self.push_bytes(replies.trouble(journal.trouble(public("a command failed"), error)))
        self._set_rset_state()
