"""Erasing a person takes everything about them, and nothing else."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.public import public
from gateway.policy.finding import Finding
from gateway.policy.verdict import Action, Judged, Verdict
from gateway.remedy.protection import PickUp
from gateway.review.errors import NoSuchItem
from gateway.store.store import Store
from gateway.store.tables import bodies, items, mails
from tests.store.conftest import ENVELOPE, OK, RAW, VERDICT, ScriptedRelay, notice, readable_bytes

OTHER = msgspec.structs.replace(ENVELOPE, recipients=(Recipient("else@other.example"),))


def about_zoe(envelope: Envelope, raw: bytes) -> bool:
    return "Zoë".encode() in raw or any("family.example" in each for each in envelope.rcpt_to)


async def count(store: Store) -> list[int]:
    async with store.core.database.read() as connection:
        return [
            await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (items, mails, bodies)
        ]


async def test_everything_about_a_person_goes(store: Store, tmp_path: Path) -> None:
    one = await store.hold(RAW, ENVELOPE, VERDICT, notice("n", "tom@agency.example"))
    by_text = await store.hold(RAW, OTHER, VERDICT)
    other = await store.hold(b"Subject: trip\r\n\r\n", OTHER, VERDICT)
    await store.enqueue(notice("Zoë in a notice"), notice("nothing"))
    await store.quarantine.look(one, "lead", "Zoë's mother rang")
    assert await store.erase_messages(about_zoe, who="office") == 3
    for gone in (one, by_text):
        with pytest.raises(NoSuchItem):
            await store.quarantine.get(gone)
        assert all(each.who == "" for each in (await store.audit.about(gone))[:-1])
    assert (await store.quarantine.get(other)).held.subject == "trip"
    assert await count(store) == [1, 2, 3]  # the other item, the held one's notice and the neutral one
    assert await store.audit.verify() == ()


async def test_what_was_sent_is_forgotten_by_its_recipients(store: Store) -> None:
    await store.enqueue(notice("x", "ana@family.example"))
    claimed = await store.leases.claim()
    assert claimed is not None
    await store.courier(ScriptedRelay(OK)).carry(claimed)
    assert await store.erase_messages(about_zoe) == 1
    assert await count(store) == [0, 0, 0]


async def test_a_release_under_way_goes_with_its_item(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.quarantine.release(item, "lead", after=[notice("later")])
    assert await store.erase_messages(about_zoe) == 1
    assert await store.leases.claim() is None
    assert await count(store) == [0, 0, 0]


PICKUP = PickUp("AAAAA-00001", "amber-otter", (("attachment-1.pdf", b"%PDF\0"),))


def to(message: str, *addresses: str) -> Envelope:
    return msgspec.structs.replace(ENVELOPE, queue_id=message, recipients=tuple(map(Recipient, addresses)))


def found_about(*people: str) -> Verdict:
    finding = Finding(rule="unprotected_attachment", summary=public("x"), suggestion="", about=people)
    return Verdict(Action.ENCRYPT, (Judged(finding, Action.ENCRYPT, "enforce", ()),))


async def kept(store: Store, message: str) -> tuple[bool, int]:
    return await store.escrow.has(message), len(await store.pickups.of_message(message))


async def protected(store: Store, envelope: Envelope, verdict: Verdict, pickup: PickUp = PICKUP) -> None:
    await store.keep_pickups(envelope, verdict, (pickup,))
    await store.keep_passphrase(envelope, verdict, "amber-otter")


async def test_a_held_message_goes_by_whom_its_findings_are_about(store: Store) -> None:
    pet_name = await store.hold(b"Subject: our Zo\r\n\r\n", OTHER, found_about("p-ben", "p-zoe"))
    other = await store.hold(b"Subject: trip\r\n\r\n", OTHER, found_about("p-ben"))
    assert await store.erase_messages(about_zoe, ["p-zoe"]) == 1
    with pytest.raises(NoSuchItem):
        await store.quarantine.get(pet_name)
    assert (await store.quarantine.get(other)).held.subject == "trip"


async def test_what_a_protected_message_left_goes_by_its_recipients(store: Store) -> None:
    await protected(store, to("AAAAA-00001", "else@other.example", "ana@family.example"), found_about())
    await store.pickups.revoke("AAAAA-00001", "tom")
    assert await store.erase_messages(about_zoe, who="office") == 1
    assert await kept(store, "AAAAA-00001") == (False, 0)
    assert all(each.who == "" for each in (await store.audit.about("AAAAA-00001"))[:-1])
    assert await store.audit.verify() == ()


async def test_what_a_protected_message_left_goes_by_whom_it_was_about(store: Store) -> None:
    await protected(store, to("AAAAA-00001", "gp@surgery.example"), found_about("p-ben", "p-zoe"))
    assert await store.erase_messages(about_zoe, ["p-zoe"]) == 1
    assert await kept(store, "AAAAA-00001") == (False, 0)


async def test_what_a_protected_message_left_goes_by_a_file_that_waits(store: Store) -> None:
    named = PickUp("AAAAA-00001", "amber-otter", (("attachment-1.txt", "Zoë reads well.".encode()),))
    await protected(store, to("AAAAA-00001", "gp@surgery.example"), found_about(), named)
    assert await store.erase_messages(about_zoe) == 1
    assert await kept(store, "AAAAA-00001") == (False, 0)


async def test_what_is_about_others_waits_on(store: Store) -> None:
    await protected(store, to("AAAAA-00001", "gp@surgery.example"), found_about("p-ben"))
    assert await store.erase_messages(about_zoe, ["p-zoe"]) == 0
    assert await kept(store, "AAAAA-00001") == (True, 1)
    assert await store.pickups.take("AAAAA-00001", "amber-otter", "attachment-1.pdf") == b"%PDF\0"


async def test_what_belongs_to_a_held_message_goes_with_it(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.escrow.keep(item, "tom", "amber-otter")
    await store.pickups.keep(item, "tom", (PICKUP,))
    assert await store.erase_messages(about_zoe) == 1
    assert await kept(store, item) == (False, 0)


async def test_an_erasure_is_on_record_without_a_name(store: Store, tmp_path: Path) -> None:
    await store.record_erasure("pupil", "p-zoe-marsh", 3, "office")
    (entry,) = [each async for each in store.audit.entries(what="erased")]
    assert (entry.who, entry.detail) == ("office", {"kind": "pupil", "messages": "3"})
    assert b"p-zoe-marsh" not in readable_bytes(tmp_path)
