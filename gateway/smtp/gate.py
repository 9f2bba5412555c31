"""What one relay is asked to bear: so many connections at once, so many messages in a minute."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakMethod

_MINUTE = 60.0
Kept = TypeVar("Kept")  # a connection


class Full(OSError):
    """No connection to the relay came free in time, or no more messages are allowed just now."""


class Gate(Generic[Kept]):
    """
    Shared by everybody in this process who speaks to one relay. 0 messages *per_minute* is no limit.

    What begins early, for a client that still names recipients, may take half of the
    connections: it holds them for as long as the client takes, and others must get through.
    """

    def __init__(
        self, connections: int, per_minute: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = connections
        self._per_minute = per_minute
        self._clock = clock
        self._open = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._times: deque[float] = deque()
        self._idle: list[WeakMethod[Callable[[], None]]] = []  # how to close what nobody uses

    def attach(self, drop_idle: Callable[[], None]) -> None:
        """Remember who keeps idle connections, for when one is wanted elsewhere."""
        self._idle = [each for each in self._idle if each() is not None]
        self._idle.append(WeakMethod(drop_idle))

    async def enter(
        self, patience: float, *, early: bool = False, idle: Callable[[], Kept | None] = lambda: None
    ) -> Kept | None:
        """
        Take a connection's place; it must `leave`. *patience* is in seconds.

        Returns an *idle* connection in its stead, if one comes back while we wait.

        Raises:
            Full: there is none.
        """
        if early and (self._open >= (self._most + 1) // 2 or self._waiting):
            raise Full
        until = self._clock() + patience
        while self._open >= self._most:
            if (kept := idle()) is not None:
                return kept
            for each in self._idle:
                if (drop := each()) is not None:
                    drop()
            await self._change(until - self._clock())
        self._open += 1
        return None

    async def _change(self, patience: float) -> None:
        """Wait until a connection was closed, or is used no more."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait_for(turn, max(0.0, patience))
        except TimeoutError:
            raise Full from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # our turn is the next one's
                self.nudge()
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def leave(self) -> None:
        """A connection is closed."""
        self._open -= 1
        self.nudge()

    def nudge(self) -> None:
        """A connection is closed, or used no more: whoever has waited longest looks again."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    async def pace(self, patience: float) -> None:
        """
        Count a message; wait for as long as there have been too many in the last minute.

        Raises:
            Full: that would be longer than *patience*, in seconds.
        """
        if not self._per_minute:
            return
        now = self._clock()
        while self._times and self._times[0] <= now - _MINUTE:
            self._times.popleft()
        # Those that wait stand in the list with the moment at which they may go.
        due = now if len(self._times) < self._per_minute else self._times[-self._per_minute] + _MINUTE
        if due - now > patience:
            raise Full
        self._times.append(max(now, due))
        if due > now:
            await asyncio.sleep(due - now)
