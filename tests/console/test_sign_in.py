"""Who gets in, and for how long."""

import pytest

from tests.console.conftest import PASSWORD, PEOPLE
from tests.store.conftest import ScriptedRelay


async def test_without_a_session_a_page_leads_to_the_sign_in_page(desk):
    response = await desk.browser().get("/queue")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/queue")


async def test_the_right_password_leads_to_where_one_wanted_to_go(desk):
    browser = desk.browser()
    response = await browser.post("/sign-in", on="/sign-in?next=/queue", name="rita", password=PASSWORD)
    assert (response.status_code, response.headers["location"]) == (303, "/queue")
    assert (await browser.get("/queue")).status_code == 200


async def test_signing_in_leads_on_to_the_very_list_that_was_asked_for(desk):
    browser = desk.browser()
    asked = "/queue?tutor=a%26b"
    way = (await browser.get(asked)).headers["location"]
    response = await browser.post("/sign-in", on=way, name="rita", password=PASSWORD)
    assert response.headers["location"] == asked


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk):
    browser = desk.browser()
    wrong = await browser.sign_in("rita", "wrong")
    unknown = await browser.sign_in("rota", "wrong")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("rita", "rota") == unknown.text


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/queue\r\nSet-Cookie: x=y",
        "http:evil.example",
        "///evil.example",
    ],
)
async def test_signing_in_leads_nowhere_else(desk, where):
    browser = desk.browser()
    response = await browser.post("/sign-in", name="rita", password=PASSWORD, next=where)
    assert response.headers["location"] == "/"


async def test_signing_in_makes_a_new_session_whatever_the_browser_held(desk):
    """A secret that somebody else planted is worth nothing afterwards (session fixation)."""
    browser, thief = desk.browser(), desk.browser()
    browser.cookies.set("session", "planted", domain="127.0.0.1")
    await browser.sign_in("rita")
    thief.cookies.set("session", "planted", domain="127.0.0.1")
    assert (await thief.get("/queue")).status_code == 303
    first = browser.client.cookies.jar
    secret = next(each.value for each in first if each.name == "session" and each.value != "planted")
    assert len(secret) >= 32


async def test_signing_in_again_ends_the_session_before(desk):
    browser, copy = desk.browser(), desk.browser()
    response = await browser.sign_in("rita")
    copy.cookies.set("session", response.cookies["session"])
    assert (await copy.get("/queue")).status_code == 200
    page = await browser.get("/sign-in")
    assert page.status_code == 303  # there already
    await browser.post("/sign-out", on="/queue")
    assert (await copy.get("/queue")).status_code == 303


async def test_a_session_ends_when_nobody_uses_it_and_after_a_day_s_work(desk):
    browser = desk.browser()
    await browser.sign_in("rita")
    desk.clock.go(minutes=29)
    assert (await browser.get("/queue")).status_code == 200
    desk.clock.go(minutes=31)
    assert (await browser.get("/queue")).status_code == 303
    await browser.sign_in("rita")
    for _ in range(30):
        desk.clock.go(minutes=25)
        last = await browser.get("/queue")
    assert last.status_code == 303


async def test_the_cookie_is_for_this_site_and_not_for_scripts(desk):
    response = await desk.browser().sign_in("rita")
    cookie = next(each for each in response.headers.get_list("set-cookie") if each.startswith("session="))
    assert {"httponly", "samesite=lax", "path=/"} <= {each.strip().lower() for each in cookie.split(";")}
    assert "domain" not in cookie.lower()


async def test_guessing_is_stopped_after_five_failures_even_with_the_right_password(desk):
    browser = desk.browser()
    for _ in range(5):
        assert (await browser.sign_in("rita", "wrong")).status_code == 403
    assert (await browser.sign_in("rita")).status_code == 429
    desk.clock.go(minutes=6)
    assert (await browser.sign_in("rita")).status_code == 303


async def test_whoever_is_locked_out_is_told_once_and_nobody_of_a_name_that_is_none(desk):
    browser = desk.browser()
    for _ in range(4):
        await browser.sign_in("rita", "wrong")
    assert await desk.store.leases.claim() is None
    await browser.sign_in("rita", "wrong")
    relay = ScriptedRelay()
    while mail := await desk.store.leases.claim():
        await desk.store.courier(relay).carry(mail)
    administrators = desk.settings.notices.administrators or (desk.settings.agency.safeguarding_lead,)
    told = [each.address for mail in relay.got for each in mail.recipients]
    assert sorted(told) == sorted((*administrators, *PEOPLE["rita"].addresses))
    assert all(b"\r\nSubject: Too many attempts to sign in\r\n" in mail.raw for mail in relay.got)
    desk.clock.go(minutes=6)
    for name in ("rita", "nobody"):
        for _ in range(5):
            await desk.browser().sign_in(name, "wrong")
        desk.clock.go(minutes=6)
    assert await desk.store.leases.claim() is None


async def test_guessing_the_old_password_at_somebodys_open_browser_is_stopped_recorded_and_said(desk):
    browser = desk.browser()
    await browser.sign_in("rita")
    fields = {"token": await browser.token(), "new": "another long password"}
    said = [await browser.send("/account/password", **fields, old="wrong") for _ in range(5)]
    assert [each.status_code for each in said] == [403] * 5
    assert "recorded" not in said[3].text
    assert "wrong five times, which is recorded" in said[4].text
    last = await browser.send("/account/password", **fields, old=PASSWORD)
    assert last.status_code == 429
    assert "sign out everywhere" in last.text
    told = [each for each in await desk.store.audit.about("account") if each.what == "password_guessed"]
    assert [each.who for each in told] == ["rita"]
    desk.clock.go(minutes=6)
    assert (await browser.send("/account/password", **fields, old=PASSWORD)).status_code == 303


async def test_guessing_many_names_from_one_place_is_stopped_too(desk):
    browser = desk.browser()
    for name in ("rita", "dana", "adam", "aude", "tom"):
        await browser.sign_in(name, "wrong")
    assert (await browser.sign_in("sue")).status_code == 429


async def test_a_password_is_in_no_page(desk):
    response = await desk.browser().sign_in("rita", "a-wrong-one-4711")
    assert "a-wrong-one-4711" not in response.text
