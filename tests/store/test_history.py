"""Whom the agency has written to: known soon, asked of the database seldom, forgotten in time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import event, select

from gateway import sections
from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.smtp.remembering import Remembering
from gateway.store.errors import StoreTrouble
from gateway.store.history import LEARNING, History
from gateway.store.store import Store
from gateway.store.tables import correspondents
from tests.store.conftest import NEVER, OK, Clock, ScriptedRelay, notice, readable_bytes

ANA, BO, CY = "ana@family.example", "bo@family.example", "cy@family.example"


def mail(*to: str, sender: str = "tom@agency.example") -> Outgoing:
    return Outgoing(mail_from=sender, recipients=tuple(map(Recipient, to)), raw=b"\r\nx\r\n")


async def settled(store: Store, clock: Clock, *addresses: str) -> History:
    """A history that is past its learning and knows these."""
    store.history.wrote([*addresses, "first@elsewhere.example"])
    await store.history.write()
    clock.go(days=LEARNING.days)
    return store.history


def count_queries(store: Store) -> list[str]:
    seen: list[str] = []
    engine = store.core.database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    return seen


async def test_what_was_written_to_is_known_and_nothing_else_is(store: Store, clock: Clock) -> None:
    history = await settled(store, clock, "Ana+school@family.example")
    assert await history.known((ANA.upper(), BO)) == {ANA}


async def test_a_new_installation_asks_about_nobody_for_a_month(store: Store, clock: Clock) -> None:
    assert await store.history.known((ANA,)) is None
    store.history.wrote([ANA])
    await store.history.write()
    clock.go(days=LEARNING.days - 1)
    assert await store.history.known((ANA, BO)) is None
    clock.go(days=1)
    assert await store.history.known((ANA, BO)) == {ANA}


async def test_a_second_process_and_a_restart_know_it_too(
    store: Store, open_store: Callable[[], Awaitable[Store]], clock: Clock
) -> None:
    await settled(store, clock, ANA)
    again = await open_store()
    await again.history.load()
    assert await again.history.known((ANA, BO)) == {ANA}
    store.history.wrote([BO])
    await store.history.write()
    assert await again.history.known((ANA, BO)) == {ANA, BO}


async def test_the_usual_message_asks_nothing_of_the_database(store: Store, clock: Clock) -> None:
    history = await settled(store, clock, ANA, BO)
    seen = count_queries(store)
    history.wrote([ANA, BO])  # a new day: once
    await history.write()
    assert len([each for each in seen if "correspondents" in each]) == 1
    seen.clear()
    for _ in range(5):
        assert await history.known((ANA, BO)) == {ANA, BO}
        history.wrote([ANA, BO])
        await history.write()
    assert seen == []


async def test_only_whom_the_relay_took_is_known(store: Store, clock: Clock) -> None:
    await settled(store, clock)
    some = Delivery(Reply(250, "2.0.0", ("ok",)), ((BO, Reply(550, "5.1.1", ("nobody",))),))
    relay = Remembering(ScriptedRelay(some, NEVER, OK, OSError("down")), store.history)
    await relay.deliver(mail(ANA, BO))
    await relay.deliver(mail(CY))
    await relay.deliver(mail(CY, sender=""))  # an answer that nobody wrote
    with pytest.raises(OSError, match="down"):
        await relay.deliver(mail(CY))
    assert await store.history.known((ANA, BO, CY)) == {ANA}


async def test_what_the_courier_delivers_counts(store: Store, clock: Clock) -> None:
    await settled(store, clock)
    await store.enqueue(mail(ANA), notice("to ourselves", CY))
    courier = store.courier(Remembering(ScriptedRelay(), store.history))
    while (claimed := await store.leases.claim()) is not None:
        await courier.carry(claimed)
    assert await store.history.known((ANA, CY)) == {ANA}


async def test_it_is_written_in_the_background_and_at_the_end(
    store: Store, open_store: Callable[[], Awaitable[Store]], clock: Clock
) -> None:
    await settled(store, clock)
    stop = asyncio.Event()
    task = asyncio.create_task(store.history.run(stop))
    store.history.wrote([ANA])
    stop.set()
    await asyncio.wait_for(task, 60)
    again = await open_store()
    await again.history.load()
    assert await again.history.known((ANA,)) == {ANA}


async def test_a_store_in_trouble_loses_nothing_that_is_new(store: Store, clock: Clock) -> None:
    await settled(store, clock)
    async with store.core.database.write() as connection:
        await connection.exec_driver_sql("alter table correspondents rename to away")
    store.history.wrote([ANA])
    with pytest.raises(StoreTrouble):
        await store.history.write()
    async with store.core.database.write() as connection:
        await connection.exec_driver_sql("alter table away rename to correspondents")
    await store.history.write()
    async with store.core.database.read() as connection:
        assert len((await connection.scalars(select(correspondents.c.key))).all()) == 2


async def test_an_address_is_forgotten_in_time_and_on_request(store: Store, clock: Clock) -> None:
    await settled(store, clock, ANA, BO)
    assert await store.history.forget([BO, CY]) == 1
    assert await store.history.known((ANA, BO)) == {ANA}
    clock.go(days=720)
    assert (await store.retention.purge())["addresses"] == 2  # nobody has written there for 730 days
    await store.history.load()
    assert await store.history.known((ANA,)) is None


async def test_an_address_that_is_written_to_stays(store: Store, clock: Clock) -> None:
    await settled(store, clock, ANA)
    clock.go(days=690)
    store.history.wrote([ANA])
    await store.history.write()
    clock.go(days=30)
    assert (await store.retention.purge())["addresses"] == 1
    async with store.core.database.read() as connection:
        assert len((await connection.scalars(select(correspondents.c.key))).all()) == 1


async def test_the_file_holds_no_address(section: sections.Store, tmp_path: Path, clock: Clock) -> None:
    store = await Store.open(section, tmp_path, clock=clock)
    store.history.wrote([ANA])
    await store.history.write()
    await store.close()
    assert b"family.example" not in readable_bytes(tmp_path)


async def test_memory_has_a_bound(store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.history._REMEMBERED", 10)
    everybody = [f"a{number}@family.example" for number in range(700)]
    history = await settled(store, clock, *everybody)
    assert len(history._days) == 10
    known = await history.known(tuple(everybody))
    assert known is not None
    assert len(known) == 700
