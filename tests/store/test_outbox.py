"""The outbox: nothing lost, nothing twice while everybody lives, each recipient once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store.courier import Courier
from gateway.store.errors import StoreTrouble
from gateway.store.outbox import LEASE, Claimed, outcomes_of
from gateway.store.set_back import rectify
from gateway.store.store import Store
from gateway.store.tables import bodies, mails
from tests.store.conftest import LATER, NEVER, OK, Clock, ScriptedRelay, notice

Opener = Callable[[], Awaitable[Store]]


async def states(store: Store) -> list[str]:
    async with store.core.database.read() as connection:
        return list((await connection.scalars(select(mails.c.state).order_by(mails.c.id))).all())


async def kept_bodies(store: Store) -> int:
    async with store.core.database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(bodies)) or 0


async def send(store: Store, relay: ScriptedRelay) -> None:
    claimed = await store.outbox.claim()
    assert claimed is not None
    await store.courier(relay).carry(claimed)


async def test_mail_leaves_as_it_was_given(store: Store) -> None:
    mail = Outgoing(
        mail_from="tom@agency.example",
        recipients=notice("x", "a@x.example", "b@x.example").recipients,
        raw=b"\x00\xff.\r\n.\r\n",
        mail_options=("RET=HDRS", "ENVID=1"),
        smtputf8=True,
        trace="Received: x\r\n",
    )
    await store.enqueue(mail)
    relay = ScriptedRelay()
    await send(store, relay)
    assert relay.got == [mail]


async def test_sent_mail_leaves_no_contents_behind(store: Store) -> None:
    await store.enqueue(notice("a"), notice("b"))
    assert await kept_bodies(store) == 2
    await send(store, ScriptedRelay(OK))
    await send(store, ScriptedRelay(NEVER))
    assert await states(store) == ["sent", "failed"]
    assert await kept_bodies(store) == 0


async def test_delayed_mail_waits_until_its_time(store: Store, clock: Clock) -> None:
    await store.enqueue(notice(), delay=timedelta(minutes=10))
    clock.go(minutes=9)
    assert await store.outbox.claim() is None
    clock.go(minutes=1)
    assert await store.outbox.claim() is not None


async def test_delayed_mail_leaves_at_once_when_let_go(store: Store) -> None:
    numbers = await store.enqueue(notice("a"), notice("b"), delay=timedelta(minutes=10))
    await store.let_go(*numbers)
    relay = ScriptedRelay()
    await send(store, relay)
    await send(store, relay)
    assert {each.raw for each in relay.got} == {notice("a").raw, notice("b").raw}


async def test_withdrawn_mail_never_leaves_and_is_gone(store: Store, clock: Clock) -> None:
    numbers = await store.enqueue(notice(), delay=timedelta(minutes=10))
    await store.withdraw(*numbers)
    clock.go(days=1)
    assert await store.outbox.claim() is None
    assert await states(store) == ["withdrawn"]
    assert await kept_bodies(store) == 0


async def test_what_could_not_be_withdrawn_at_once_does_not_leave_later(store: Store, clock: Clock) -> None:
    numbers = await store.enqueue(notice("passphrase"), delay=timedelta(minutes=10))
    other = await store.enqueue(notice("other"), delay=timedelta(minutes=10))
    async with store.core.database.write() as connection:
        await connection.exec_driver_sql("alter table mails rename to away")
    with pytest.raises(StoreTrouble):
        await store.withdraw(*numbers)
    async with store.core.database.write() as connection:
        await connection.exec_driver_sql("alter table away rename to mails")
    clock.go(minutes=11)
    claimed = await store.outbox.claim()
    assert claimed is not None
    assert (claimed.id, await store.outbox.claim()) == (*other, None)


async def test_mail_that_was_let_go_cannot_be_withdrawn(store: Store) -> None:
    numbers = await store.enqueue(notice(), delay=timedelta(minutes=10))
    await store.let_go(*numbers)
    await store.withdraw(*numbers)
    assert await store.outbox.claim() is not None


async def test_two_processes_never_claim_the_same_mail(open_store: Opener) -> None:
    one, other = await open_store(), await open_store()
    await one.enqueue(*(notice(str(number)) for number in range(6)))
    found = await asyncio.gather(*(each.outbox.claim() for each in (one, other) * 4))
    claimed = [each.id for each in found if each is not None]
    assert len(claimed) == len(set(claimed)) == 6


async def test_the_mail_of_a_process_that_died_is_sent_by_another(open_store: Opener, clock: Clock) -> None:
    """It lies still for as long as the dead one might live, then goes out, the same bytes."""
    dead, other = await open_store(), await open_store()
    await dead.enqueue(notice())
    first = await dead.outbox.claim()
    assert first is not None
    clock.now += LEASE - timedelta(seconds=1)
    assert await other.outbox.claim() is None
    clock.go(seconds=1)
    relay = ScriptedRelay()
    await send(other, relay)
    assert relay.got == [notice()]


async def test_a_lease_is_renewed_while_the_relay_is_at_work(open_store: Opener, clock: Clock) -> None:
    one, other = await open_store(), await open_store()
    await one.enqueue(notice())
    claimed = await one.outbox.claim()
    assert claimed is not None
    clock.go(seconds=50)
    await one.outbox.renew(claimed)
    clock.go(seconds=50)
    assert await other.outbox.claim() is None


async def test_what_was_delivered_after_the_lease_was_lost_is_not_delivered_again(
    open_store: Opener, clock: Clock
) -> None:
    slow, other = await open_store(), await open_store()
    await slow.enqueue(notice())
    late = await slow.outbox.claim()
    assert late is not None
    clock.go(minutes=2)
    second = await other.outbox.claim()
    assert second is not None
    await slow.outbox.settle(late, OK, outcomes_of(late, OK, last=False))
    await other.outbox.settle(second, LATER, outcomes_of(second, LATER, last=False))
    assert await states(slow) == ["sent"]
    clock.go(days=1)
    assert await slow.outbox.claim() is None


async def test_each_recipient_is_served_once(store: Store, clock: Clock) -> None:
    """One taken, one refused for good, one for now: only the last is tried again."""
    await store.enqueue(notice("x", "taken@x.example", "never@x.example", "later@x.example"))
    mixed = Delivery(
        Reply(250, "2.0.0", ("ok",)),
        (
            ("never@x.example", Reply(550, "5.1.1", ("unknown",))),
            ("later@x.example", Reply(450, "4.2.1", ("busy",))),
        ),
    )
    relay = ScriptedRelay(mixed, OK)
    await send(store, relay)
    clock.go(hours=1)
    await send(store, relay)
    assert [tuple(to.address for to in each.recipients) for each in relay.got] == [
        ("taken@x.example", "never@x.example", "later@x.example"),
        ("later@x.example",),
    ]
    assert await states(store) == ["sent"]


async def test_retries_come_later_and_later_but_not_never(store: Store, clock: Clock) -> None:
    await store.enqueue(notice())
    pauses = []
    for _ in range(12):
        await send(store, ScriptedRelay(LATER))
        due = await store.outbox.next_due()
        assert due is not None
        pauses.append((due - clock.now).total_seconds())
        clock.now = due
    assert 7 <= pauses[0] <= 15
    assert 14 <= pauses[1] <= 30
    assert all(1_799 <= each <= 3_600 for each in pauses[9:])


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
    claimed = await store.outbox.claim()
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
    courier = Broken(store.core, store.outbox, relay, None, give_up_after=timedelta(days=1), poll=0.01)
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
    first = await store.outbox.claim()
    assert first is not None
    assert await store.outbox.claim() is None
    clock.go(minutes=10)
    second = await store.outbox.claim(besides=frozenset({first.id}))
    assert second is not None
    assert (first.id, second.id) == (1, 2)


async def test_the_lease_of_a_dead_process_ends_though_the_clock_was_set_back(
    open_store: Opener, clock: Clock
) -> None:
    dead, other = await open_store(), await open_store()
    await dead.enqueue(notice())
    assert await dead.outbox.claim() is not None
    clock.now -= timedelta(days=1)
    await rectify(other.core)
    assert await other.outbox.claim() is None, "it may be alive, and renew its lease"
    clock.now += LEASE
    assert await other.outbox.claim() is not None


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


async def test_a_mail_that_cannot_be_read_back_is_shown_and_hides_no_other(store: Store) -> None:
    await store.enqueue(notice("spoilt"))
    await store.enqueue(notice("sound"))
    async with store.core.database.write() as connection:
        await connection.execute(update(mails).where(mails.c.id == 1).values(envelope=b"x"))
    claimed = await store.outbox.claim()
    assert claimed is not None
    assert claimed.id == 2
    assert await store.outbox.claim() is None
    assert [(each.id, each.state, each.spoilt) for each in await store.postmaster.list()] == [
        (1, "ready", True),
        (2, "sending", False),
    ]
    await store.postmaster.cancel(1, "operator")


async def test_a_process_that_claims_nothing_makes_its_failed_withdrawal_good(store: Store) -> None:
    numbers = await store.enqueue(notice("passphrase"), delay=timedelta(minutes=10))
    async with store.core.database.write() as connection:
        await connection.exec_driver_sql("alter table mails rename to away")
    with pytest.raises(StoreTrouble):
        await store.withdraw(*numbers)
    stop = asyncio.Event()
    worker = asyncio.create_task(store.outbox.make_good(stop, pause=0.01))
    async with store.core.database.write() as connection:
        await connection.exec_driver_sql("alter table away rename to mails")
    async with asyncio.timeout(60):
        while await states(store) != ["withdrawn"]:  # noqa: ASYNC110 -- the database tells no event
            await asyncio.sleep(0.01)
        stop.set()
        await worker
