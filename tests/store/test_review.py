"""The rules of review: who may decide, with whom, and for how long it can be taken back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from gateway import sections
from gateway.mail.account import Account
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.held import Held
from gateway.review.rules import NotAllowed
from gateway.store.store import Store
from gateway.store.tables import items
from tests.store.conftest import ENVELOPE, OK, RAW, VERDICT, Clock, ScriptedRelay, notice

ANA = Account("ana", ("ana@agency.example",), ("reviewer",))
BO = Account("bo", (), ("reviewer",))
LEAD = Account("dsl", (), ("safeguarding_lead",))
TOM = Account("tom", ("tom@agency.example",), ("submit", "reviewer"))
ALIAS = Account("thomas", ("Tom@Agency.example",), ("reviewer",))
ADMIN = Account("admin", (), ("administrator", "auditor"))


@pytest.fixture
async def strict(section: sections.Store, clock: Clock, tmp_path: Path) -> Store:
    """A store where everything needs two people."""
    review = sections.Review(two_people=frozenset({"subject_name"}))
    store = await Store.open(section, tmp_path, clock=clock, review=review)
    for account in (ANA, BO, LEAD, TOM):
        await store.accounts.add(account, None, "test")
    yield store
    await store.close()


@pytest.fixture
async def reserved(section: sections.Store, clock: Clock, tmp_path: Path) -> Store:
    """A store where everything is for the safeguarding lead."""
    review = sections.Review(reserved=frozenset({"subject_name"}))
    store = await Store.open(section, tmp_path, clock=clock, review=review)
    yield store
    await store.close()


async def why(doing: Awaitable[object]) -> str:
    with pytest.raises(NotAllowed) as refused:
        await doing
    return refused.value.why


async def state(store: Store, item: str) -> str:
    return (await store.quarantine.get(item)).held.state


async def test_a_reviewer_releases(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    assert await store.review.release(item, ANA, "agreed with the school") == "releasing"
    assert (await store.audit.about(item))[-1].who == "ana"


@pytest.mark.parametrize(
    ("account", "expected"), [(ADMIN, "role"), (Account("x"), "role"), (TOM, "own"), (ALIAS, "own")]
)
async def test_who_may_not_decide_is_refused_everything(
    store: Store, account: Account, expected: str
) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    review = store.review
    assert await review.obstacle(await store.quarantine.get(item), account) == expected
    assert await why(review.release(item, account)) == expected
    assert await why(review.send(item, account, [notice()], plan="x")) == expected
    assert await why(review.reject(item, account)) == expected
    assert await why(review.pass_on(item, account)) == expected
    assert await why(review.undo(item, account)) == expected
    assert await state(store, item) == "held"


async def test_what_is_reserved_is_for_the_lead(reserved: Store) -> None:
    item = await reserved.hold(RAW, ENVELOPE, VERDICT)
    assert (await reserved.quarantine.get(item)).held.reserved
    assert await why(reserved.review.release(item, ANA)) == "reserved"
    assert await why(reserved.review.reject(item, ANA)) == "reserved"
    assert await reserved.review.release(item, LEAD) == "releasing"


async def test_passing_on_reserves_and_only_the_lead_hands_back(store: Store) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.review.pass_on(item, ANA, "a disclosure, I think", notice("to the lead"))
    assert await why(store.review.release(item, ANA)) == "reserved"
    assert await why(store.review.hand_back(item, ANA)) == "reserved"
    await store.review.hand_back(item, LEAD, "it is not")
    assert await store.review.release(item, ANA) == "releasing"
    with pytest.raises(WrongState):
        await store.review.pass_on(item, LEAD)


async def test_a_deputy_acts_for_as_long_as_appointed(reserved: Store, clock: Clock) -> None:
    item = await reserved.hold(RAW, ENVELOPE, VERDICT)
    start, end = clock.now + timedelta(days=1), clock.now + timedelta(days=8)
    appointment = await reserved.deputies.appoint("bo", "safeguarding_lead", start, end, "dsl")
    assert await why(reserved.review.release(item, BO)) == "reserved"
    clock.go(days=1)
    assert [each.name for each in await reserved.deputies.list()] == ["bo"]
    assert await why(reserved.review.release(item, ANA)) == "reserved"
    assert await reserved.review.obstacle(await reserved.quarantine.get(item), BO) is None
    clock.go(days=7)
    assert await why(reserved.review.release(item, BO)) == "reserved"
    await reserved.deputies.end(appointment, "dsl")
    with pytest.raises(NoSuchItem):
        await reserved.deputies.end(appointment, "dsl")


async def test_two_must_agree(strict: Store) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    assert (await strict.quarantine.get(item)).held.people == 2
    for _ in range(3):  # one person is one person
        assert await strict.review.release(item, ANA) == "agreed"
    assert await state(strict, item) == "held"
    assert await strict.review.agreed(item) == 1
    assert await strict.review.release(item, LEAD) == "releasing"
    with pytest.raises(WrongState):
        await strict.review.release(item, BO)


async def test_two_who_agree_to_different_things_have_not_agreed(strict: Store) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    assert await strict.review.release(item, ANA) == "agreed"
    assert await strict.review.send(item, BO, [notice()], plan="initials") == "agreed"
    assert await strict.review.agreed(item) == 1
    assert await strict.review.send(item, ANA, [notice()], plan="initials") == "releasing"


async def test_two_at_once_release_once(strict: Store, clock: Clock) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    outcomes = await asyncio.gather(
        *(strict.review.release(item, each) for each in (ANA, BO, LEAD)), return_exceptions=True
    )
    assert "agreed" in outcomes
    assert outcomes.count("releasing") == 1
    clock.go(minutes=1)
    relay = ScriptedRelay(OK)
    while (claimed := await strict.leases.claim()) is not None:
        await strict.courier(relay).carry(claimed)
    assert [each.raw for each in relay.got] == [RAW]


async def test_nobody_is_the_second_for_their_own_message(strict: Store) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    await strict.review.release(item, ANA)
    assert await why(strict.review.release(item, TOM)) == "own"
    assert await strict.review.agreed(item) == 1


@pytest.mark.parametrize("how", ["closed", "no reviewer", "owner"])
async def test_who_may_not_decide_any_more_has_not_agreed(strict: Store, how: str) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    assert await strict.review.release(item, ANA) == "agreed"
    match how:
        case "closed":
            await strict.accounts.disable("ana", "admin")
        case "no reviewer":
            await strict.accounts.change(Account("ana", (), ("auditor",)), "admin")
        case "owner":
            await strict.accounts.change(Account("ana", ("tom@agency.example",), ("reviewer",)), "admin")
    assert await strict.review.agreed(item) == 0
    assert await strict.review.release(item, LEAD) == "agreed"
    assert await state(strict, item) == "held"


async def test_an_agreement_stands_when_the_message_goes_to_the_lead(strict: Store) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    assert await strict.review.release(item, ANA) == "agreed"
    await strict.review.pass_on(item, ANA)
    assert await strict.review.release(item, LEAD) == "releasing"


async def test_a_deputy_s_agreement_ends_with_their_days(strict: Store, clock: Clock) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    clerk = Account("clerk", (), ("auditor",))
    await strict.accounts.add(clerk, None, "test")
    end = clock.now + timedelta(days=1)
    await strict.deputies.appoint("clerk", "reviewer", clock.now, end, "dsl")
    assert await strict.review.release(item, clerk) == "agreed"
    assert await strict.review.agreed(item) == 1
    clock.go(days=1)
    assert await strict.review.agreed(item) == 0


async def test_one_is_enough_to_reject(strict: Store) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    await strict.review.reject(item, ANA, "no")
    assert await state(strict, item) == "rejected"


async def test_undo_works_for_ten_seconds(store: Store, clock: Clock) -> None:
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    await store.review.release(item, ANA)
    assert await store.leases.claim() is None
    clock.go(seconds=9)
    await store.review.undo(item, ANA)
    assert await state(store, item) == "held"
    await store.review.reject(item, ANA)
    clock.go(seconds=11)
    assert await why(store.review.undo(item, ANA)) == "late"


async def test_taking_back_forgets_who_agreed(strict: Store) -> None:
    item = await strict.hold(RAW, ENVELOPE, VERDICT)
    await strict.review.release(item, ANA)
    await strict.review.release(item, BO)
    await strict.review.undo(item, ANA)
    assert await strict.review.agreed(item) == 0
    assert await strict.review.release(item, ANA) == "agreed"


async def test_what_has_waited_too_long_is_escalated_once(
    store: Store, open_store: Callable[[], Awaitable[Store]], clock: Clock
) -> None:
    late = await store.hold(RAW, ENVELOPE, VERDICT)
    clock.go(hours=3)
    await store.hold(RAW, ENVELOPE, VERDICT)
    clock.go(hours=1)
    seen: list[str] = []

    def write(held: tuple[Held, ...]):
        seen.extend(each.id for each in held)
        return [notice("escalated")]

    other = await open_store()
    counts = await asyncio.gather(*(each.review.escalate(write) for each in (store, other, store)))
    assert sorted(counts) == [0, 0, 1]
    assert seen == [late]
    assert (await store.quarantine.get(late)).held.escalated_at == clock.now
    claimed = await store.leases.claim()
    assert claimed is not None
    assert await store.leases.claim() is None


async def test_a_record_that_was_spoilt_keeps_no_other_from_the_lead(store: Store, clock: Clock) -> None:
    spoilt = await store.hold(RAW, ENVELOPE, VERDICT)
    sound = await store.hold(RAW, ENVELOPE, VERDICT)
    async with store.core.database.write() as connection:
        await connection.execute(update(items).where(items.c.id == spoilt).values(glance=b"x"))
    clock.go(hours=4)
    seen: list[str] = []

    def write(held: tuple[Held, ...]):
        seen.extend(each.id for each in held)
        return []

    assert await store.review.escalate(write) == 2
    assert await store.review.escalate(write) == 0
    assert seen == [sound]


async def test_a_passphrase_is_shown_on_record_until_it_expires(store: Store, clock: Clock) -> None:
    envelope = msgspec.structs.replace(ENVELOPE, queue_id="Q7F3K-9WDTB")
    await store.escrow.keep(envelope.queue_id, "tom", "amber otter plinth")
    assert await store.escrow.of_tutor("Tom") == ("Q7F3K-9WDTB",)
    assert await store.escrow.look("q7f3k9wdtb", "dsl", "the parents lost it") == "amber otter plinth"
    (entry,) = await store.audit.about("Q7F3K-9WDTB")
    assert (entry.what, entry.who, entry.detail) == (
        "passphrase_shown",
        "dsl",
        {"reason": "the parents lost it"},
    )
    clock.go(days=30)
    with pytest.raises(NoSuchItem):
        await store.escrow.look("Q7F3K-9WDTB", "dsl", "again")
    assert await store.escrow.of_tutor("tom") == ()
