"""Exemptions: proposed by one, approved by another, tried first, revocable."""

from datetime import timedelta

import msgspec
import pytest

from gateway.mail.public import public
from gateway.policy.exemption import Scope
from gateway.policy.finding import Finding
from gateway.policy.verdict import Action, Judged, Verdict
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.exemptions import SamePerson, TooWide
from gateway.store.store import Store
from tests.store.conftest import ENVELOPE, RAW, VERDICT, Clock

SCOPE = Scope(rule="subject_name", tutor="tom", quote="Zoë Marsh")
MONTH = timedelta(days=30)


async def test_it_takes_effect_when_somebody_else_approves(store: Store) -> None:
    proposal = await store.exemptions.propose(SCOPE, MONTH, "tom", "she is a colleague")
    before = await store.exemptions.version()
    assert await store.exemptions.in_force() == ()
    with pytest.raises(SamePerson):
        await store.exemptions.approve(proposal, "tom")
    await store.exemptions.approve(proposal, "admin", "checked")
    assert [each.scope for each in await store.exemptions.in_force()] == [SCOPE]
    assert await store.exemptions.version() != before
    (shown,) = await store.exemptions.list()
    assert (shown.by, shown.decided_by, shown.reason) == ("tom", "admin", "she is a colleague")


async def test_it_ends_by_being_revoked_or_by_itself(store: Store, clock: Clock) -> None:
    first = await store.exemptions.propose(SCOPE, MONTH, "tom", "")
    second = await store.exemptions.propose(SCOPE, MONTH, "tom", "")
    await store.exemptions.approve(first, "admin")
    await store.exemptions.approve(second, "admin")
    await store.exemptions.revoke(first, "admin", "she has left")
    assert [each.id for each in await store.exemptions.in_force()] == [second]
    with pytest.raises(WrongState, match="revoked"):
        await store.exemptions.approve(first, "admin")
    clock.now += MONTH
    assert await store.exemptions.in_force() == ()


async def test_a_refused_one_never_takes_effect(store: Store) -> None:
    proposal = await store.exemptions.propose(SCOPE, MONTH, "tom", "")
    await store.exemptions.refuse(proposal, "admin", "she is a pupil")
    with pytest.raises(WrongState):
        await store.exemptions.approve(proposal, "admin")
    assert await store.exemptions.in_force() == ()
    with pytest.raises(NoSuchItem):
        await store.exemptions.approve("nothing", "admin")


async def test_a_rule_cannot_be_switched_off_this_way(store: Store) -> None:
    with pytest.raises(TooWide):
        await store.exemptions.propose(Scope(rule="subject_name"), MONTH, "tom", "")


async def test_a_trial_says_what_it_would_have_done(store: Store) -> None:
    alone = await store.hold(RAW, ENVELOPE, VERDICT)
    another = Judged(Finding(rule="other", summary=public("x")), Action.QUARANTINE, "enforce", ())
    more = await store.hold(RAW, ENVELOPE, Verdict(Action.QUARANTINE, (*VERDICT.judged, another), "p", "r"))
    await store.hold(
        RAW, msgspec.structs.replace(ENVELOPE, account="amira", mail_from="a@b.example"), VERDICT
    )
    trial = await store.exemptions.trial(SCOPE)
    assert [each.id for each in trial.through] == [alone]
    assert [each.id for each in trial.others] == [more]
