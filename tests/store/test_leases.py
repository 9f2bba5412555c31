"""Mail in the hands of whoever sends it: claimed by one, served once, free again when its lease is over."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery
from gateway.store.leases import LEASE, outcomes_of
from gateway.store.store import Store
from tests.store.conftest import LATER, OK, Clock, ScriptedRelay, notice, send, states

Opener = Callable[[], Awaitable[Store]]


async def test_two_processes_never_claim_the_same_mail(open_store: Opener) -> None:
    one, other = await open_store(), await open_store()
    await one.enqueue(*(notice(str(number)) for number in range(6)))
    found = await asyncio.gather(*(each.leases.claim() for each in (one, other) * 4))
    claimed = [each.id for each in found if each is not None]
    assert len(claimed) == len(set(claimed)) == 6


async def test_the_mail_of_a_process_that_died_is_sent_by_another(open_store: Opener, clock: Clock) -> None:
    """It lies still for as long as the dead one might live, then goes out, the same bytes."""
    dead, other = await open_store(), await open_store()
    await dead.enqueue(notice())
    first = await dead.leases.claim()
    assert first is not None
    clock.now += LEASE - timedelta(seconds=1)
    assert await other.leases.claim() is None
    clock.go(seconds=1)
    relay = ScriptedRelay()
    await send(other, relay)
    assert relay.got == [notice()]


async def test_a_lease_is_renewed_while_the_relay_is_at_work(open_store: Opener, clock: Clock) -> None:
    one, other = await open_store(), await open_store()
    await one.enqueue(notice())
    claimed = await one.leases.claim()
    assert claimed is not None
    clock.go(seconds=50)
    await one.leases.renew(claimed)
    clock.go(seconds=50)
    assert await other.leases.claim() is None


async def test_what_was_delivered_after_the_lease_was_lost_is_not_delivered_again(
    open_store: Opener, clock: Clock
) -> None:
    slow, other = await open_store(), await open_store()
    await slow.enqueue(notice())
    late = await slow.leases.claim()
    assert late is not None
    clock.go(minutes=2)
    second = await other.leases.claim()
    assert second is not None
    await slow.leases.settle(late, OK, outcomes_of(late, OK, last=False))
    await other.leases.settle(second, LATER, outcomes_of(second, LATER, last=False))
    assert await states(slow) == ["sent"]
    clock.go(days=1)
    assert await slow.leases.claim() is None


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
        due = await store.leases.next_due()
        assert due is not None
        pauses.append((due - clock.now).total_seconds())
        clock.now = due
    assert 7 <= pauses[0] <= 15
    assert 14 <= pauses[1] <= 30
    assert all(1_799 <= each <= 3_600 for each in pauses[9:])
