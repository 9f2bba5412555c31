"""What every answer says to the browser."""

import dataclasses

import httpx2
import msgspec
import pytest

from gateway.console.app import build


@pytest.mark.parametrize("path", ["/sign-in", "/queue", "/nothing", "/assets/console.css", "/healthz"])
async def test_every_answer_forbids_foreign_contents_and_frames(desk, path):
    headers = (await desk.browser().get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


async def test_pages_are_kept_in_no_cache_and_files_of_ours_are(desk):
    browser = desk.browser()
    assert (await browser.get("/sign-in")).headers["cache-control"] == "no-store"
    assert "immutable" in (await browser.get("/assets/console.css")).headers["cache-control"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8025", "[::1", ""])
async def test_no_answer_under_a_foreign_name(desk, host):
    answer = await desk.browser().get("/sign-in", headers={"Host": host})
    assert answer.status_code == 403
    assert "form" not in answer.text


async def test_by_https_cookies_are_bound_to_it(desk):
    web = msgspec.structs.replace(desk.settings.web, base_url="https://review.larkfield-tutors.example")
    parts = dataclasses.replace(desk.parts, settings=msgspec.structs.replace(desk.settings, web=web))
    transport = httpx2.ASGITransport(app=build(parts))
    async with httpx2.AsyncClient(transport=transport, base_url=web.base_url) as client:
        answer = await client.get("/sign-in")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-visitor=")
    assert "; Secure" in cookie


async def test_a_fault_tells_nothing_but_a_reference(desk, monkeypatch):
    async def broken() -> str:
        raise RuntimeError("Zoë Marsh")

    monkeypatch.setattr(desk.store, "register_version", broken)
    answer = await desk.browser().get("/readyz")
    assert answer.status_code == 500
    assert "Reference" in answer.text
    assert "Marsh" not in answer.text
    assert "Traceback" not in answer.text


async def test_monitors_learn_whether_the_store_answers(desk):
    browser = desk.browser()
    assert (await browser.get("/healthz")).text == "ok\n"
    assert (await browser.get("/readyz")).text == "ready\n"
