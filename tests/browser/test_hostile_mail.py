"""Hostile mail, looked at in a real browser: no script runs, nothing is fetched, nothing leads away."""

from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import sign_in, window
from tests.console.hostile import HOSTILE, as_mail


@pytest.fixture
async def reviewer(chromium, site):
    context = await window(chromium)
    page = await context.new_page()
    asked, said = [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    await sign_in(page, site, "rita")
    yield page, asked, said
    await context.close()


async def look(page, site, item):
    await page.goto(f"{site}/items/{item}")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Open", exact=True).click()
    await page.wait_for_load_state("networkidle")


async def test_nothing_in_the_corpus_runs_or_fetches(desk, site, reviewer, trap):
    page, asked, said = reviewer
    for name, html in HOSTILE.items():
        item = await desk.hold(as_mail(html))
        await look(page, site, item)
        frames = [each for each in page.frames if each != page.main_frame]
        assert [each.url for each in frames] == [f"{site}/items/{item}/body"], name
        assert await page.title() != "ran", name
        assert await frames[0].title() == "The message", name
        elsewhere = {each for each in asked if not each.startswith((site, "data:image/"))}
        assert not elsewhere, name
        assert not said, name
    assert trap.caught == 0


async def test_markup_in_names_and_subjects_does_nothing(desk, site, reviewer):
    page, asked, said = reviewer
    evil = "<img src=https://tracker.example/x onerror=alert(1)><script>alert(1)</script>"
    raw = as_mail(evil).replace(b"Subject: hello", f"Subject: {evil}".encode())
    raw = raw.replace(b"Tom Reed", f'"{evil}"'.encode())
    item = await desk.hold(raw)
    await page.goto(f"{site}/queue")
    await look(page, site, item)
    await page.goto(f"{site}/items/{item}/source")
    assert not said
    assert all(urlsplit(each).hostname in ("127.0.0.1", None) for each in asked)


async def test_the_trap_catches_a_request(chromium, trap):
    """Else the tests below would prove nothing."""
    page = await (await window(chromium)).new_page()
    await page.set_content("<img src='http://tracker.example/x.gif'>")
    await page.wait_for_load_state("networkidle")
    assert trap.caught > 0


_CLEANED_ONLY = ("deep", "meta refresh", "template", "prefetch", "frames")


async def test_the_frame_may_do_nothing_even_if_the_cleaning_failed(desk, site, reviewer, monkeypatch, trap):
    """
    The second wall: the frame's own policy and sandbox hold raw markup too.

    Left out is what no policy governs and the cleaning alone takes away, as the
    first test shows: a mail's own refresh, hints to connect in advance (Resource
    Hints), and frames, for which Chromium connects before it asks the policy.
    """
    from gateway.console import contents
    from gateway.console.letter import Letter

    page, _, said = reviewer
    raw = "".join(html for name, html in HOSTILE.items() if name not in _CLEANED_ONLY)
    monkeypatch.setattr(contents, "letter", lambda *_: Letter(raw))
    item = await desk.hold(as_mail("x"))
    await look(page, site, item)
    assert await page.title() != "ran"
    assert not said
    assert "tracker.example" in await page.frames[1].content()
    assert trap.caught == 0
