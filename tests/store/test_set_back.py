"""The outbox after the clock was set back: nothing waits for a moment that was never meant."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gateway.store.leases import LEASE
from gateway.store.set_back import rectify
from gateway.store.store import Store
from tests.store.conftest import LATER, OK, Clock, ScriptedRelay, notice, send, states

Opener = Callable[[], Awaitable[Store]]


@pytest.mark.parametrize("back", [{"minutes": 5}, {"hours": 1}, {"days": 1}, {"days": 3000}])
async def test_a_clock_that_was_set_back_postpones_nothing_for_long(
    store: Store, clock: Clock, back: dict[str, float]
) -> None:
    """What waits for another try is due within the hour that a pause may last, what waits on purpose as meant."""
    await store.enqueue(notice("tried"))
    await send(store, ScriptedRelay(LATER))
    await store.enqueue(notice("held back"), delay=timedelta(minutes=10))
    clock.now -= timedelta(**back)
    await rectify(store.core)
    first = await store.leases.claim()
    assert first is not None
    assert await store.leases.claim() is None
    clock.go(minutes=10)
    second = await store.leases.claim(besides=frozenset({first.id}))
    assert second is not None
    assert (first.id, second.id) == (1, 2)


async def test_the_lease_of_a_dead_process_ends_though_the_clock_was_set_back(
    open_store: Opener, clock: Clock
) -> None:
    dead, other = await open_store(), await open_store()
    await dead.enqueue(notice())
    assert await dead.leases.claim() is not None
    clock.now -= timedelta(days=1)
    await rectify(other.core)
    assert await other.leases.claim() is None, "it may be alive, and renew its lease"
    clock.now += LEASE
    assert await other.leases.claim() is not None


async def test_moments_that_a_right_clock_gave_stay_as_they_are(store: Store, clock: Clock) -> None:
    await store.enqueue(notice())
    await send(store, ScriptedRelay(LATER))
    await store.enqueue(notice("later"), delay=timedelta(days=2))
    before = [each.due_at for each in await store.postmaster.list()]
    await rectify(store.core)
    assert [each.due_at for each in await store.postmaster.list()] == before


async def test_the_worker_notices_that_the_clock_was_set_back(store: Store, clock: Clock) -> None:
    await store.enqueue(notice())
    relay, stop = ScriptedRelay(LATER, OK), asyncio.Event()
    worker = asyncio.create_task(store.courier(relay, poll=0.01).run(stop))
    async with asyncio.timeout(60):
        while [each.attempts for each in await store.postmaster.list(["ready"])] != [1]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        clock.now -= timedelta(days=1)
        while await states(store) != ["sent"]:  # noqa: ASYNC110 -- the database tells no event
            await asyncio.sleep(0.01)
        stop.set()
        await worker
