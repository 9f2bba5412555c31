"""What a reviewer decides happens once, can be taken back for a moment, and is nobody's own message."""

import asyncio

import pytest

from tests.console.letters import AMIRA, ANA, NAME_IN_SUBJECT, PUPIL_ALONE, TOM


async def reviewer(desk, name="rita", *opened):
    browser = desk.browser()
    await browser.sign_in(name)
    for item in opened:
        await browser.post(f"/items/{item}/open", on=f"/items/{item}", reason="To decide on this message")
    return browser


@pytest.fixture
async def opened(desk):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    return await reviewer(desk, "rita", item), item


async def state(desk, item):
    return (await desk.store.quarantine.get(item)).held.state


async def decide(browser, item, action, **fields):
    return await browser.post(f"/items/{item}/decide/{action}", on=f"/items/{item}", **fields)


async def test_a_release_puts_the_message_into_the_outbox_and_says_so(desk, opened):
    browser, item = opened
    answer = await decide(browser, item, "release")
    assert answer.headers["location"] == f"/queue?said=released&item={item}"
    assert await state(desk, item) == "releasing"
    page = (await browser.get(answer.headers["location"])).text
    assert "The message is on its way." in page
    assert f'action="/items/{item}/undo"' in page


async def test_it_leaves_only_when_it_can_no_longer_be_taken_back(desk, opened):
    browser, item = opened
    await decide(browser, item, "release")
    assert await desk.store.leases.claim() is None
    desk.clock.go(seconds=11)
    claimed = await desk.store.leases.claim()
    assert claimed.outgoing.recipients[0].address == ANA.address
    token = await browser.token()
    answer = await browser.send(f"/items/{item}/undo", token=token)
    assert answer.status_code == 403
    assert "Too late" in answer.text


async def test_whoever_forgot_the_note_is_led_back_to_the_message(desk, opened):
    browser, item = opened
    answer = await decide(browser, item, "return")
    assert answer.status_code == 400
    assert "A note is needed" in answer.text
    assert f'href="/items/{item}">Back to the message' in answer.text
    assert await state(desk, item) == "held"


@pytest.mark.parametrize("action", ["release", "return", "delete"])
async def test_a_decision_taken_back_never_happened(desk, opened, action):
    browser, item = opened
    answer = await decide(browser, item, action, note="x")
    await browser.post(f"/items/{item}/undo", on=answer.headers["location"])
    assert await state(desk, item) == "held"
    desk.clock.go(minutes=1)
    assert await desk.store.leases.claim() is None
    history = [each.what for each in await desk.store.audit.about(item)]
    assert history[-2:] == ["release" if action == "release" else "reject", "undo"]


async def test_a_return_tells_the_tutor_in_the_reviewer_s_words(desk, opened):
    browser, item = opened
    answer = await decide(browser, item, "return", block="0", note="Thank you!")
    assert answer.headers["location"] == f"/queue?said=returned&item={item}"
    found = await desk.store.quarantine.get(item)
    assert found.held.state == "rejected"
    assert found.history[-1].detail["note"].endswith("send the message again.\nThank you!")
    desk.clock.go(seconds=11)
    claimed = await desk.store.leases.claim()
    assert claimed.outgoing.recipients[0].address == TOM.address


async def test_a_return_without_a_word_is_none(desk, opened):
    browser, item = opened
    assert (await decide(browser, item, "return", note=" ")).status_code == 400
    assert await state(desk, item) == "held"


async def test_a_deletion_tells_nobody(desk, opened):
    browser, item = opened
    await decide(browser, item, "delete")
    assert await state(desk, item) == "rejected"
    desk.clock.go(minutes=1)
    assert await desk.store.leases.claim() is None


async def test_another_word_is_no_decision(desk, opened):
    browser, item = opened
    answer = await browser.send(f"/items/{item}/decide/forward", token=await browser.token())
    assert answer.status_code == 404
    assert await state(desk, item) == "held"


async def test_two_reviewers_at_once_decide_once_and_the_second_is_told(desk, opened):
    browser, item = opened
    dana = await reviewer(desk, "dana", item)
    answers = await asyncio.gather(
        decide(browser, item, "release"),
        decide(dana, item, "return", note="No."),
    )
    assert sorted(each.status_code for each in answers) == [303, 409]
    second = next(each for each in answers if each.status_code == 409)
    assert "Somebody was quicker" in second.text


@pytest.mark.parametrize(("sender", "account"), [(TOM.address, None), (AMIRA.address, "tom")])
async def test_nobody_decides_on_their_own_message(desk, sender, account):
    """Neither by address nor by the account that it was submitted with; no form offers it."""
    item = await desk.hold(NAME_IN_SUBJECT, sender, (ANA.address,), account=account)
    browser = await reviewer(desk, "tom", item)
    page = (await browser.get(f"/items/{item}")).text
    assert "/decide/" not in page
    assert "a colleague decides" in page
    token = await browser.token()
    for action in ("release", "return", "delete"):
        answer = await browser.send(f"/items/{item}/decide/{action}", token=token, note="x")
        assert answer.status_code == 403
    await browser.send("/queue/several", token=token, action="release", item=item, confirmed="yes")
    assert await state(desk, item) == "held"


async def test_several_are_shown_before_they_are_decided(desk):
    items = [
        await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,)),
        await desk.hold(PUPIL_ALONE, AMIRA.address, ("dylan.pryce@pupil.example",)),
    ]
    browser = await reviewer(desk)
    token = await browser.token()
    page = await browser.send("/queue/several", token=token, action="release", item=items)
    assert "Send these as they are?" in page.text
    assert "Marsh" not in page.text
    assert [await state(desk, each) for each in items] == ["held", "held"]
    done = await browser.send("/queue/several", token=token, action="release", item=items, confirmed="yes")
    assert "2 of 2 done" in done.text
    assert [await state(desk, each) for each in items] == ["releasing", "releasing"]


async def test_of_several_those_decided_meanwhile_are_named(desk):
    items = [await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,)) for _ in range(2)]
    browser = await reviewer(desk)
    await desk.store.quarantine.reject(items[0], "dana")
    token = await browser.token()
    done = await browser.send(
        "/queue/several", token=token, action="return", item=items, note="x", confirmed="yes"
    )
    assert "1 of 2 done" in done.text
    assert "Somebody had decided already." in done.text


async def test_a_release_that_the_relay_refuses_comes_back_with_its_words(desk, opened):
    from gateway.mail.reply import Reply
    from gateway.remedy.outgoing import Delivery
    from gateway.store.leases import outcomes_of

    browser, item = opened
    await decide(browser, item, "release")
    desk.clock.go(seconds=11)
    claimed = await desk.store.leases.claim()
    refusal = Delivery(Reply(550, "5.1.1", ("No such mailbox here",)))
    await desk.store.leases.settle(claimed, refusal, outcomes_of(claimed, refusal, last=False))
    assert "Came back" in (await browser.get("/queue")).text
    page = (await browser.get(f"/items/{item}")).text
    assert "No such mailbox here" in page
    assert f'action="/items/{item}/decide/release"' in page
