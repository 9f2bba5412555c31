"""The audit trail: any change is found, and what may be erased can be."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from gateway.store.audit import Head
from gateway.store.crypto import Vault
from gateway.store.store import Store
from gateway.store.tables import audit
from tests.store.conftest import Clock


@pytest.fixture
async def trail(store: Store, clock: Clock) -> Store:
    for number in range(1, 7):
        await store.audit.record(
            "opened", f"item-{number % 2}", f"person-{number}", reason=f"because {number}"
        )
        clock.go(minutes=1)
    return store


async def test_an_untouched_trail_holds(trail: Store) -> None:
    assert await trail.audit.verify() == ()
    assert await trail.audit.verify(await trail.audit.head()) == ()


async def test_an_empty_trail_holds(store: Store) -> None:
    assert await store.audit.verify() == ()
    assert await store.audit.head() is None


@pytest.mark.parametrize("column", ["at", "what", "subject", "actor", "detail", "digest", "link"])
async def test_a_changed_entry_is_found(trail: Store, clock: Clock, column: str) -> None:
    changed = {"at": clock.now, "what": "held", "subject": "item-9", "actor": "x" * 32}
    async with trail.core.database.write() as connection:
        value = changed.get(column, b"\x01" * 32)
        await connection.execute(update(audit).where(audit.c.seq == 3).values({column: value}))
    assert 3 in [flaw.seq for flaw in await trail.audit.verify()]


async def test_a_dropped_entry_is_found(trail: Store) -> None:
    async with trail.core.database.write() as connection:
        await connection.execute(delete(audit).where(audit.c.seq == 4))
    assert [flaw.seq for flaw in await trail.audit.verify()] == [4, 5]


async def test_swapped_entries_are_found(trail: Store) -> None:
    async with trail.core.database.write() as connection:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            await connection.execute(update(audit).where(audit.c.seq == old).values(seq=new))
    assert {2, 3} <= {flaw.seq for flaw in await trail.audit.verify()}


async def test_an_entry_cannot_be_made_without_the_key(trail: Store) -> None:
    """Somebody who may write to the database, knows the code, and lacks the key."""
    stranger = Vault(bytes(32))
    async with trail.core.database.write() as connection:
        last = (await connection.execute(select(audit).where(audit.c.seq == 6))).one()
        forged = {**last._mapping, "seq": 7, "link": stranger.chain(last.link + b"anything")}
        await connection.execute(insert(audit).values(forged))
    assert [flaw.seq for flaw in await trail.audit.verify()] == [7]


async def test_a_cut_end_is_found_by_who_has_noted_the_head(trail: Store) -> None:
    head = await trail.audit.head()
    assert head is not None
    async with trail.core.database.write() as connection:
        await connection.execute(delete(audit).where(audit.c.seq >= 5))
    assert await trail.audit.verify() == ()
    assert [flaw.seq for flaw in await trail.audit.verify(head)] == [5]
    await trail.audit.record("opened", "item-1", "somebody")
    await trail.audit.record("opened", "item-1", "somebody")
    assert [flaw.seq for flaw in await trail.audit.verify(head)] == [6]


async def test_the_chain_still_leads_through_an_earlier_head(trail: Store) -> None:
    head = await trail.audit.head()
    await trail.audit.record("opened", "item-1", "somebody")
    assert await trail.audit.verify(head) == ()
    assert head is not None
    assert await trail.audit.verify(Head(head.seq, "0" * 64))


async def test_erasing_who_and_why_leaves_a_chain_that_holds(trail: Store) -> None:
    async with trail.core.database.write() as connection:
        await trail.audit.erase(connection, "item-1", "office")
    assert await trail.audit.verify() == ()
    found = await trail.audit.about("item-1")
    assert [(each.who, each.detail) for each in found[:3]] == [("", {})] * 3
    assert (found[3].what, found[3].who) == ("details_erased", "office")
    assert (await trail.audit.about("item-0"))[0].detail == {"reason": "because 2"}


async def test_erasing_without_a_record_of_it_is_found(trail: Store) -> None:
    async with trail.core.database.write() as connection:
        await connection.execute(update(audit).where(audit.c.seq == 2).values(detail=None))
    assert [flaw.seq for flaw in await trail.audit.verify()] == [2]


async def test_the_chain_holds_when_its_oldest_entries_are_purged(trail: Store, clock: Clock) -> None:
    async with trail.core.database.write() as connection:
        assert await trail.audit.prune(connection, clock.now - timedelta(minutes=3)) == 3
    assert await trail.audit.verify() == ()
    async with trail.core.database.write() as connection:
        await trail.audit.prune(connection, clock.now)
    await trail.audit.record("opened", "item-1", "somebody")
    assert await trail.audit.verify() == ()
    assert (await trail.audit.head()).seq == 7


async def test_dropping_the_oldest_by_hand_is_found(trail: Store) -> None:
    async with trail.core.database.write() as connection:
        await connection.execute(delete(audit).where(audit.c.seq <= 2))
    assert await trail.audit.verify()


async def test_a_page_shows_the_newest_first(trail: Store) -> None:
    page = trail.audit.page
    assert [each.seq for each in await page(limit=2)] == [6, 5]
    assert [each.seq for each in await page(before=3)] == [2, 1]
    assert [each.seq for each in await page(who="person-4")] == [4]
    assert await page(what=("held",)) == ()


async def test_entries_of_a_time_come_oldest_first(trail: Store, clock: Clock) -> None:
    since, until = clock.now - timedelta(minutes=4), clock.now - timedelta(minutes=2)
    assert [each.seq async for each in trail.audit.entries(since=since, until=until)] == [3, 4]
