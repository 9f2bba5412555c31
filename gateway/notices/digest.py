"""
Tells reviewers that something new waits: by mail, and elsewhere: Teams, Slack, a webhook, whatever
Apprise knows.

How many, since when, and a link; never whose or what. What could not be told, because the
other side or this process was down, is in the next one: only what was told is marked.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from gateway import journal
from gateway.mail.public import Public, public
from gateway.remedy.outgoing import Outgoing
from gateway.review.errors import StoreTrouble
from gateway.sections import Settings
from gateway.settings import SettingsProblem


class Waiting(Protocol):
    """What waits."""

    @property
    def count(self) -> int: ...  # noqa: D102
    @property
    def new(self) -> int: ...  # noqa: D102
    @property
    def oldest(self) -> datetime | None: ...  # noqa: D102


class News(Protocol):
    """The store's count of what is new."""

    async def waiting(self) -> tuple[Waiting, datetime]:
        """What waits, and the moment that this is true of."""
        ...

    async def mark(self, until: datetime) -> None:
        """What came until then was told."""
        ...

    async def mail(self, write: Callable[[int, int, datetime], Iterable[Outgoing]], every: timedelta) -> int:
        """Queue the mails that *write* makes of what is new, at most once in *every*."""
        ...


Write = Callable[[int, int, datetime], tuple[Public, str]]
WriteMails = Callable[[int, int, datetime], tuple[Outgoing, ...]]


class Digest:
    """
    *write* makes title and text of how many wait, how many of them are new, and since when;
    *mails* makes the mails that say so.

    Raises:
        SettingsProblem: an address cannot be read or is none. It is not repeated: it is a secret.
    """

    def __init__(self, settings: Settings, news: News, write: Write, mails: WriteMails) -> None:
        self._every = settings.review.digest
        self._news = news
        self._write = write
        self._mails = mails
        self._by_mail = bool(settings.notices.digest)
        self._addresses = _addresses(settings)
        self._door = _door(self._addresses) if self._addresses else None

    async def run(self, stop: asyncio.Event) -> None:
        """Tell now and at every interval, until *stop* is set; returns at once where nobody is to be told."""
        while (self._by_mail or self._door is not None) and not stop.is_set():
            try:
                if self._by_mail:
                    await self._news.mail(self._mails, timedelta(seconds=self._every))
                await self.tell()
            except StoreTrouble as fault:
                journal.trouble(public("the digest has to wait"), fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)

    async def tell(self) -> bool:
        """Tell the other places what is new, if anything is; whether all were reached."""
        if self._door is None:
            return True
        waiting, until = await self._news.waiting()
        if not waiting.new or waiting.oldest is None:
            return True
        title, text = self._write(waiting.count, waiting.new, waiting.oldest)
        reached = bool(await asyncio.to_thread(self._door.notify, title=title, body=text))
        if reached:
            await self._news.mark(until)
        journal.event("digest", new=waiting.new, waiting=waiting.count, reached=reached)
        return reached


def _addresses(settings: Settings) -> tuple[str, ...]:
    file = settings.review.notify_file
    if file is None:
        return tuple(os.environ.get("CHAPERONE_NOTIFY", "").split())
    try:
        return tuple(file.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as problem:
        what = type(problem).__name__
        raise SettingsProblem(
            "configuration", "review.notify_file", what, "a file with an address on each line"
        ) from None


def _door(addresses: tuple[str, ...]) -> Any:
    import apprise  # it takes a while, and few need it

    log = logging.getLogger("apprise")  # it names addresses, which are secrets
    log.addHandler(logging.NullHandler())
    log.propagate = False
    door = apprise.Apprise()
    for number, each in enumerate(addresses, 1):
        if not door.add(each):
            raise SettingsProblem(
                "configuration",
                "review.notify_file",
                f"an unknown kind of address, number {number}",
                "addresses as Apprise writes them",
            )
    return door
