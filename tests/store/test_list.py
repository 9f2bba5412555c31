"""The list of held messages: in what order, narrowed to what, and what a spoilt record does to it."""

from typing import get_args

import msgspec
import pytest
from sqlalchemy import update

from gateway.mail.account import Account
from gateway.policy.verdict import Verdict
from gateway.review.held import Filter, Order
from gateway.store.errors import Tampered
from gateway.store.store import Store
from gateway.store.tables import items
from tests.store.conftest import (
    ENVELOPE,
    RAW,
    VERDICT,
    Clock,
)


async def test_list_shows_the_oldest_first(store: Store, clock: Clock) -> None:
    first = await store.hold(RAW, ENVELOPE, VERDICT)
    clock.go(minutes=1)
    second = await store.hold(RAW, ENVELOPE, VERDICT)
    assert [each.id for each in await store.quarantine.list()] == [first, second]
    assert [each.id for each in await store.quarantine.list(limit=1, offset=1)] == [second]


async def test_a_list_can_be_narrowed(store: Store) -> None:
    one = await store.hold(RAW, ENVELOPE, VERDICT)
    other = await store.hold(RAW, msgspec.structs.replace(ENVELOPE, account="amira"), VERDICT)
    page = store.quarantine.page
    assert [each.id for each in (await page(Filter(tutor="amira")))[0]] == [other]
    assert (await page(Filter(rule="subject_name"), limit=1))[1] == 2
    assert await page(Filter(rule="subject")) == ((), 0)
    assert await page(Filter(rule="subject%")) == ((), 0)
    assert await page(Filter(states=("released",))) == ((), 0)
    assert {each.id for each in (await page(Filter(order="newest")))[0]} == {one, other}


async def test_the_most_serious_come_first_and_of_those_the_oldest(store: Store, clock: Clock) -> None:
    def because_of(rule: str) -> Verdict:
        (judged,) = VERDICT.judged
        finding = msgspec.structs.replace(judged.finding, rule=rule)
        return msgspec.structs.replace(VERDICT, judged=(msgspec.structs.replace(judged, finding=finding),))

    ids = {}
    for name, rule in (
        ("form", "subject_name"),
        ("unknown", "house_style"),
        ("disclosure", "bulk_disclosure"),
        ("health", "sensitive_body"),
        ("health later", "sensitive_subject"),
        ("disclosure later", "password_included"),
    ):
        ids[await store.hold(RAW, ENVELOPE, because_of(rule))] = name
        clock.go(minutes=1)
    orders = {}
    for order in get_args(Order):
        found, _ = await store.quarantine.page(Filter(order=order))
        orders[order] = [ids[each.id] for each in found]
    assert orders["serious"] == [
        "health", "health later", "disclosure", "disclosure later", "form", "unknown",
    ]  # fmt: skip
    assert orders["oldest"] == list(ids.values())
    assert orders["newest"] == list(ids.values())[::-1]
    second, _ = await store.quarantine.page(Filter(order="serious"), 2, 2)
    assert [ids[each.id] for each in second] == ["disclosure", "disclosure later"]


async def test_what_is_passed_to_the_lead_is_urgent_until_it_is_handed_back(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    lead = Account("dsl", (), ("safeguarding_lead",))
    await store.review.pass_on(item, lead)
    assert (await store.quarantine.get(item)).held.severity == 2
    await store.review.hand_back(item, lead)
    assert (await store.quarantine.get(item)).held.severity == 0


@pytest.mark.parametrize("column", ["glance", "envelope"])
async def test_a_spoilt_record_hides_no_other_and_says_so(store: Store, column: str) -> None:
    spoilt = await store.hold(RAW, ENVELOPE, VERDICT)
    sound = await store.hold(RAW, ENVELOPE, VERDICT)
    async with store.core.database.write() as connection:
        await connection.execute(update(items).where(items.c.id == spoilt).values({column: b"x"}))
    found, count = await store.quarantine.page(Filter())
    assert count == 2
    assert {each.id: each.spoilt for each in found} == {spoilt: column == "glance", sound: False}
    assert (spoilt in await store.quarantine.envelopes([spoilt, sound])) == (column == "glance")
    with pytest.raises(Tampered):
        await store.quarantine.get(spoilt)


async def test_the_states_of_several_items_are_told_at_once(store: Store) -> None:
    first, second = [await store.hold(RAW, ENVELOPE, VERDICT) for _ in range(2)]
    await store.quarantine.reject(first, "lead")
    assert await store.quarantine.states([first, second, "nonsense"]) == {first: "rejected", second: "held"}
