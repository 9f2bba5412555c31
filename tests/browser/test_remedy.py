"""The tutor's page in a real browser: clicked, read by axe, looked at, and without scripts."""

from pathlib import Path

import pytest

from gateway.mail.account import Account
from tests.browser.conftest import examine, picture, window
from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import CHILD_FILE, MOTHER, OTHERS, PUPIL, letter, phone, start, without_trace  # noqa: F401 -- the same telephone

PICTURES = Path(__file__).parent.parent.parent / "docs" / "tutor"
REPORT = CHILD_FILE.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
CASES = {
    "name": (letter(subject="Zoë Marsh: homework"), (MOTHER,)),
    "parent": (letter(to=PUPIL, number=2), (PUPIL,)),
    "families": (letter(to=", ".join((MOTHER, *OTHERS)), number=3), (MOTHER, *OTHERS)),
    "file": (REPORT, ("a.osei@hill-school.example",)),
    "all": (
        letter(to=f"{PUPIL}, ben@elsewhere.example", subject="Zoë Marsh: homework", number=4),
        (PUPIL, "ben@elsewhere.example"),
    ),
}

# What may differ between the message that was stopped and the one that leaves; nothing else does.
CHANGED = {
    "name": ("Subject: Zoë Marsh: homework\r\n", "Subject: Z.M.: homework\r\n"),
    "parent": (f"To: {PUPIL}\r\n", f"To: {PUPIL}\r\nCc: {MOTHER}\r\n"),
}


async def accounts_of(phone) -> None:  # noqa: F811
    tom = Account("tom", (TUTOR,), ("submit",))
    await phone.gateway.store.accounts.add(tom, "correct horse battery", "test")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("name", CASES)
async def test_one_click_sends_the_corrected_message(phone, chromium, name, scripts):  # noqa: F811
    raw, to = CASES[name]
    path = await phone.refused(raw, *to)
    context = await window(chromium, width=390, java_script_enabled=scripts)
    page = await context.new_page()
    await page.goto(f"http://{phone.gateway.web}{path}")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Send the corrected message").click()
    heading = page.get_by_role("heading", level=1)
    assert await heading.inner_text() in ("Your message is on its way", "Your message was sent")
    sent = await phone.left(len(to) if name == "families" else 1)
    for each in sent:
        body = (
            raw.partition(b"\r\n\r\n")[2] if name != "file" else b"the report that you asked for is attached."
        )
        assert body in without_trace(each.raw)
        if name in CHANGED:
            old, new = CHANGED[name]
            assert without_trace(each.raw) == raw.replace(old.encode(), new.encode())
        code, text = await phone.send(without_trace(each.raw), *each.recipients)
        assert code == 250, text  # the rules find nothing in it
    await context.close()


async def pictured(page, name: str) -> None:
    """Photograph the page on a telephone by day and on a desk by night."""
    for width, dark in ((390, False), (1280, True)):
        await page.set_viewport_size({"width": width, "height": 860 if width > 500 else 780})
        await page.emulate_media(color_scheme="dark" if dark else "light")
        await picture(page, PICTURES / f"remedy-{name}-{width}{'-dark' if dark else ''}.png")


async def test_the_pages_can_be_used_by_everybody_and_are_pictured(phone, chromium):  # noqa: F811
    links = {}
    context = await window(chromium)
    page = await context.new_page()
    for name, (raw, to) in CASES.items():
        # One at a time: a later message closes an earlier one of the same words.
        links[name] = path = await phone.refused(raw, *to)
        await page.goto(f"http://{phone.gateway.web}{path}")
        await page.get_by_role("button", name="Send the corrected message").wait_for()
        for each in await page.locator("details").all():
            await each.locator("summary").click()
        await examine(page, name)
        await page.goto(f"http://{phone.gateway.web}{path}")
        await pictured(page, name)
    await accounts_of(phone)
    await page.goto(f"http://{phone.gateway.web}{links['all']}")
    await page.get_by_role("link", name="Sign in to see them").click()
    await page.get_by_label("Name or email address").fill("tom")
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_text("Zoë Marsh").first.wait_for()
    await examine(page, "signed-in")
    await pictured(page, "signed-in")
    await page.get_by_text("Delete the message").first.click()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Delete the message").click()
    await examine(page, "over")
    await pictured(page, "over")
    await context.close()
