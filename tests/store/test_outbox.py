"""The outbox takes mail in, lets it go and takes it back: what leaves is what was given, and leaves nothing behind."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from gateway.remedy.outgoing import Outgoing
from gateway.store.errors import StoreTrouble
from gateway.store.store import Store
from gateway.store.tables import bodies, mails
from tests.store.conftest import NEVER, OK, Clock, ScriptedRelay, notice, send, states


async def kept_bodies(store: Store) -> int:
    async with store.core.database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(bodies)) or 0


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
    assert await store.leases.claim() is None
    clock.go(minutes=1)
    assert await store.leases.claim() is not None


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
    assert await store.leases.claim() is None
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
    claimed = await store.leases.claim()
    assert claimed is not None
    assert (claimed.id, await store.leases.claim()) == (*other, None)


async def test_mail_that_was_let_go_cannot_be_withdrawn(store: Store) -> None:
    numbers = await store.enqueue(notice(), delay=timedelta(minutes=10))
    await store.let_go(*numbers)
    await store.withdraw(*numbers)
    assert await store.leases.claim() is not None


async def test_a_mail_that_cannot_be_read_back_is_shown_and_hides_no_other(store: Store) -> None:
    await store.enqueue(notice("spoilt"))
    await store.enqueue(notice("sound"))
    async with store.core.database.write() as connection:
        await connection.execute(update(mails).where(mails.c.id == 1).values(envelope=b"x"))
    claimed = await store.leases.claim()
    assert claimed is not None
    assert claimed.id == 2
    assert await store.leases.claim() is None
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
