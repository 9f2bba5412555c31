"""What a reviewer decides happens once, and to nobody's own message."""

import asyncio

import pytest

from tests.console.letters import AMIRA, ANA, NAME_IN_SUBJECT, TOM


@pytest.fixture
async def opened(desk):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    browser = desk.browser()
    await browser.sign_in("rita")
    await browser.post(f"/items/{item}/open", on=f"/items/{item}", reason="To decide on this message")
    return browser, item


async def test_a_release_puts_the_message_into_the_outbox(desk, opened):
    browser, item = opened
    answer = await browser.post(f"/items/{item}/release", on=f"/items/{item}")
    assert answer.headers["location"] == f"/items/{item}?said=released"
    held = (await desk.store.quarantine.get(item)).held
    assert held.state == "releasing"
    assert "On its way" in (await browser.get("/queue")).text


async def test_a_return_tells_the_tutor_in_the_reviewer_s_words(desk, opened):
    browser, item = opened
    answer = await browser.post(f"/items/{item}/return", on=f"/items/{item}", note="Please use initials.")
    assert answer.headers["location"] == f"/items/{item}?said=returned"
    found = await desk.store.quarantine.get(item)
    assert found.held.state == "rejected"
    assert found.history[-1].detail["note"] == "Please use initials."
    claimed = await desk.store.outbox.claim()
    assert claimed.outgoing.recipients[0].address == TOM.address


async def test_a_return_without_a_word_is_none(desk, opened):
    browser, item = opened
    assert (await browser.post(f"/items/{item}/return", on=f"/items/{item}", note=" ")).status_code == 400
    assert (await desk.store.quarantine.get(item)).held.state == "held"


async def test_a_deletion_tells_nobody(desk, opened):
    browser, item = opened
    await browser.post(f"/items/{item}/delete", on=f"/items/{item}")
    assert (await desk.store.quarantine.get(item)).held.state == "rejected"
    assert await desk.store.outbox.claim() is None


async def test_two_reviewers_at_once_decide_once_and_the_second_is_told(desk, opened):
    browser, item = opened
    dana = desk.browser()
    await dana.sign_in("dana")
    await dana.post(f"/items/{item}/open", on=f"/items/{item}", reason="To decide on this message")
    answers = await asyncio.gather(
        browser.post(f"/items/{item}/release", on=f"/items/{item}"),
        dana.post(f"/items/{item}/return", on=f"/items/{item}", note="No."),
    )
    assert sorted(each.status_code for each in answers) == [303, 409]
    second = next(each for each in answers if each.status_code == 409)
    assert "Somebody was quicker" in second.text


@pytest.mark.parametrize(("sender", "account"), [(TOM.address, None), (AMIRA.address, "tom")])
async def test_nobody_decides_on_their_own_message(desk, sender, account):
    """Neither by address nor by the account that it was submitted with."""
    item = await desk.hold(NAME_IN_SUBJECT, sender, (ANA.address,), account=account)
    browser = desk.browser()
    await browser.sign_in("tom")
    await browser.post(f"/items/{item}/open", on=f"/items/{item}", reason="To decide on this message")
    for action in ("release", "return", "delete"):
        answer = await browser.post(f"/items/{item}/{action}", on=f"/items/{item}", note="x")
        assert answer.status_code == 403
    assert (await desk.store.quarantine.get(item)).held.state == "held"
