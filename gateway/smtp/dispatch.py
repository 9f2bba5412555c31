"""
Commands: obeyed in order, each where its octets arrive.

Only one that has to wait (for the relay, for a message) becomes a task, which goes on with the
commands behind it and ends when there are none. Hanging up never cancels a message in work, and
no exception reaches the client. The verbs are in the classes that build on this one.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from aiosmtpd.smtp import SMTP

from gateway import journal
from gateway.mail.public import public
from gateway.smtp import replies
from gateway.smtp.connection import Connection, HungUp
from gateway.smtp.door import Door

_MOST_ERRORS = 20
_MOST_IDLE_COMMANDS = 100
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_IDLE_COMMANDS = {"NOOP", "RSET", "EHLO", "HELO", "VRFY", "HELP"}

Waiting = Awaitable[None] | None  # what has to be awaited before the next command; None: nothing


class Dispatch(Connection):
    """Calls the method of each command, one after the other, from the greeting to the last words."""

    verbs: ClassVar[dict[str, str]] = {
        name.removeprefix("smtp_"): name for name in dir(SMTP) if name.startswith("smtp_")
    }

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(door, loop)
        self._news = False  # something has happened since more() was called
        self._arrived: asyncio.Future[None] | None = None
        self._leaving = False
        self._errors = 0
        self._idle_commands = 0
        self._task: asyncio.Task[None] | None = None  # while a command has to wait
        self._left = False
        self._set_rset_state()

    # -- coming in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or tell it that there are too many."""
        super().connection_made(transport)
        if not self.door.admit(self, self.peer):
            self._left = True
            self.push_bytes(replies.SHUTTING_DOWN if self.door.closing else replies.TOO_MANY_CONNECTIONS)
            self._send()
            transport.close()
            return
        self._start_clock()
        opening = self.begin()
        if opening is None:
            self._greet()
            self._work()
        else:
            self._see_to(self._after(opening, self._greet))

    def begin(self) -> Waiting:
        """Whatever comes before the greeting."""
        return None

    def _greet(self) -> None:
        self.push_bytes(replies.greeting(self.hostname))

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

    def complain(self, reply: bytes) -> None:
        """Reply to a command that makes no sense; too many of these end the connection."""
        self._errors += 1
        self._output += reply

    def _excuse(self, error: Exception, commands: int = 1) -> None:
        """A fault of ours becomes a temporary refusal of each command, with the reference of its log line."""
        self.push_bytes(replies.trouble(journal.trouble(public("a command failed"), error)) * commands)
        self._set_rset_state()

    def _set_rset_state(self) -> None:
        """Forget the transaction."""

    # -- what a command waits for

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

    # -- going

    def dismiss(self) -> None:
        """Close once no message is in work (the server stops)."""
        self._leaving = True
        self._wake()

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
