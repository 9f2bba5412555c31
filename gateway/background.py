"""Work that goes on in the background for as long as the gateway runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from gateway import journal
from gateway.mail.public import public

# Something that goes on in the background until the event is set.
Work = Callable[[asyncio.Event], Awaitable[None]]
_PAUSE = 5.0  # seconds


@asynccontextmanager
async def going_on(work: Mapping[str, Work]) -> AsyncIterator[None]:
    """Each of these, by name, until this is left; what is under way then is waited for."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(kept_up(each, stop), name=name) for name, each in work.items()]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def kept_up(work: Work, stop: asyncio.Event, pause: float = _PAUSE) -> None:
    """
    Do *work* until it ends; begin it anew, after *pause* seconds, when a fault of ours ends it.

    Nobody waits for what runs in the background: an outbox that stopped would be
    noticed by those whose mail never came.
    """
    while not stop.is_set():
        try:
            await work(stop)
        except Exception as fault:  # noqa: BLE001 -- mail has to go on
            journal.trouble(public("work in the background failed and begins anew"), fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
        else:
            return
