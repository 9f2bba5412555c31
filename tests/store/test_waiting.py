"""Stopped messages are put right once, or end in a way that their tutor hears of."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.mail.envelope import Recipient
from gateway.review.errors import NoSuchItem, WrongState
from gateway.store import bodies
from tests.store.conftest import ENVELOPE, RAW, VERDICT, notice

SOON = datetime(2100, 1, 1, tzinfo=UTC)


def envelope(queue_id: str, **changes: object):
    return msgspec.structs.replace(ENVELOPE, queue_id=queue_id, **changes)


async def test_a_kept_message_comes_back_whole_and_is_not_in_the_queue(store):
    item = await store.quarantine.keep(RAW, envelope("AAAAA-00001"), VERDICT, notice(), expires_at=SOON)
    assert item == "AAAAA-00001"
    assert await store.quarantine.raw(item) == RAW
    assert (await store.quarantine.get(item)).held.expires_at == SOON
    assert await store.quarantine.list() == ()
    assert await bodies.load(store.core, (await store.leases.claim()).body) == notice().raw


async def test_of_two_clicks_at_once_one_sends(store):
    item = await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=SOON)
    results = await asyncio.gather(
        *(store.waiting.repair(item, "tom", [notice("a"), notice("b")], [notice("c")]) for _ in range(5)),
        return_exceptions=True,
    )
    assert sorted(map(str, results)) == ["None", "repaired", "repaired", "repaired", "repaired"]
    sent = []
    while (claimed := await store.leases.claim()) is not None:
        sent.append(await bodies.load(store.core, claimed.body))
    assert sent == [notice("a").raw, notice("b").raw, notice("c").raw]
    assert [each.state for each in await store.waiting.sendings(item)] == ["sending", "sending"]


@pytest.mark.parametrize("state", ["discarded", "expired", "superseded"])
async def test_what_was_closed_cannot_be_sent(store, state):
    item = await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=SOON)
    await store.waiting.close(item, state, "tom", notice())
    with pytest.raises(WrongState) as wrong:
        await store.waiting.repair(item, "tom", [notice()], [])
    assert wrong.value.state == state
    assert [each.what for each in await store.audit.about(item)] == ["waiting", state]


async def test_a_held_message_is_its_tutors_to_put_right_too(store):
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.waiting.repair(item, "tom", [notice()], [])
    with pytest.raises(WrongState):
        await store.quarantine.release(item, "dsl")


async def test_asking_puts_it_into_the_queue_once(store):
    item = await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=SOON)
    await store.waiting.ask(item, "tom", notice(), note="It is not a pupil")
    assert [each.id for each in await store.quarantine.list()] == [item]
    with pytest.raises(WrongState):
        await store.waiting.ask(item, "tom")
    assert (await store.audit.about(item))[-1].detail == {"note": "It is not a pupil"}


async def test_nobody_finds_what_was_never_kept(store):
    with pytest.raises(NoSuchItem):
        await store.waiting.repair("AAAAA-00009", "tom", [], [])


async def test_what_is_overdue_is_named(store):
    past = datetime(2020, 1, 1, tzinfo=UTC)
    late = await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=past)
    await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=SOON)
    assert await store.waiting.overdue() == (late,)
    await store.waiting.close(late, "expired", "gateway")
    assert await store.waiting.overdue() == ()


def letter(message_id: str, text: str, subject: str = "x") -> bytes:
    field = f"Message-ID: <{message_id}@agency.example>\r\n" if message_id else ""
    return f"{field}Subject: {subject}\r\n\r\n{text}\r\n".encode()


FIRST = letter("1", "See you\r\non Monday", "Zoe Marsh")


@pytest.mark.parametrize(
    ("again", "to", "closed"),
    [
        (FIRST, ENVELOPE.recipients, True),
        (letter("1", "other"), (Recipient("new@family.example"),), True),
        (letter("2", "See  you on\r\nMonday", "Z.M."), ENVELOPE.recipients[:1], True),
        (letter("2", "See you on Monday"), (Recipient("new@family.example"),), False),
        (letter("2", "other"), ENVELOPE.recipients, False),
        (letter("", "other"), ENVELOPE.recipients, False),
    ],
)
async def test_a_corrected_version_takes_the_place_of_the_first(store, again, to, closed):
    first = await store.quarantine.keep(FIRST, envelope("AAAAA-00001"), VERDICT, expires_at=SOON)
    nameless = await store.quarantine.keep(b"\r\n", envelope("AAAAA-00003"), VERDICT, expires_at=SOON)
    later = envelope("AAAAA-00002", recipients=to)
    assert await store.waiting.supersede(again, later, sent=True) == ((first,) if closed else ())
    assert (await store.quarantine.get(nameless)).held.state == "waiting"


@pytest.mark.parametrize(
    ("sent", "to", "closed"),
    [
        (True, ENVELOPE.recipients, True),
        (True, ENVELOPE.recipients[:1], False),
        (False, ENVELOPE.recipients, False),
    ],
)
async def test_a_held_message_gives_way_only_to_one_that_went_to_everybody(store, sent, to, closed):
    """It was answered 250: whoever it was for must get something, or a reviewer must decide."""
    assert len(ENVELOPE.recipients) > 1
    held = await store.quarantine.hold(FIRST, envelope("AAAAA-00001"), VERDICT)
    later = envelope("AAAAA-00002", recipients=to)
    assert await store.waiting.supersede(FIRST, later, sent=sent) == ((held,) if closed else ())


async def test_another_tutors_message_takes_nobodys_place(store):
    await store.quarantine.keep(FIRST, envelope("AAAAA-00001"), VERDICT, expires_at=SOON)
    other = envelope("AAAAA-00002", account="amira", mail_from="amira@agency.example")
    assert await store.waiting.supersede(FIRST, other, sent=True) == ()
    assert not await store.waiting.has_open(other)
    assert await store.waiting.has_open(ENVELOPE)
