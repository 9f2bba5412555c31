"""Held messages: whole, sealed, decided on once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, update

from gateway import sections
from gateway.mail.envelope import Recipient
from gateway.mail.ids import as_id
from gateway.mail.message import Message
from gateway.mail.reply import Reply
from gateway.quantities import Duration
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store.errors import NoSuchItem, Tampered, WrongState
from gateway.store.store import Store
from gateway.store.tables import bodies, items
from tests.store.conftest import (
    ENVELOPE,
    LATER,
    NEVER,
    OK,
    RAW,
    VERDICT,
    Clock,
    ScriptedRelay,
    notice,
    readable_bytes,
)

Opener = Callable[[], Awaitable[Store]]


async def drain(store: Store, relay: ScriptedRelay) -> None:
    """Send what is due now, one mail after the other."""
    while (claimed := await store.leases.claim()) is not None:
        courier = store.courier(relay)
        await courier.carry(claimed)


async def test_a_held_message_comes_back_whole(open_store: Opener) -> None:
    """Another process reads the same bytes, envelope and verdict."""
    item = await (await open_store()).hold(RAW, ENVELOPE, VERDICT)
    again = await open_store()
    found = await again.quarantine.look(item, "lead", "a complaint")
    assert found.envelope == ENVELOPE
    assert found.verdict == VERDICT
    assert await again.quarantine.raw(item) == RAW
    assert found.held.subject == "Zoë Marsh"
    assert found.held.rules == ("subject_name",)
    assert (found.held.size, found.held.recipients, found.held.state) == (len(RAW), 3, "held")


async def test_an_item_has_the_id_of_its_message(store: Store) -> None:
    envelope = msgspec.structs.replace(ENVELOPE, queue_id="Q7F3K-9WDTB")
    assert await store.hold(RAW, envelope, VERDICT) == "Q7F3K-9WDTB"
    assert (await store.quarantine.get("q7f3k 9wdtb")).held.id == "Q7F3K-9WDTB"


async def test_a_message_without_an_id_gets_one(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    assert as_id(item) == item


async def test_nothing_that_names_anybody_is_in_the_file(store: Store, tmp_path: Path) -> None:
    """Contents, addresses, subject, evidence, reasons, the account's name: none of them in the clear."""
    if not (tmp_path / "store.db").exists():
        pytest.skip("looks into SQLite's files")
    item = await store.hold(RAW, ENVELOPE, VERDICT, notice("explained"))
    await store.quarantine.look(item, "dsl@agency.example", "Zoë's mother rang")
    await store.quarantine.release(item, "dsl@agency.example", "Zoë agreed")
    await drain(store, ScriptedRelay(OK, OK))
    held = readable_bytes(tmp_path)
    assert b"subject_name" in held  # so the search does search
    for private in (  # long enough that sealed bytes, which are random, never hold one by chance
        "Zoë Marsh",
        "Marsh",
        "ana@family",
        "family.example",
        "agency.example",
        "dsl@agency",
        "mother",
        "explained",
        "agreed",
        "queued as 4711",
    ):
        assert private.encode() not in held, private


async def test_release_sends_the_original_bytes_under_the_original_envelope(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    relay = ScriptedRelay(OK)
    await drain(store, relay)
    (sent,) = relay.got
    assert sent.raw == RAW
    assert sent.mail_from == ENVELOPE.mail_from
    assert sent.recipients == ENVELOPE.recipients
    assert sent.trace == ENVELOPE.trace


async def test_a_blind_copy_field_does_not_leave(store: Store) -> None:
    item = await store.hold(b"Bcc: secret@family.example\r\n" + RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    relay = ScriptedRelay(OK)
    await drain(store, relay)
    assert relay.got[0].raw == RAW


async def test_released_is_said_only_after_the_relays_250(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    assert (await store.quarantine.get(item)).held.state == "releasing"
    await drain(store, ScriptedRelay(OK))
    found = await store.quarantine.get(item)
    assert found.held.state == "released"
    assert found.held.answer == OK
    assert [(each.what, each.who) for each in found.history] == [
        ("held", "gateway"),
        ("release", "lead"),
        ("released", "gateway"),
    ]
    assert found.history[2].detail == {"reply": "250 2.0.0 queued as 4711"}


async def test_a_relay_in_trouble_is_tried_again(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    relay = ScriptedRelay(LATER, OSError(), OK)
    for _ in range(3):
        await drain(store, relay)
        clock.go(hours=1)
    assert len(relay.got) == 3
    assert (await store.quarantine.get(item)).held.state == "released"


async def test_a_refused_release_is_held_again_with_the_refusal(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    await drain(store, ScriptedRelay(NEVER))
    found = await store.quarantine.get(item)
    assert found.held.state == "held"
    assert found.held.answer == NEVER
    assert found.history[-1].what == "refused"
    await store.quarantine.release(item, "lead")
    relay = ScriptedRelay(OK)
    await drain(store, relay)
    assert relay.got[0].raw == RAW
    assert (await store.quarantine.get(item)).held.state == "released"


async def test_two_reviewers_at_once_send_one_message(open_store: Opener) -> None:
    """Whoever comes second is told that it is decided."""
    one, other = await open_store(), await open_store()
    item = await one.hold(RAW, ENVELOPE, VERDICT)
    outcomes = await asyncio.gather(
        *(each.quarantine.release(item, "lead") for each in (one, other, one, other)), return_exceptions=True
    )
    assert sum(isinstance(each, int) for each in outcomes) == 1
    assert [each.state for each in outcomes if isinstance(each, WrongState)] == ["releasing"] * 3
    relay = ScriptedRelay()
    await drain(one, relay)
    await drain(other, relay)
    assert len(relay.got) == 1


async def test_a_rejected_message_never_leaves_and_its_tutor_is_told(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.reject(item, "lead", "ask her parents first", notice("declined"))
    relay = ScriptedRelay()
    await drain(store, relay)
    assert [each.raw for each in relay.got] == [notice("declined").raw]
    found = await store.quarantine.get(item)
    assert found.held.state == "rejected"
    assert found.history[-1].detail == {"note": "ask her parents first"}
    with pytest.raises(WrongState, match="rejected"):
        await store.quarantine.release(item, "lead")


async def test_a_refused_decision_leaves_no_trace(store: Store) -> None:
    """The second decision's notice and audit entry are rolled back with it."""
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.reject(item, "lead")
    before = await store.audit.about(item)
    with pytest.raises(WrongState):
        await store.quarantine.reject(item, "deputy", "", notice())
    assert await store.audit.about(item) == before
    assert await store.leases.claim() is None


@pytest.mark.parametrize("item", ["", "Q7F3K-9WDTB", "no id at all", "'; drop table items; --", "\x00" * 10])
async def test_what_is_not_there_is_said_so(store: Store, item: str) -> None:
    for asked in (
        store.quarantine.get(item),
        store.quarantine.look(item, "lead", ""),
        store.quarantine.raw(item),
        store.quarantine.release(item, "lead"),
        store.quarantine.reject(item, "lead"),
    ):
        with pytest.raises(NoSuchItem):
            await asked


async def test_every_look_is_on_record(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.look(item, "lead", "complaint")
    await store.quarantine.look(item, "deputy", "curious")
    looks = [each for each in await store.audit.about(item) if each.what == "opened"]
    assert [(each.who, each.detail) for each in looks] == [
        ("lead", {"reason": "complaint"}),
        ("deputy", {"reason": "curious"}),
    ]


async def test_bytes_that_were_changed_or_swapped_do_not_open(store: Store) -> None:
    """A body under another row's name is no message; and a release does not send it."""
    one = await store.hold(RAW, ENVELOPE, VERDICT)
    other = await store.hold(b"other", ENVELOPE, VERDICT)
    async with store.core.database.write() as connection:
        ids = dict((await connection.execute(select(items.c.id, items.c.body))).tuples().all())
        sealed = await connection.scalar(select(bodies.c.sealed).where(bodies.c.id == ids[other]))
        await connection.execute(update(bodies).where(bodies.c.id == ids[one]).values(sealed=sealed))
    with pytest.raises(Tampered):
        await store.quarantine.raw(one)
    with pytest.raises(Tampered):
        await store.quarantine.release(one, "lead")
    assert (await store.quarantine.get(one)).held.state == "held"


async def test_a_large_message_comes_back_whole(store: Store) -> None:
    raw = RAW + bytes(range(256)) * 40_000
    item = await store.hold(raw, ENVELOPE, VERDICT)
    assert await store.quarantine.raw(item) == raw


async def test_what_follows_a_release_leaves_only_once_the_relay_took_it(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead", after=[notice("released")])
    relay = ScriptedRelay(NEVER)
    await drain(store, relay)
    assert [each.raw for each in relay.got] == [RAW]
    await store.quarantine.release(item, "lead", after=[notice("released")])
    relay = ScriptedRelay(OK, OK)
    await drain(store, relay)
    assert [each.raw for each in relay.got] == [RAW, notice("released").raw]


async def test_separate_copies_are_released_when_all_have_been_tried(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.send(item, "lead", [notice("a", "a@x.example"), notice("b", "b@x.example")])
    await drain(store, ScriptedRelay(OK, LATER))
    assert (await store.quarantine.get(item)).held.state == "releasing"
    clock.go(hours=1)
    await drain(store, ScriptedRelay(NEVER))
    assert (await store.quarantine.get(item)).held.state == "released"


async def test_a_decision_can_be_taken_back_until_its_mail_leaves(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    ten = timedelta(seconds=10)
    await store.quarantine.release(item, "lead", after=[notice()], delay=ten)
    await store.quarantine.undo(item, "lead")
    assert (await store.quarantine.get(item)).held.state == "held"
    await store.quarantine.reject(item, "lead", "no", notice("declined"), delay=ten)
    await store.quarantine.undo(item, "lead")
    clock.go(days=1)
    assert await store.leases.claim() is None
    assert await store.quarantine.raw(item) == RAW
    await store.quarantine.release(item, "lead", delay=ten)
    clock.go(seconds=10)
    relay = ScriptedRelay(OK)
    await drain(store, relay)
    assert [each.raw for each in relay.got] == [RAW]
    with pytest.raises(WrongState, match="released"):
        await store.quarantine.undo(item, "lead")


async def test_the_sender_hears_of_recipients_that_failed(store: Store) -> None:
    """Once, about those that failed, and only for a sender's own mail."""
    told: list[tuple[str, Delivery]] = []

    class Reports:
        def undelivered(self, message: Message, delivery: Delivery) -> Outgoing | None:
            told.append((message.subject, delivery))
            return notice("report")

    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead")
    unknown = Reply(550, "5.1.1", ("unknown",))
    some = Delivery(OK.reply, (("bo@family.example", unknown),))
    relay = ScriptedRelay(some, NEVER)
    courier = store.courier(relay, Reports())
    while (claimed := await store.leases.claim()) is not None:
        await courier.carry(claimed)
    assert told == [("Zoë Marsh", Delivery(OK.reply, (("bo@family.example", unknown),)))]
    assert relay.got[1].raw == notice("report").raw


async def test_mail_is_given_up_in_the_end_and_its_sender_told(store: Store, clock: Clock) -> None:
    refused: list[Reply] = []

    class Reports:
        def undelivered(self, message: Message, delivery: Delivery) -> Outgoing | None:
            refused.extend(reply for _, reply in delivery.refused)
            return None

    mail = msgspec.structs.replace(notice("own"), mail_from="tom@agency.example")
    await store.enqueue(mail)
    section = sections.Outbox(give_up_after=Duration(6 * 3_600))
    courier = store.courier(ScriptedRelay(*[LATER] * 50), Reports(), section)
    start = clock.now
    while (due := await store.leases.next_due()) is not None:
        clock.now = max(clock.now, due)
        claimed = await store.leases.claim()
        assert claimed is not None
        await courier.carry(claimed)
    assert timedelta(hours=6) <= clock.now - start < timedelta(hours=7)
    assert [(each.code, each.enhanced) for each in refused] == [(451, "4.4.7")]


async def test_a_released_message_is_known_again(store: Store) -> None:
    """The same bytes by the same tutor to no one else; anything more is a new message."""
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    known = store.quarantine.released
    assert await known(RAW, ENVELOPE) is None
    await store.quarantine.release(item, "lead")
    assert await known(RAW, ENVELOPE) == item
    replace = msgspec.structs.replace
    assert await known(RAW, replace(ENVELOPE, recipients=ENVELOPE.recipients[:1])) == item
    more = (*ENVELOPE.recipients, Recipient("new@family.example"))
    assert await known(RAW, replace(ENVELOPE, recipients=more)) is None
    assert await known(RAW, replace(ENVELOPE, account="amira")) is None
    assert await known(RAW, replace(ENVELOPE, mail_from="else@agency.example")) is None
    assert await known(RAW + b"x", ENVELOPE) is None
