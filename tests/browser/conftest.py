"""The console served on a free port, and Debian's Chromium in front of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from gateway.console.serving import serving
from tests.console.conftest import (  # noqa: F401 -- the same desk
    PASSWORD,
    Desk,
    demo_settings,
    desk,
    documents,
)

CHROMIUM = Path("/usr/bin/chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail("needs Debian's chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        await browser.close()


@pytest.fixture
async def site(desk: Desk) -> AsyncIterator[str]:  # noqa: F811
    """The console's address."""
    async with serving(desk.parts) as address:
        yield f"http://{address}"


async def sign_in(page: Page, site: str, name: str) -> None:
    await page.goto(f"{site}/sign-in")
    await page.get_by_label("Name or email address").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def window(chromium: Browser, *, width: int = 1280, dark: bool = False, **more) -> BrowserContext:
    return await chromium.new_context(
        viewport={"width": width, "height": 860 if width > 500 else 780},
        color_scheme="dark" if dark else "light",
        **more,
    )
