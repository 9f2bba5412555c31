"""Looking up what opens a protected message: its tutor and reviewers may, and every look is on record."""

from datetime import timedelta

SUE, TOM = "amira.haddad@larkfield-tutors.example", "tom.reed@larkfield-tutors.example"
ITEM, WORDS = "Q7F3K-9WDTB", "amber-otter-plinth-copper-lantern-violet"
PATH = f"/protected/{ITEM}"


async def signed_in(desk, name):
    browser = desk.browser()
    await browser.sign_in(name)
    return browser


async def test_a_tutor_finds_their_own_messages_and_looks_with_a_reason(desk):
    await desk.store.escrow.keep(ITEM, SUE, WORDS)
    sue = await signed_in(desk, "sue")
    assert PATH in (await sue.get("/protected")).text
    assert WORDS not in (await sue.get(PATH)).text
    found = await sue.post(PATH, reason="the mother rang again")
    assert WORDS in found.text
    assert "no-store" in found.headers["cache-control"]
    (entry,) = [each for each in await desk.store.audit.about(ITEM) if each.what == "passphrase_shown"]
    assert entry.detail["reason"] == "the mother rang again"


async def test_without_a_reason_nothing_is_shown_and_nothing_recorded(desk):
    await desk.store.escrow.keep(ITEM, SUE, WORDS)
    sue = await signed_in(desk, "sue")
    answer = await sue.post(PATH, reason=" ")
    assert (answer.status_code, WORDS in answer.text) == (400, False)
    assert await desk.store.audit.about(ITEM) == ()


async def test_a_colleagues_message_is_not_there_for_a_tutor_but_for_a_reviewer(desk):
    await desk.store.escrow.keep(ITEM, TOM, WORDS)
    sue, rita = await signed_in(desk, "sue"), await signed_in(desk, "rita")
    assert PATH not in (await sue.get("/protected")).text
    token = await sue.token()
    answer = await sue.send(PATH, token=token, reason="curious")
    assert (answer.status_code, WORDS in answer.text) == (404, False)
    assert WORDS in (await rita.post(PATH, reason="the office asks")).text


async def test_after_its_time_it_is_gone(desk):
    await desk.store.escrow.keep(ITEM, SUE, WORDS)
    desk.clock.now += timedelta(days=31)
    rita = await signed_in(desk, "rita")
    answer = await rita.send(PATH, token=await rita.token(), reason="late")
    assert (answer.status_code, WORDS in answer.text) == (404, False)
