"""The worker: it sends what is due, once, and no trouble stops it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store.courier import Courier
from gateway.store.leases import LEASE, Claimed
from gateway.store.store import Store
from tests.store.conftest import LATER, NEVER, Clock, ScriptedRelay, notice, send, states

Opener = Callable[[], Awaitable[Store]]


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), TimeoutError(), ValueError("any")])
async def test_whatever_the_relay_client_raises_the_mail_stays(store: Store, fault: Exception) -> None:
    await store.enqueue(notice())
    await send(store, ScriptedRelay(fault))
    assert await states(store) == ["ready"]


async def test_the_worker_wakes_at_once_for_new_mail(store: Store) -> None:
    relay, stop = ScriptedRelay(), asyncio.Event()
    courier = store.courier(relay, poll=60)
    worker = asyncio.create_task(courier.run(stop))
    await asyncio.sleep(0)
    await store.enqueue(notice())
    await asyncio.wait_for(relay.asked.wait(), 60)
    stop.set()
    await asyncio.wait_for(worker, 60)
    assert await states(store) == ["sent"]


async def test_a_report_that_cannot_be_written_does_not_send_the_mail_twice(store: Store) -> None:
    class NoReports:
        def undelivered(self, *_: object) -> None:
            raise ValueError("ana@family.example")

    await store.enqueue(msgspec.structs.replace(notice(), mail_from="tom@agency.example"))
    claimed = await store.leases.claim()
    assert claimed is not None
    with capture_logs() as logs:
        await store.courier(ScriptedRelay(NEVER), NoReports()).carry(claimed)
    assert await states(store) == ["failed"]
    assert "trouble" in [each["event"] for each in logs]
    assert "family" not in str(logs)


async def test_a_mail_that_cannot_be_dealt_with_does_not_stop_the_worker(store: Store, clock: Clock) -> None:
    """Its lease lapses; meanwhile the others leave."""

    class Broken(Courier):
        async def carry(self, claimed: Claimed, stop: asyncio.Event | None = None) -> None:
            if claimed.attempts == 1 and claimed.id == 1:
                raise ValueError
            await super().carry(claimed, stop)

    await store.enqueue(notice("a"), notice("b"))
    relay, stop = ScriptedRelay(), asyncio.Event()
    courier = Broken(
        store.core, store.outbox, store.leases, relay, None, give_up_after=timedelta(days=1), poll=0.01
    )
    worker = asyncio.create_task(courier.run(stop))
    async with asyncio.timeout(60):
        while await states(store) != ["sending", "sent"]:  # noqa: ASYNC110 -- the database tells no event
            await asyncio.sleep(0.01)
        clock.now += LEASE
        while await states(store) != ["sent", "sent"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        stop.set()
        await worker


async def test_the_worker_finds_what_another_process_put_in(open_store: Opener) -> None:
    one, other = await open_store(), await open_store()
    relay, stop = ScriptedRelay(), asyncio.Event()
    worker = asyncio.create_task(one.courier(relay, poll=0.05).run(stop))
    await other.enqueue(notice())
    await asyncio.wait_for(relay.asked.wait(), 60)
    stop.set()
    await asyncio.wait_for(worker, 60)


async def test_the_worker_finishes_what_is_under_way_before_it_stops(store: Store) -> None:
    class SlowRelay(ScriptedRelay):
        def __init__(self) -> None:
            super().__init__()
            self.go = asyncio.Event()

        async def deliver(self, outgoing: Outgoing) -> Delivery:
            delivery = await super().deliver(outgoing)
            await self.go.wait()
            return delivery

    relay, stop = SlowRelay(), asyncio.Event()
    worker = asyncio.create_task(store.courier(relay).run(stop))
    await store.enqueue(notice())
    await asyncio.wait_for(relay.asked.wait(), 60)
    stop.set()
    await asyncio.sleep(0.05)
    assert not worker.done()
    relay.go.set()
    await asyncio.wait_for(worker, 60)
    assert await states(store) == ["sent"]


async def test_both_workers_of_two_processes_send_each_mail_once(open_store: Opener) -> None:
    one, other = await open_store(), await open_store()
    relay, stop = ScriptedRelay(), asyncio.Event()
    workers = [asyncio.create_task(each.courier(relay, poll=0.01).run(stop)) for each in (one, other)]
    await one.enqueue(*(notice(str(number)) for number in range(20)))
    while set(await states(one)) != {"sent"}:  # noqa: ASYNC110 -- the database tells no event
        await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*workers), 60)
    assert sorted(each.raw for each in relay.got) == sorted(notice(str(number)).raw for number in range(20))


async def test_a_clock_that_leaps_forward_sends_nothing_in_hand_again(store: Store, clock: Clock) -> None:
    class SlowRelay(ScriptedRelay):
        def __init__(self) -> None:
            super().__init__()
            self.go = asyncio.Event()

        async def deliver(self, outgoing: Outgoing) -> Delivery:
            delivery = await super().deliver(outgoing)
            await self.go.wait()
            return delivery

    relay, stop = SlowRelay(), asyncio.Event()
    await store.enqueue(notice("slow"))
    worker = asyncio.create_task(store.courier(relay, poll=0.01).run(stop))
    async with asyncio.timeout(60):
        await relay.asked.wait()
        clock.go(days=1)
        await store.enqueue(notice("next"))
        while len(relay.got) < 2:  # noqa: ASYNC110 -- the slow one's lease, over long since, would come first
            await asyncio.sleep(0.01)
        relay.go.set()
        while await states(store) != ["sent", "sent"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        stop.set()
        await worker
    assert [each.raw for each in relay.got] == [notice("slow").raw, notice("next").raw]


async def test_old_mail_is_tried_some_times_before_it_is_given_up(store: Store, clock: Clock) -> None:
    """A gateway that was off for a week, or whose clock was wrong, does not give up at the first try."""
    await store.enqueue(notice())
    clock.go(days=7)
    for _ in range(3):
        await send(store, ScriptedRelay(LATER))
        assert await states(store) == ["ready"]
        clock.go(hours=1)
    await send(store, ScriptedRelay(LATER))
    assert await states(store) == ["failed"]
