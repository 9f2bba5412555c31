"""Every page, photographed: on a telephone and on a desk, by day and by night; and axe finds nothing wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.policy.exemption import Scope
from tests.browser.conftest import picture, sign_in, violations, window
from tests.console.letters import fill
from tests.store.conftest import notice

PICTURES = Path(__file__).parent.parent.parent / "docs" / "console"


@pytest.mark.parametrize(
    ("width", "dark"), [(360, True), (1280, False)], ids=["telephone-dark", "desk-light"]
)
async def test_pages_are_readable_for_everybody(desk, site, chromium, width, dark):
    held = await fill(desk)
    await desk.store.enqueue(notice())
    context = await window(chromium, width=width, dark=dark)
    page = await context.new_page()
    suffix = f"{width}{'-dark' if dark else ''}"

    async def look(name: str, path: str | None = None) -> None:
        if path:
            await page.goto(site + path)
        if "/queue" not in page.url:
            await page.wait_for_load_state("networkidle")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide"
        assert await violations(page) == [], name
        await picture(page, PICTURES / f"{name}-{suffix}.png")

    await look("sign-in", "/sign-in")
    await sign_in(page, site, "olga")
    await look("queue")
    await look("item-closed", f"/items/{held['name']}")
    await page.get_by_role("button", name="Open", exact=True).click()
    await look("item")
    await look("source", f"/items/{held['name']}/source")
    await look("report", f"/items/{held['name']}/reports/new?kind=breach")
    await page.get_by_role("button", name="Report it").click()
    await look("reported")
    await page.goto(f"{site}/items/{held['name']}")
    await page.get_by_text("Send corrected").click()
    await look("corrected")
    await page.goto(f"{site}/items/{held['name']}")
    await page.get_by_role("button", name="Send as it is").click()
    await look("queue-said")
    await page.get_by_label("Choose").first.check()
    await page.get_by_role("button", name="Return", exact=True).click()
    await look("several")
    await page.get_by_label("What should the tutors know").fill("Please call me.")
    await page.get_by_role("button", name="Return them").click()
    await look("several-done")
    await look("outbox", "/outbox")
    await look("register", "/register?q=zo")
    await look("person", "/register/pupil/p1")
    await look("reports", "/reports")
    await look("policy", "/policy")
    await look("exceptions-none", "/exceptions")
    scope = Scope(rule="subject_name", tutor="tom.reed@larkfield-tutors.example", quote="Marsh Lane")
    proposed = await desk.store.exemptions.propose(scope, timedelta(days=90), "rita", "It is our street.")
    await look("exceptions", "/exceptions")
    await look("exception", f"/exceptions/{proposed}")
    await page.goto(f"{site}/exceptions/new")
    await page.get_by_label("Messages of").fill("tom.reed@larkfield-tutors.example")
    await page.get_by_label("Why is it fine?").fill("It is our street.")
    await page.get_by_role("button", name="See what it would have done").click()
    await look("exception-new")
    await look("deputies-none", "/deputies")
    await page.get_by_label("Who").select_option("rita")
    await page.get_by_role("button", name="Appoint").click()
    await look("deputies")
    await look("audit", "/audit")
    await page.get_by_role("button", name="Check the record").click()
    await look("audit-checked")
    await look("people", "/people")
    await page.get_by_text("Invite somebody").click()
    await page.get_by_label("Name to sign in with").fill("nina")
    await page.get_by_label("Reviewer").first.check()
    await page.get_by_role("button", name="Make a link").click()
    await look("invited")
    link = await page.get_by_label("The link").input_value()
    await look("invitation", link.partition(site)[2])
    await look("tokens", "/account/tokens")
    await page.get_by_label("What is it for?").fill("Nightly report")
    await page.get_by_label("see reports").check()
    await page.get_by_role("button", name="Make a token").click()
    await look("token-made")
    await look("account", "/account")
    await page.get_by_role("button", name="Use codes").click()
    await look("code-setup")
    await look("nothing-here", "/nothing")
    await context.close()
