"""Tells the administrators when somebody has reached the hourly limit, once an hour for each."""

import asyncio
from datetime import timedelta
from time import monotonic
from typing import Protocol

from gateway import journal
from gateway.mail.public import public
from gateway.remedy.outgoing import Outgoing

_HOUR = timedelta(hours=1)
_MOST = 10_000  # people that are remembered as told of


class Notices(Protocol):
    """Writes them."""

    def busy(self, who: str, counted: str, limit: int) -> tuple[Outgoing, ...]:
        """Somebody has sent all that they may in an hour; *counted* is "messages" or "recipients"."""
        ...


class Store(Protocol):
    """Remembers what was told, over all processes, and sends it."""

    async def tell(self, what: str, period: timedelta, *mails: Outgoing) -> None:
        """Put mail into the outbox the first time in each period for that text."""
        ...


class Busy:
    """Called for every message that is over the limit; what it does about it takes no client's time."""

    def __init__(self, notices: Notices, store: Store) -> None:
        self._notices = notices
        self._store = store
        self._told: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, who: str, counted: str, limit: int) -> None:
        """Tell of it, unless that was done within the hour."""
        now = monotonic()
        if now - self._told.get(who, -_HOUR.total_seconds()) < _HOUR.total_seconds():
            return
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[who] = now
        task = asyncio.get_running_loop().create_task(self._tell(who, counted, limit), name="hourly limit")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, who: str, counted: str, limit: int) -> None:
        try:
            await self._store.tell(f"hourly limit {who}", _HOUR, *self._notices.busy(who, counted, limit))
        except Exception as fault:  # noqa: BLE001 -- the next message over the limit tries again
            self._told.pop(who, None)
            journal.trouble(public("nobody could be told of an hourly limit"), fault)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._tasks)
