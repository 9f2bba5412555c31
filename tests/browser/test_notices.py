"""Every mail of the gateway as a mail program shows its HTML: readable for everybody, in any light."""

from pathlib import Path

import pytest

from tests.browser.conftest import picture, violations, window
from tests.browser.test_remedy import PICTURES

GOLDEN = Path(__file__).parent.parent / "notices" / "golden"
PICTURED = ("rejected-name", "held-unreadable", "changed-bulk", "protected-file", "passphrase")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_mails_are_readable_for_everybody(chromium, width, dark):
    context = await window(chromium, width=width, dark=dark)
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for file in sorted(GOLDEN.glob("*.html")):
        await page.goto(file.as_uri())
        assert await violations(page) == [], file.stem
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file.stem
        if file.stem in PICTURED:
            await picture(page, PICTURES / f"mail-{file.stem}-{width}{'-dark' if dark else ''}.png")
    assert [url for url in asked if not url.startswith("file:///")] == []
    await context.close()
