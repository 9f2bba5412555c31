"""Tokens for programs: made by everybody for themselves, shown once, revoked by themselves or an administrator."""

import re

from tests.console.conftest import bearer


async def made(desk, name, *scopes):
    browser = desk.browser()
    await browser.sign_in(name)
    page = await browser.post("/account/tokens", label="Nightly", scope=list(scopes), days="7")
    return browser, re.search(r'value="(chp_[^"]+)"', page.text)[1]


async def test_a_token_is_shown_once_and_works_at_once(desk):
    browser, secret = await made(desk, "rita", "items:read")
    answer = await desk.browser().client.get("/api/v1/items", headers=bearer(secret))
    assert answer.status_code == 200
    assert secret not in (await browser.get("/account/tokens")).text


async def test_its_owner_and_an_administrator_revoke_it_and_nobody_else(desk):
    _, secret = await made(desk, "rita", "items:read")
    (token,) = await desk.store.tokens.list()
    dana, adam = desk.browser(), desk.browser()
    await dana.sign_in("dana")
    await adam.sign_in("adam")
    assert "Nightly" not in (await dana.get("/account/tokens")).text
    answer = await dana.send("/account/tokens/revoke", token=await dana.token(), id=token.id)
    assert answer.status_code == 404
    assert (await adam.post("/account/tokens/revoke", on="/account/tokens")).status_code == 303
    answer = await desk.browser().client.get("/api/v1/items", headers=bearer(secret))
    assert answer.status_code == 401


async def test_a_token_needs_a_name_a_scope_and_an_end(desk):
    browser = desk.browser()
    await browser.sign_in("rita")
    for wrong in ({"label": ""}, {"scope": "items:all"}, {"scope": []}, {"days": "0"}, {"days": "1000"}):
        fields = {"label": "x", "scope": "items:read", "days": "1", **wrong}
        answer = await browser.send("/account/tokens", token=await browser.token(), **fields)
        assert answer.status_code == 400, wrong
    assert await desk.store.tokens.list() == ()
