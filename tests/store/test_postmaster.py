"""Looking after the outbox by hand."""

import pytest

from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery
from gateway.review.errors import NoSuchItem, WrongState
from gateway.store.store import Store
from tests.store.conftest import ENVELOPE, LATER, OK, RAW, VERDICT, Clock, ScriptedRelay, notice


async def carry(store: Store, relay: ScriptedRelay) -> None:
    claimed = await store.leases.claim()
    assert claimed is not None
    await store.courier(relay).carry(claimed)


async def test_mail_is_listed_with_what_the_relay_said(store: Store) -> None:
    await store.enqueue(notice("x", "a@x.example", "b@x.example"), notice("y"))
    busy = Reply(450, "4.2.1", ("busy",))
    await carry(store, ScriptedRelay(Delivery(OK.reply, (("b@x.example", busy),))))
    first, second = await store.postmaster.list()
    assert (first.state, first.recipients, first.open, first.attempts) == ("ready", 2, 1, 1)
    assert first.answer == OK.reply
    assert (second.state, second.open, second.attempts, second.answer) == ("ready", 1, 0, None)
    assert await store.postmaster.list(("sent",)) == ()
    assert [each.id for each in await store.postmaster.list(limit=1, offset=1)] == [second.id]


async def test_retry_means_now(store: Store, clock: Clock) -> None:
    (number,) = await store.enqueue(notice())
    await carry(store, ScriptedRelay(LATER))
    assert await store.leases.claim() is None
    await store.postmaster.retry(number, "cli:root")
    relay = ScriptedRelay(OK)
    await carry(store, relay)
    with pytest.raises(WrongState, match="sent"):
        await store.postmaster.retry(number, "cli:root")
    with pytest.raises(NoSuchItem):
        await store.postmaster.retry(number + 1, "cli:root")


async def test_cancelled_mail_does_not_leave(store: Store, clock: Clock) -> None:
    (number,) = await store.enqueue(notice())
    await store.postmaster.cancel(number, "cli:root")
    clock.go(days=1)
    assert await store.leases.claim() is None
    with pytest.raises(WrongState, match="withdrawn"):
        await store.postmaster.cancel(number, "cli:root")
    with pytest.raises(NoSuchItem):
        await store.postmaster.cancel(number + 1, "cli:root")


async def test_what_is_just_leaving_cannot_be_cancelled(store: Store) -> None:
    (number,) = await store.enqueue(notice())
    await store.leases.claim()
    with pytest.raises(WrongState, match="sending"):
        await store.postmaster.cancel(number, "cli:root")


async def test_a_message_whose_release_is_cancelled_is_held_again(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    number = await store.quarantine.release(item, "lead", after=[notice("released")])
    await store.postmaster.cancel(number, "cli:root")
    assert (await store.quarantine.get(item)).held.state == "held"
    assert await store.leases.claim() is None
    await store.quarantine.release(item, "lead")
    relay = ScriptedRelay(OK)
    await carry(store, relay)
    assert [each.raw for each in relay.got] == [RAW]
    assert (await store.quarantine.get(item)).held.state == "released"
