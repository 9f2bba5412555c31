"""Nothing is kept longer than it may be, and nothing goes earlier."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from gateway.mail.account import Account
from gateway.review.errors import NoSuchItem, Tampered
from gateway.store.store import Store
from gateway.store.tables import bodies, mails
from tests.store.conftest import ENVELOPE, OK, RAW, VERDICT, Clock, ScriptedRelay, notice


async def send_all(store: Store) -> None:
    relay = ScriptedRelay(OK, OK, OK, OK)
    while (claimed := await store.leases.claim()) is not None:
        await store.courier(relay).carry(claimed)


async def count(store: Store, table: object) -> int:
    async with store.core.database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_contents_go_five_days_after_the_decision(store: Store, clock: Clock) -> None:
    """The record of who decided what stays; nothing that quotes the message does."""
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    await send_all(store)
    clock.go(days=4, hours=23)
    assert not any((await store.retention.purge()).values())
    assert await store.quarantine.raw(item) == RAW
    clock.go(hours=2)
    assert (await store.retention.purge())["contents"] == 1
    with pytest.raises(Tampered):
        await store.quarantine.raw(item)
    found = await store.quarantine.get(item)
    assert found.held.purged
    assert found.held.subject == ""
    (judged,) = found.verdict.judged
    assert (judged.finding.rule, judged.finding.evidence, judged.finding.suggestion) == (
        "subject_name",
        (),
        "",
    )
    assert [each.what for each in found.history] == ["held", "release", "released"]
    assert await count(store, bodies) == 0


async def test_what_is_undecided_keeps_its_contents_and_says_when_it_ends(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    assert (await store.quarantine.get(item)).held.expires_at == clock.now + timedelta(days=30)
    clock.go(days=29)
    await store.retention.purge()
    assert await store.quarantine.raw(item) == RAW
    assert await store.waiting.overdue() == ()
    clock.go(days=1)
    assert await store.waiting.overdue() == (item,)


async def test_what_the_relay_has_not_taken_is_not_purged(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    clock.go(days=400)
    await store.retention.purge()
    relay = ScriptedRelay(OK)
    claimed = await store.leases.claim()
    assert claimed is not None
    await store.courier(relay).carry(claimed)
    assert [each.raw for each in relay.got] == [RAW]


async def test_records_go_after_a_year(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT, notice())
    await store.quarantine.reject(item, "lead", "", notice("declined"))
    await send_all(store)
    clock.go(days=364)
    await store.retention.purge()
    assert (await store.quarantine.get(item)).held.state == "rejected"
    clock.go(days=2)
    gone = await store.retention.purge()
    assert (gone["items"], gone["mails"]) == (1, 1)
    with pytest.raises(NoSuchItem):
        await store.quarantine.get(item)
    assert await count(store, mails) == 0
    assert [each.what for each in await store.audit.about(item)] == ["held", "reject"]


async def test_the_audit_trail_goes_last_and_still_holds(store: Store, clock: Clock) -> None:
    await store.audit.record("opened", "item", "lead")
    clock.go(days=6 * 365 + 1)
    await store.audit.record("opened", "item", "lead")
    assert (await store.retention.purge())["audit"] == 1
    assert await store.audit.verify() == ()
    assert len(await store.audit.about("item")) == 1


async def test_a_body_that_nothing_refers_to_is_swept_up(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    orphan = {"id": "0" * 32, "sealed": b"x", "size": 1, "sha256": "0" * 64, "created_at": clock.now}
    async with store.core.database.write() as connection:
        await connection.execute(insert(bodies), orphan)
    assert (await store.retention.purge())["bodies"] == 1
    assert await store.quarantine.raw(item) == RAW


async def test_sign_ins_tickets_and_passphrases_that_ended_are_forgotten(store: Store, clock: Clock) -> None:
    tom = Account("tom", (), ("reviewer",))
    await store.accounts.add(tom, None, "cli:root")
    await store.sessions.begin(tom, peer="")
    await store.tickets.issue("invite", "tom", timedelta(days=1))
    await store.escrow.keep("Q7F3K-9WDTB", "tom", "x")
    assert not any((await store.retention.purge()).values())
    clock.go(days=31)
    gone = await store.retention.purge()
    assert (gone["sessions"], gone["tickets"], gone["escrow"]) == (1, 1, 1)


async def test_the_job_runs_until_it_is_told_to_stop(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.reject(item, "lead")
    clock.go(days=6)
    stop = asyncio.Event()
    job = asyncio.create_task(store.retention.run(stop))
    async with asyncio.timeout(60):
        while not (await store.quarantine.get(item)).held.purged:  # noqa: ASYNC110 -- no event tells
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(job, 60)
