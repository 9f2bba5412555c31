"""What is new is mailed once, in the transaction that marks it; nothing is left out."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from gateway.remedy.outgoing import Outgoing
from gateway.store.store import Store
from tests.store.conftest import ENVELOPE, OK, RAW, VERDICT, Clock, ScriptedRelay, notice

EVERY = timedelta(minutes=15)


def write(count: int, new: int, oldest: datetime) -> list[Outgoing]:
    return [notice(f"{count} {new} {oldest:%H:%M}")]


async def told(store: Store) -> list[str]:
    relay = ScriptedRelay(*[OK] * 5)
    while (claimed := await store.leases.claim()) is not None:
        await store.courier(relay).carry(claimed)
    return [each.raw.decode().rpartition("\r\n\r\n")[2].strip() for each in relay.got]


async def test_what_is_new_is_told_once(store: Store, clock: Clock) -> None:
    assert await store.news.mail(write, EVERY) == 0
    await store.hold(RAW, ENVELOPE, VERDICT)
    clock.go(minutes=1)
    await store.hold(RAW, ENVELOPE, VERDICT)
    assert await store.news.mail(write, EVERY) == 2
    clock.go(hours=1)
    assert await store.news.mail(write, EVERY) == 0
    await store.hold(RAW, ENVELOPE, VERDICT)
    assert await store.news.mail(write, EVERY) == 1
    assert await told(store) == ["2 2 16:00", "3 1 16:00"]


async def test_within_an_interval_nobody_is_told_again(store: Store, clock: Clock) -> None:
    await store.hold(RAW, ENVELOPE, VERDICT)
    assert await store.news.mail(write, EVERY) == 1
    clock.go(minutes=5)
    await store.hold(RAW, ENVELOPE, VERDICT)
    assert await store.news.mail(write, EVERY) == 0
    clock.go(minutes=10)
    assert await store.news.mail(write, EVERY) == 1
    assert await told(store) == ["1 1 16:00", "2 1 16:00"]


async def test_several_processes_tell_it_once(
    store: Store, open_store: Callable[[], Awaitable[Store]], clock: Clock
) -> None:
    await store.hold(RAW, ENVELOPE, VERDICT)
    await store.news.mail(write, EVERY)
    clock.go(hours=1)
    await store.hold(RAW, ENVELOPE, VERDICT)
    other = await open_store()
    counts = await asyncio.gather(*(each.news.mail(write, EVERY) for each in (store, other, store)))
    assert sorted(counts) == [0, 0, 1]
    assert len(await told(store)) == 2


async def test_what_its_tutor_asks_for_is_new_then(store: Store, clock: Clock) -> None:
    item = await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=clock() + timedelta(days=3))
    await store.hold(RAW, ENVELOPE, VERDICT)
    clock.go(minutes=1)
    await store.news.mail(write, EVERY)
    clock.go(hours=5)
    await store.waiting.ask(item, "tom")
    assert (await store.quarantine.get(item)).held.held_at == clock()  # and not late at once
    assert await store.news.mail(write, EVERY) == 1
