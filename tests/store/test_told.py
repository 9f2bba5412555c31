"""What is not to be said too often is said once in its time, whichever process says it."""

import asyncio
from datetime import timedelta

from tests.store.conftest import Clock, notice, states

DAY = timedelta(days=1)


async def test_something_is_said_once_in_its_period(store):
    first = [await store.told.first_time("tom/advice", DAY) for _ in range(3)]
    assert first == [True, False, False]
    assert await store.told.first_time("amira/advice", DAY)
    assert await store.told.first_time("tom/advice", timedelta(0))


async def test_mail_is_put_in_once_in_its_period(store, clock: Clock):
    for _ in range(2):
        await store.tell("locked out tom", DAY, notice("one"), notice("two"))
    assert await states(store) == ["ready", "ready"]
    clock.go(days=1)
    await store.tell("locked out tom", DAY, notice("again"))
    assert await states(store) == ["ready"] * 3


async def test_of_several_processes_one_tells(open_store):
    stores = [await open_store() for _ in range(3)]
    await asyncio.gather(*(each.tell("hourly limit tom", DAY, notice()) for each in stores))
    assert await states(stores[0]) == ["ready"]
