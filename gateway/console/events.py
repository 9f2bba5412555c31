"""Live updates: open pages learn that the queue has changed, by server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import msgspec
from starlette.responses import Response, StreamingResponse

from gateway.console.pages import REVIEW, Visit, page
from gateway.console.visitor import Visitor
from gateway.review.held import Filter, State

_EVERY = 2.0  # seconds between looks; other processes change the queue as well
_LONGEST = 900  # looks until the browser has to ask again, which checks its session anew
_AT_ONCE = 100
_MOST_SHOWN = 50


class Board(msgspec.Struct, frozen=True):
    """How many wait, when the latest of them came, and the states of those that a page shows."""

    count: int
    newest: datetime | None
    items: Mapping[str, State]


async def events(visit: Visit) -> Response:
    """A stream of boards, one whenever it has changed; `item` in the address names what the page shows."""
    watchers = visit.request.app.state.watchers
    if watchers.locked():
        return visit.trouble(503, "Too many", "Too many pages are open.")
    return StreamingResponse(
        _stream(visit, watchers),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(visit: Visit, watchers: asyncio.Semaphore) -> AsyncIterator[bytes]:
    secret = visit.request.cookies.get(visit.cookie("session"), "")
    shown = visit.request.query_params.getlist("item")[:_MOST_SHOWN]
    async with watchers:
        last = b""
        for look in range(_LONGEST):
            if look % 30 == 29 and await visit.parts.store.sessions.find(secret) is None:
                return
            now = msgspec.json.encode(await board(visit, shown))
            if now != last:
                yield b"event: queue\ndata: " + now + b"\n\n"
            elif look % 10 == 9:
                yield b": still here\n\n"  # so that proxies keep the connection, and we notice when it is gone
            last = now
            await asyncio.sleep(_EVERY)


async def board(visitor: Visitor, shown: list[str]) -> Board:
    """How the queue stands, and those of its items."""
    quarantine = visitor.parts.store.quarantine
    newest, count = await quarantine.page(Filter(order="newest"), 1)
    states = await quarantine.states(shown) if shown else {}
    return Board(count, newest[0].held_at if newest else None, states)


def watchers() -> asyncio.Semaphore:
    """As many streams as one process serves."""
    return asyncio.Semaphore(_AT_ONCE)


PAGES = [page("/queue/events", events, roles=REVIEW)]
