"""Reviewing in a real browser: every decision, by mouse, by keys, on a telephone and without scripts."""

from contextlib import asynccontextmanager

import pytest

from gateway.mail.account import Account
from tests.browser.conftest import PASSWORD, sign_in, violations, window
from tests.console.letters import ANA, NAME_IN_SUBJECT, TOM, fill
from tests.end_to_end.conftest import start  # noqa: F401 -- the whole gateway
from tests.mail_programs import Letter, Person, outlook

TO_MANY = outlook(
    Letter(
        sender=TOM,
        to=tuple(Person(f"family{number}@home.example") for number in range(8)),
        subject="Half-term dates",
        text="Dear all,\n\nno lessons from the 26th to the 30th.\n\nTom\n",
    )
)
FAMILIES = tuple(f"family{number}@home.example" for number in range(8))


@asynccontextmanager
async def signed_in(chromium, site, name="rita", **how):
    """A page of somebody who is signed in, in a browser window of their own."""
    context = await window(chromium, **how)
    page = await context.new_page()
    await sign_in(page, site, name)
    yield page
    await context.close()


async def open_item(page, site, item):
    await page.goto(f"{site}/items/{item}")
    await page.get_by_role("button", name="Open", exact=True).click()
    await page.get_by_role("heading", name="Decide").wait_for()


async def said(page, text):
    await page.locator(".said").get_by_text(text).wait_for()


async def state(desk, item):
    return (await desk.store.quarantine.get(item)).held.state


async def mails(desk, item):
    return [each for each in await desk.store.postmaster.list() if each.item == item]


@pytest.fixture
async def held(desk):
    return await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))


async def test_a_message_is_corrected_and_is_delivered_on_the_relay_s_word(start, chromium):  # noqa: F811
    """The whole way: in by SMTP, looked at and corrected in the browser, out to the relay, shown as delivered."""
    rita = Account("rita", ("rita@larkfield-tutors.example",), ("reviewer",))
    hold = '[policy.rules.subject_name]\naction = "quarantine"\n[review]\nundo = "0 s"\n'
    async with start(hold) as line:
        await line.gateway.store.accounts.add(rita, PASSWORD, "test")
        _, text = await line.send(NAME_IN_SUBJECT, ANA.address, sender=TOM.address)
        assert "Held for review" in text
        site = f"http://{line.gateway.web}"
        async with signed_in(chromium, site) as page:
            await page.locator("a.what").click()
            await page.get_by_role("button", name="Open", exact=True).click()
            await page.get_by_role("link", name="Send corrected").click()
            await page.get_by_role("heading", name="What would leave").wait_for()
            assert "Z.M." in await page.locator("ins").first.inner_text()
            await page.get_by_role("button", name="Send the corrected message").click()
            await said(page, "The corrected message is on its way.")
            await page.locator(".said a").click()
            while not await page.get_by_text("Delivered. The mail server said").count():
                await page.wait_for_timeout(200)
                await page.reload()
            assert await violations(page) == []
        sent = [each for each in line.relay.arrived if each.recipients == (ANA.address,)]
        assert len(sent) == 1
        assert b"Z.M." in sent[0].raw
        assert "Zoë Marsh".encode() not in sent[0].raw.partition(b"\r\n\r\n")[0]


async def test_two_people_release_what_needs_two(desk, site, chromium):
    item = await desk.hold(TO_MANY, TOM.address, FAMILIES)
    async with signed_in(chromium, site) as page:
        await open_item(page, site, item)
        await page.get_by_text("Two people have to agree").wait_for()
        await page.get_by_role("button", name="Send as it is").click()
        await said(page, "A second person has to agree")
        await page.goto(f"{site}/items/{item}")
        await page.get_by_role("button", name="Send as it is").click()  # the same person is no second one
        await said(page, "A second person has to agree")
    assert await state(desk, item) == "held"
    async with signed_in(chromium, site, "dana") as page:
        await open_item(page, site, item)
        await page.get_by_text("One has agreed.").wait_for()
        await page.get_by_role("button", name="Send as it is").click()
        await said(page, "The message is on its way.")
    assert await state(desk, item) == "releasing"


async def test_what_is_passed_to_the_lead_is_the_lead_s_alone(desk, site, chromium, held):
    async with signed_in(chromium, site) as page:
        await open_item(page, site, held)
        await page.get_by_text("Pass to the lead").click()
        await page.get_by_label("Anything they should know").fill("There may be more behind it.")
        await page.get_by_role("button", name="Pass it on").click()
        await said(page, "The safeguarding lead will decide.")
        await page.goto(f"{site}/items/{held}")
        await page.get_by_text("Only the safeguarding lead opens and decides").wait_for()
        assert "Zoë" not in await page.content()
        assert await page.get_by_role("button", name="Open", exact=True).count() == 0
        assert (await page.request.get(f"{site}/items/{held}/source")).status == 403
    async with signed_in(chromium, site, "dana") as page:
        await page.get_by_text("For the safeguarding lead").wait_for()
        await open_item(page, site, held)
        await page.get_by_role("button", name="Let any reviewer decide").click()
        await said(page, "Any reviewer may decide on it again.")


async def test_a_decision_is_taken_back(desk, site, chromium, held):
    async with signed_in(chromium, site) as page:
        await open_item(page, site, held)
        for button in ("Send as it is", "Delete the message"):
            await page.goto(f"{site}/items/{held}")
            if button == "Delete the message":
                await page.get_by_text("Delete", exact=True).click()
            await page.get_by_role("button", name=button).click()
            await page.get_by_role("button", name="Undo").click()
            await said(page, "Taken back. The message is waiting again.")
            assert await state(desk, held) == "held"
    desk.clock.go(minutes=1)
    assert await desk.store.leases.claim() is None


async def test_a_corrected_message_is_taken_back_too(desk, site, chromium, held):
    async with signed_in(chromium, site) as page:
        await open_item(page, site, held)
        await page.get_by_role("link", name="Send corrected").click()
        await page.get_by_role("button", name="Send the corrected message").click()
        await page.get_by_role("button", name="Undo").click()
        await said(page, "Taken back. The message is waiting again.")
    assert await state(desk, held) == "held"


async def test_the_keyboard_is_enough(desk, site, chromium):
    """From the sign-in page to a decision without a mouse; and nothing that has the focus is invisible."""
    ids = await fill(desk)
    context = await window(chromium)
    page = await context.new_page()
    await page.goto(f"{site}/sign-in")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.get_by_label("Name or email address").focus()
    await page.keyboard.type("rita")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    slips = page.locator(".slip")
    await page.keyboard.press("?")
    await page.get_by_role("heading", name="Keys").wait_for()
    box = await page.get_by_role("dialog").bounding_box()
    assert abs(box["x"] * 2 + box["width"] - 1280) < 20  # in the middle, not in a corner
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    assert await slips.first.get_attribute("class") == "slip late here"
    assert await slips.first.get_attribute("data-item") == ids["name"]
    await page.keyboard.press("x")
    assert await slips.first.get_by_role("checkbox").is_checked()
    await page.keyboard.press("x")
    assert not await slips.first.get_by_role("checkbox").is_checked()
    await page.keyboard.press("/")
    assert await page.evaluate("document.activeElement.id") == "search"
    await page.keyboard.press("Escape")
    await page.evaluate("document.activeElement.blur()")
    async with page.expect_navigation():
        await page.keyboard.press("o")
    await page.get_by_role("button", name="Open", exact=True).focus()
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.keyboard.press("r")
    assert "Send as it is" in await page.evaluate("document.activeElement.textContent")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await said(page, "The message is on its way.")
    await context.close()


async def test_several_are_decided_at_once_after_a_summary(desk, site, chromium):
    ids = await fill(desk)
    async with signed_in(chromium, site) as page:
        for box in await page.get_by_role("checkbox").all():
            await box.check()
        await page.get_by_text("3 ticked:").wait_for()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await page.get_by_role("heading", name="Delete these?").wait_for()
        assert {await state(desk, each) for each in ids.values()} == {"held"}
        await page.get_by_role("button", name="Delete them").click()
        await page.get_by_text("It was deleted.").first.wait_for()
    assert {await state(desk, each) for each in ids.values()} == {"rejected"}


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_telephone_is_enough_with_scripts_and_without(desk, site, chromium, scripts):
    ids = await fill(desk)
    how = {"width": 360, "java_script_enabled": scripts, "has_touch": True}
    async with signed_in(chromium, site, **how) as page:
        assert await page.locator(".slip").count() == 3
        await page.locator(f'a[href="/items/{ids["alone"]}"]').tap()
        await page.get_by_role("button", name="Open", exact=True).tap()
        await page.get_by_text("Return", exact=True).tap()
        await page.get_by_label("Ready words").select_option("Copy a parent")
        await page.get_by_role("button", name="Return to the tutor").tap()
        await said(page, "The message goes back to its tutor.")
        await page.get_by_label("Rule").select_option(index=1)
        await page.get_by_role("button", name="Show").tap()
        await page.wait_for_url("**rule=*")
    found = await desk.store.quarantine.get(ids["alone"])
    assert found.held.state == "rejected"
    assert "a parent or carer as well" in found.history[-1].detail["note"]


async def test_a_second_reviewer_sees_the_first_one_s_decision_and_nothing_happens_twice(
    desk, site, chromium, held
):
    async with signed_in(chromium, site) as queue:
        item = await queue.context.new_page()
        await open_item(item, site, held)
        slip = queue.locator(f'.slip[data-item="{held}"]')
        assert await slip.get_by_role("checkbox").count() == 1
        while not await queue.locator(".news").count():  # once it tells of something new, it listens
            desk.clock.go(seconds=1)
            await desk.hold(TO_MANY, TOM.address, FAMILIES)
            await queue.wait_for_timeout(500)
        async with signed_in(chromium, site, "dana") as other:
            await open_item(other, site, held)
            await other.get_by_role("button", name="Send as it is").click()
            await said(other, "The message is on its way.")
        await queue.locator(f'.slip.decided[data-item="{held}"]').get_by_text("On its way").wait_for()
        assert await slip.get_by_role("checkbox").count() == 0
        assert await violations(queue) == []
        await item.get_by_role("button", name="Send as it is").click()
        await item.get_by_role("heading", name="Somebody was quicker").wait_for()
        assert await violations(item) == []
    history = [each.what for each in await desk.store.audit.about(held)]
    assert history.count("release") == 1
    assert len([each for each in await mails(desk, held) if each.purpose == "release"]) == 1
