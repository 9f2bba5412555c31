"""
Every page, photographed and read by axe in four looks: on a telephone and on a desk, by day and by night.

Each walk says which pages it comes by; together they are all that there are.
"""

from datetime import timedelta
from pathlib import Path

import msgspec
import pyotp
import pytest

from gateway.console.app import pages
from gateway.policy.exemption import Scope
from gateway.register.native import write_native
from gateway.remedy.link import PICK_UP, Links
from gateway.remedy.protection import PickUp
from tests.browser.conftest import PASSWORD, examine, window, wrong_code
from tests.console.conftest import PEOPLE
from tests.console.letters import AMIRA, ANA, NAME_IN_SUBJECT, TOM, fill
from tests.console.test_protected import ITEM, WORDS
from tests.keys.make import certificate, pem
from tests.store.conftest import notice

PICTURES = Path(__file__).parent.parent.parent / "docs" / "console"
# What answers a GET and is no page: files, streams, tables, and what only leads on.
NO_PAGES = {
    "/", "/healthz", "/readyz", "/assets/{name}", "/queue/events", "/items/{item}/files/{part}",
    "/items/{item}/reports/{report}/pdf", "/reports/{table}.csv", "/sign-in/elsewhere", "/sign-in/elsewhere/back",
}  # fmt: skip


class Walk:
    """Somebody's way through the console, with an eye on every page."""

    def __init__(self, desk, site, context, page) -> None:
        self.desk = desk
        self.site = site
        self.context = context
        self.page = page
        self.seen: set[str] = set()

    async def sign_in(self, name: str) -> None:
        secret = await self.desk.store.sessions.begin(PEOPLE[name], peer="127.0.0.1")
        await self.context.add_cookies([{"name": "session", "value": secret, "url": self.site}])

    async def go(self, path: str) -> None:
        await self.page.goto(self.site + path)

    async def press(self, name: str) -> None:
        async with self.page.expect_navigation():
            await self.page.get_by_role("button", name=name, exact=True).click()

    async def look(self, name: str, path: str = "") -> None:
        if path:
            await self.go(path)
        await self.page.locator("main").wait_for()
        here = self.page.url.removeprefix(self.site).partition("?")[0]
        self.seen |= {each.path for each in pages() if "GET" in each.methods and each.path_regex.match(here)}
        await examine(self.page, name, PICTURES)


async def first_steps(walk):
    """From the first link to a second step."""
    page, desk = walk.page, walk.desk
    await walk.look("sign-in", "/sign-in")
    await walk.sign_in("adam")
    await walk.look("people", "/people")
    await page.get_by_text("Invite somebody").click()
    await page.get_by_label("Name to sign in with").fill("nina")
    await page.get_by_label("Reviewer").first.check()
    await walk.press("Make a link")
    await walk.look("invited")
    link = await page.get_by_label("The link").input_value()
    await walk.look("invitation", link.partition(walk.site)[2])
    await walk.look("tokens", "/account/tokens")
    await page.get_by_label("What is it for?").fill("Nightly report")
    await page.get_by_label("see reports").check()
    await walk.press("Make a token")
    await walk.look("token-made")
    await walk.look("account", "/account")
    await walk.press("Use codes from an authenticator")
    await walk.look("code-setup")
    await page.get_by_text("Type it in instead").click()
    authenticator = pyotp.TOTP(await page.locator("details .code").inner_text())
    await page.get_by_label("The code it shows now").fill(authenticator.at(desk.clock()))
    await walk.press("Confirm")
    await walk.look("spare-codes")
    await walk.context.clear_cookies()
    await walk.go("/sign-in")
    await page.get_by_label("Name or email address").fill("adam")
    await page.get_by_label("Password").fill(PASSWORD)
    await walk.press("Sign in")
    await walk.look("code")
    await page.get_by_label("Code").fill(wrong_code(authenticator, desk))
    await walk.press("Go on")
    await walk.look("code-wrong")
    await walk.look("nothing-here", "/nothing")


async def review(walk):
    """A morning's queue."""
    page, desk = walk.page, walk.desk
    await walk.sign_in("olga")
    await walk.look("queue-none", "/queue")
    held = await fill(desk)
    await desk.store.review.pass_on(held["carer"], PEOPLE["dana"])
    await walk.look("queue", "/queue")
    await walk.look("item-closed", f"/items/{held['name']}")
    await walk.press("Open")
    await walk.look("item")
    await walk.look("source", f"/items/{held['name']}/source")
    await walk.look("report", f"/items/{held['name']}/reports/new?kind=breach")
    await walk.press("Report it")
    await walk.look("reported")
    await walk.look("report-concern", f"/items/{held['name']}/reports/new?kind=concern")
    await walk.look("corrected", f"/items/{held['name']}/corrected")
    await walk.go(f"/items/{held['name']}")
    await desk.store.review.release(held["name"], PEOPLE["dana"])
    await walk.press("Send as it is")
    await walk.look("decided")
    await desk.store.review.undo(held["name"], PEOPLE["dana"])
    await walk.go(f"/items/{held['name']}")
    await walk.press("Send as it is")
    await walk.look("queue-said")
    await walk.look("item-decided", f"/items/{held['name']}")
    await walk.look("queue-decided", "/queue?view=done")
    await walk.look("queue-tutor", "/queue?view=tutor")
    await walk.go("/queue")
    await page.get_by_label("Choose").first.check()
    await walk.press("Return")
    await walk.look("several")
    await page.get_by_label("What should the tutors know").fill("Please call me.")
    await walk.press("Return them")
    await walk.look("several-done")
    await walk.look("outbox", "/outbox")
    await walk.look("outbox-refused", "/outbox?view=failed")


async def people_and_rules(walk):
    """Whom the register knows, what the policy says, and what was decided."""
    page, desk = walk.page, walk.desk
    await walk.sign_in("olga")
    await walk.look("reports-none", "/reports")
    held = await fill(desk)
    desk.clock.go(minutes=7)
    await desk.store.quarantine.release(held["alone"], "rita", "Please ring Ana Marsh first.")
    await desk.store.enqueue(notice())
    people = desk.parts.register().people
    await desk.store.save_register(people, source="test")
    await walk.look("register-empty", "/register")
    await walk.look("register", "/register?q=zo")
    scope = Scope(rule="subject_name", about=("p1",), quote="Marsh Lane")
    family = await desk.store.exemptions.propose(scope, timedelta(days=90), "rita", "It is our street.")
    await desk.store.exemptions.approve(family, "adam")
    await walk.look("person", "/register/pupil/p1")
    await walk.look("import", "/register/import")
    await page.get_by_label("Files").set_input_files(
        {"name": "pupils.csv", "mimeType": "text/csv", "buffer": b"id,first name,email\n1,Ada,no address\n"}
    )
    await walk.press("See what would change")
    await page.get_by_role("heading", name="Nothing was imported").wait_for()
    await walk.look("import-refused")
    first, *rest = people.pupils
    comer = msgspec.structs.replace(first, id="p99", given_name="Ada", family_name="Quill", emails=())
    renamed = msgspec.structs.replace(first, given_name="Zelda")
    after = msgspec.structs.replace(people, pupils=(renamed, *rest[3:], comer))
    await page.get_by_label("Files").set_input_files(
        {"name": "register.json", "mimeType": "application/json", "buffer": write_native(after)}
    )
    await walk.press("See what would change")
    await page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    await walk.look("import-planned")
    await page.get_by_label("Yes, remove them").check()
    await walk.press("Import")
    await page.get_by_role("heading", name="Imported").wait_for()
    await walk.look("imported")
    await walk.look("reports", "/reports")
    await walk.look("reports-year", "/reports?weeks=52")
    await walk.look("policy", "/policy")
    await walk.look("exceptions-none", "/exceptions")
    scope = Scope(rule="subject_name", tutor=TOM.address, quote="Marsh Lane")
    proposed = await desk.store.exemptions.propose(scope, timedelta(days=90), "rita", "It is our street.")
    await walk.look("exceptions", "/exceptions")
    await walk.look("exception", f"/exceptions/{proposed}")
    await walk.go("/exceptions/new")
    await page.get_by_label("Messages of").fill(TOM.address)
    await page.get_by_label("Why is it fine?").fill("It is our street.")
    await walk.press("See what it would have done")
    await walk.look("exception-new")
    await walk.look("deputies-none", "/deputies")
    await page.get_by_label("Who").select_option("rita")
    await walk.press("Appoint")
    await walk.look("deputies")
    await desk.store.keys.add("surgery.pem", pem(certificate()), "adam")
    await desk.store.keys.add("old.pem", pem(certificate("ec", ends=timedelta(days=-1))), "adam")
    await walk.look("keys", "/keys")
    await walk.look("audit", "/audit")
    await walk.look("audit-item", f"/audit?item={held['name']}")
    await walk.go("/audit")
    await walk.press("Check the record")
    await walk.look("audit-checked")


async def protected(walk):
    """What was protected, for its tutor; and the page where a family picks files up."""
    desk = walk.desk
    pickup = PickUp("B2C3D-4F5GH", WORDS, (("report.pdf", b"%PDF-1.7 the report"),))
    await desk.store.escrow.keep(ITEM, AMIRA.address, WORDS)
    await desk.store.pickups.keep(ITEM, AMIRA.address, (pickup,))
    waiting = await desk.store.pickups.look(pickup.id)
    links = Links(walk.site, desk.store.core.vault.blind)
    await walk.look("pick-up", f"/p/{links.token(pickup.id, PICK_UP, waiting.expires_at)}")
    await walk.look("pick-up-over", "/p/nothing")
    await walk.sign_in("tom")
    await walk.look("protected-none", "/protected")
    await walk.sign_in("sue")
    await walk.look("protected", "/protected")
    await walk.look("protected-one", f"/protected/{ITEM}")
    await walk.page.get_by_label("Why do you look up").fill("The family rang.")
    await walk.press("Show the passphrase")
    await walk.look("protected-shown")


WALKS = {
    first_steps: {"/sign-in", "/sign-in/code", "/invitation/{token}", "/people", "/account", "/account/tokens"},
    review: {
        "/queue", "/items/{item}", "/items/{item}/source", "/items/{item}/corrected", "/items/{item}/reports/new",
        "/items/{item}/reports/{report}", "/outbox",
    },
    people_and_rules: {
        "/register", "/register/{kind}/{key}", "/register/import", "/reports", "/policy", "/exceptions",
        "/exceptions/new", "/exceptions/{exception}", "/deputies", "/audit", "/keys",
    },
    protected: {"/protected", "/protected/{item}"},
}  # fmt: skip
FRAME = "/items/{item}/body"  # has a test of its own


def every_page() -> set[str]:
    """Whatever is shown to people under an address of its own."""
    found = {each.path for each in pages() if "GET" in each.methods and not each.path.startswith("/api/")}
    return found - NO_PAGES


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
async def test_pages_are_readable_for_everybody(desk, site, chromium, walk):
    context = await window(chromium)
    made = Walk(desk, site, context, await context.new_page())
    await walk(made)
    assert made.seen >= WALKS[walk]
    await context.close()


async def test_the_frame_of_a_message_is_readable(desk, site, chromium):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    context = await window(chromium)
    made = Walk(desk, site, context, await context.new_page())
    await made.sign_in("olga")
    await made.go(f"/items/{item}")
    await made.press("Open")
    body = await (await made.page.request.get(site + FRAME.format(item=item))).text()
    assert "Thursday at four" in body
    await made.page.goto("about:blank")
    # In its sandbox no script runs, axe neither; and a frame needs no heading of its own.
    await made.page.set_content(body.replace("<main>", "<main><h1>The message</h1>"))
    await examine(made.page, "body")
    await context.close()
