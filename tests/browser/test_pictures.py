"""Every page, photographed: on a telephone and on a desk, by day and by night; and axe finds nothing wrong."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.browser.conftest import sign_in, window
from tests.console.letters import fill

PICTURES = Path(__file__).parent.parent.parent / "docs" / "console"


async def picture(page, name: str) -> None:
    """The whole page: the window is made as high as it is, since frames outside of it are not painted."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    usual = page.viewport_size
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": usual["width"], "height": max(height, usual["height"])})
    await page.screenshot(path=PICTURES / f"{name}.png")
    await page.set_viewport_size(usual)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
async def test_pages_are_readable_for_everybody(desk, site, chromium, width, dark):
    held = await fill(desk)
    context = await window(chromium, width=width, dark=dark)
    page = await context.new_page()
    suffix = f"{width}{'-dark' if dark else ''}"

    async def look(name: str) -> None:
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{name} is too wide"
        )
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        await picture(page, f"{name}-{suffix}")

    await page.goto(f"{site}/sign-in")
    await look("sign-in")
    await sign_in(page, site, "rita")
    await look("queue")
    await page.goto(f"{site}/items/{held['name']}")
    await look("item-closed")
    await page.get_by_role("button", name="Open").click()
    await look("item")
    await context.close()
