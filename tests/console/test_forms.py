"""Nothing is changed but by our own forms."""

import pytest

from tests.console.conftest import ORIGIN

ACTIONS = ("open", "undo", "decide/release", "decide/return", "decide/delete", "corrected")


@pytest.fixture
async def open_item(desk):
    item = await desk.hold("Subject: x\n\ny")
    browser = desk.browser()
    await browser.sign_in("rita")
    await browser.post(f"/items/{item}/open", on=f"/items/{item}", reason="To decide on this message")
    return browser, item


async def state(desk, item):
    found = await desk.store.quarantine.get(item)
    return found.held.state, len(found.history)


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_form_without_its_token_changes_nothing(desk, open_item, action):
    browser, item = open_item
    before = await state(desk, item)
    for fields in ({}, {"token": ""}, {"token": "0" * 64}, {"token": "ünïcode"}):
        answer = await browser.send(f"/items/{item}/{action}", note="x", more="x", **fields)
        assert answer.status_code == 403
    assert await state(desk, item) == before


async def test_a_token_is_worth_nothing_in_another_session(desk, open_item):
    browser, item = open_item
    other = desk.browser()
    await other.sign_in("dana")
    page = await other.get(f"/items/{item}")
    token = page.text.split('name="token" value="')[1][:64]
    before = await state(desk, item)
    assert (await browser.send(f"/items/{item}/decide/release", token=token)).status_code == 403
    assert await state(desk, item) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN.replace("http:", "https:")},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_request_from_another_site_changes_nothing_even_with_the_token(desk, open_item, headers):
    browser, item = open_item
    page = await browser.get(f"/items/{item}")
    token = page.text.split('name="token" value="')[1][:64]
    before = await state(desk, item)
    answer = await browser.client.post(
        f"/items/{item}/decide/release", data={"token": token}, headers=headers
    )
    assert answer.status_code == 403
    assert await state(desk, item) == before


@pytest.mark.parametrize("action", ACTIONS)
async def test_looking_changes_nothing(desk, open_item, action):
    """A link scanner or a prefetching browser releases nothing."""
    browser, item = open_item
    before = await state(desk, item)
    for answer in (
        await browser.get(f"/items/{item}/{action}"),
        await browser.client.head(f"/items/{item}/{action}"),
    ):
        assert answer.status_code == (200 if action == "corrected" else 405)
    assert await state(desk, item) == before


async def test_a_form_that_is_far_too_long_is_refused(desk, open_item):
    browser, item = open_item
    answer = await browser.send(f"/items/{item}/decide/return", note="x" * 500_000)
    assert answer.status_code == 413
