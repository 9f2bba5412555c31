"""
One connection: octets in, lines out, replies back, and how long all that may take.

aiosmtpd is replaced where a proxy that loses nothing cannot use it: no clock runs while the
gateway is at work, lines are bounded, replies to pipelined commands go out in one write, and a
connection costs no introspection. What the lines say is the business of `dispatch`.
"""

import asyncio
from typing import cast

from aiosmtpd.smtp import SMTP, Session

from gateway import journal
from gateway.smtp import replies
from gateway.smtp.door import Door

_LONGEST_LINE = 2_048
LONGEST_SIGN_IN = 12_288 + 64  # RFC 4954, 4
_SKIP_AT_MOST = 65_536
_HIGH_WATER = 196_608  # octets that wait to be looked at; one read brings up to 262,144 more
_GRACE = 0.2  # seconds until a deadline that has passed is looked at once more
LAST_WORDS = 5.0  # seconds that a client gets to take our last reply


class HungUp(Exception):
    """The client has gone, or is to go; nobody reads what would be said."""


class Connection(SMTP):
    """Gathers octets into lines, sends replies, and keeps the clock."""

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
        self._stuck: asyncio.Future[None] | None = None  # set while the client does not read
        self._at_end = False
        self._held_back = False
        self._watch: asyncio.TimerHandle | None = None
        self._deadline: float | None = None  # None: the gateway is at work, no clock runs
        self._overdue = False  # the deadline had passed when the clock was looked at last
        self._dropped = 0  # octets of a line that is too long

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See who it is."""
        self.transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        self.session.peer = name

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

    def _wake(self) -> None:
        """Something has happened: octets came, the end came, or the client is to go."""

    # -- octets in

    def _let_in(self) -> None:
        if self._held_back and self.transport is not None:
            self._held_back = False
            self.transport.resume_reading()

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

    def _longest(self) -> int:
        return LONGEST_SIGN_IN if self._input[:5].upper() == b"AUTH " else _LONGEST_LINE

    # -- replies out

    def push_bytes(self, reply: bytes) -> None:
        """Put a reply (with its CRLF) behind those that are not sent yet."""
        self._output += reply

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

    def _hang_up(self) -> None:
        """Close; a client that does not take our last words in time is cut off."""
        self._at_end = True
        if self.transport is not None:
            if not self.transport.is_closing() and self.transport.get_write_buffer_size():
                self.loop.call_later(LAST_WORDS, self.transport.abort)
            self.transport.close()
        self._wake()

    # -- the clock

    def _start_clock(self) -> None:
        self._deadline = self.loop.time() + self.door.smtp.idle_timeout
        self._watch = self.loop.call_at(self._deadline, self._look_at_clock)

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
