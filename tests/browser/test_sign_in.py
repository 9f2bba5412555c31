"""Signing in, in a real browser: a password, a code from an authenticator, a passkey."""

from dataclasses import replace

import msgspec
import pyotp
import pytest

from gateway.console.serving import bind, serving
from tests.browser.conftest import sign_in, violations, window, wrong_code


@pytest.fixture
async def page(chromium):
    context = await window(chromium)
    yield await context.new_page()
    await context.close()


async def test_a_code_is_asked_for_once_somebody_has_set_it_up(desk, site, page):
    await sign_in(page, site, "rita")
    await page.goto(f"{site}/account")
    await page.get_by_role("button", name="Use codes").click()
    await page.get_by_text("Type it in instead").click()
    authenticator = pyotp.TOTP(await page.locator("details .code").inner_text())
    await page.get_by_label("The code it shows now").fill(authenticator.at(desk.clock()))
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_role("heading", name="Spare codes").wait_for()
    assert await violations(page) == []
    assert await page.locator(".spare li").count() == 8
    spare = await page.locator(".spare li").first.inner_text()
    await page.context.clear_cookies()

    await sign_in(page, site, "rita")
    assert page.url == f"{site}/sign-in/code"
    assert await violations(page) == []
    await page.get_by_label("Code").fill(wrong_code(authenticator, desk))
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_text("That code is not right").wait_for()
    desk.clock.go(seconds=30)
    await page.get_by_label("Code").fill(authenticator.at(desk.clock()))
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("heading", name="Waiting", exact=True).wait_for()
    await page.context.clear_cookies()

    await sign_in(page, site, "rita")
    await page.get_by_label("Code").fill(spare)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("heading", name="Waiting", exact=True).wait_for()


@pytest.fixture
async def named_site(desk):
    """The console under a name: a passkey belongs to a host's name, never to an address (WebAuthn, 5.1.2)."""
    bound, settings = bind(desk.parts.settings)
    url = f"http://localhost:{bound.getsockname()[1]}"
    web = msgspec.structs.replace(settings.web, base_url=url)
    settings = msgspec.structs.replace(settings, web=web)
    async with serving(replace(desk.parts, settings=settings), bound):
        yield url


async def test_a_passkey_stands_for_password_and_code(desk, named_site, page):
    """With an authenticator of Chromium's own, as a telephone is one."""
    devices = await page.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    await devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    await sign_in(page, named_site, "rita")
    await page.goto(f"{named_site}/account")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("Your passkey was added.").wait_for()
    assert await violations(page) == []
    await page.context.clear_cookies()

    await page.goto(f"{named_site}/sign-in?next=/queue")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_role("heading", name="Waiting", exact=True).wait_for()
    assert b"My telephone" in await desk.store.accounts.factors("rita")
    await page.context.clear_cookies()

    await sign_in(page, named_site, "rita")  # the password alone is not enough any more
    await page.get_by_role("heading", name="Your code").wait_for()
    await page.get_by_role("button", name="Use a passkey instead").click()
    await page.get_by_role("heading", name="Waiting", exact=True).wait_for()


async def test_whoever_was_on_the_way_to_a_page_gets_there(desk, site, page):
    await page.goto(f"{site}/reports")
    await page.get_by_label("Name or email address").fill("rita")
    await page.get_by_label("Password").fill("correct horse battery")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Reports").wait_for()
    await page.get_by_label("Your account").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("heading", name="Sign in").wait_for()
    await page.goto(f"{site}/reports")
    await page.get_by_role("heading", name="Sign in").wait_for()
