"""The console served on a free port, and Debian's Chromium in front of it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pyotp
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from gateway.console.pickup import pickup_pages
from gateway.console.remedy import remedy_pages
from gateway.console.serving import bind, serving
from tests.console.conftest import (  # noqa: F401 -- the same desk
    PASSWORD,
    Desk,
    demo_settings,
    desk,
    documents,
    furnished,
    register,
    rules,
)

CHROMIUM = Path("/usr/bin/chromium")
INSTALLED = CHROMIUM.exists()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(600))  # a machine that is busy with other things


@dataclass
class Trap:
    """Listens for whatever a page asks of other hosts."""

    port: int
    caught: int = 0


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    made = Trap(0)

    async def catch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The browser has errands of its own (updates, lists): only requests for the mail's hosts count.
        # Their names stand in the clear, in the Host field or in the TLS greeting (RFC 6066, 3).
        with suppress(TimeoutError, OSError):
            asked = await asyncio.wait_for(reader.read(4096), 5)
            made.caught += b".example" in asked
        writer.close()

    server = await asyncio.start_server(catch, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


@pytest.fixture
async def chromium(trap: Trap) -> AsyncIterator[Browser]:
    if not INSTALLED:
        pytest.fail("needs Debian's chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            timeout=180_000,
            # Every other name leads to the trap, so that a request to anywhere is a connection there.
            args=[f"--host-resolver-rules=MAP * 127.0.0.1:{trap.port}, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def site(desk: Desk) -> AsyncIterator[str]:  # noqa: F811
    """The console's address."""
    bound, settings = bind(desk.parts.settings)
    # A busy machine may take longer than the ten seconds after which the page takes "Undo" away.
    review = msgspec.structs.replace(settings.review, undo=600)
    settings = msgspec.structs.replace(settings, review=review)
    blind = desk.store.core.vault.blind
    more = [*remedy_pages(desk.parts.corrections, settings, blind), *pickup_pages(settings, blind)]
    async with serving(replace(desk.parts, settings=settings), bound, more) as address:
        yield f"http://{address}"


async def picture(page: Page, file: Path) -> None:
    """
    The whole page: the window is made as high as it is, since frames outside of it are not painted.

    Pictures are part of the documentation and are made anew by `make pictures` alone: the numbers
    and times on them differ from run to run.
    """
    if "WRITE_PICTURES" not in os.environ:
        return
    file.parent.mkdir(exist_ok=True, parents=True)
    usual = page.viewport_size
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": usual["width"], "height": max(height, usual["height"])})
    await page.screenshot(path=file)
    await page.set_viewport_size(usual)


async def examine(page: Page, name: str, folder: Path | None = None) -> None:
    """
    The page in four looks: nothing runs over its edge, and axe finds nothing wrong.

    Pictures are taken of the telephone by night and the desk by day, where a *folder* is given.
    """
    for width in (360, 1280):
        await page.set_viewport_size({"width": width, "height": 780 if width == 360 else 860})
        for dark in (False, True):
            await page.emulate_media(color_scheme="dark" if dark else "light")
            look = f"{name}, {width} wide, {'dark' if dark else 'light'}"
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{look}: runs to {wide}"
            assert await violations(page) == [], look
            if folder and dark == (width == 360):
                await picture(page, folder / f"{name}-{width}{'-dark' if dark else ''}.png")


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']}: {each['help']} {[node['target'] for node in each['nodes']]}"
        for each in found["violations"]
    ]


async def sign_in(page: Page, site: str, name: str) -> None:
    await page.goto(f"{site}/sign-in")
    await page.get_by_label("Name or email address").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign in", exact=True).click()


def wrong_code(authenticator: pyotp.TOTP, desk: Desk) -> str:  # noqa: F811
    """A code that the authenticator does not show just now, nor a little earlier or later."""
    near = {authenticator.at(desk.clock(), counter_offset=step) for step in range(-5, 6)}
    return next(code for code in map("{:06}".format, range(20)) if code not in near)


async def window(chromium: Browser, *, width: int = 1280, dark: bool = False, **more) -> BrowserContext:
    more.setdefault("reduced_motion", "reduce")  # no colour is on its way when axe looks
    made = await chromium.new_context(
        viewport={"width": width, "height": 860 if width > 500 else 780},
        color_scheme="dark" if dark else "light",
        **more,
    )
    made.set_default_timeout(60_000)
    return made
