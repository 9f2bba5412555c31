"""The page where a recipient picks files up: the link alone opens nothing, the code does, for a while."""

import asyncio

import httpx2
import pytest

from gateway.console.app import build
from gateway.console.pickup import pickup_pages
from gateway.remedy.link import PICK_UP, Links
from gateway.remedy.protection import PickUp
from tests.console.conftest import ORIGIN, Browser

TUTOR = "amira.haddad@larkfield-tutors.example"
MESSAGE, ID = "Q7F3K-9WDTB", "B2C3D-4F5GH"
CODE = "amber-otter-plinth-copper-lantern-violet"
REPORT = b"%PDF-1.7 the report"
FILES = (("attachment-1.pdf", REPORT), ("attachment-2.docx", b"PK the plan"))


@pytest.fixture
async def path(desk):
    await desk.store.pickups.keep(MESSAGE, TUTOR, (PickUp(ID, CODE, FILES),))
    waiting = await desk.store.pickups.look(ID)
    links = Links(ORIGIN, desk.store.core.vault.blind)
    return f"/p/{links.token(ID, PICK_UP, waiting.expires_at)}"


@pytest.fixture
def browser(desk):
    app = build(desk.parts, pickup_pages(desk.settings, desk.store.core.vault.blind))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=("192.0.2.9", 5))
    client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN)
    desk.browsers.append(client)
    return Browser(client)


async def happened(desk):
    return [each.what for each in await desk.store.audit.about(MESSAGE)]


async def test_the_link_alone_shows_that_files_wait_and_nothing_of_them(browser, path):
    page = await browser.get(path)
    assert page.status_code == 200
    assert "Download attachment\u20111.pdf" in page.text  # no place for a break on a narrow screen
    assert CODE not in page.text
    assert "the report" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "no-store" in page.headers["cache-control"]


@pytest.mark.parametrize(
    "typed", [CODE, CODE.upper(), f"  {CODE.replace('-', ' ')} ", CODE.replace("-", " - ")]
)
async def test_the_code_opens_as_people_type_it(desk, browser, path, typed):
    answer = await browser.send(path, code=typed, file="attachment-1.pdf")
    assert (answer.status_code, answer.content) == (200, REPORT)
    assert answer.headers["content-disposition"] == 'attachment; filename="attachment-1.pdf"'
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert await happened(desk) == ["picked_up"]


async def test_each_file_can_be_fetched_more_than_once(browser, path):
    for name, data in (*FILES, *FILES) * 4:
        assert (await browser.send(path, code=CODE, file=name)).content == data


async def test_the_right_code_for_a_file_that_is_not_there_uses_up_no_try(desk, browser, path):
    for _ in range(12):
        answer = await browser.send(path, code=CODE, file="attachment-9.pdf")
        assert answer.status_code == 404
    assert (await desk.store.pickups.look(ID)).picked_at is None
    assert await happened(desk) == []
    assert (await browser.send(path, code=CODE, file="attachment-1.pdf")).content == REPORT


async def test_scanners_that_visit_the_link_change_nothing(desk, browser, path):
    before = await desk.store.pickups.look(ID)
    for _ in range(20):
        await browser.get(path)
        await browser.client.head(path)
    assert await desk.store.pickups.look(ID) == before
    assert await happened(desk) == []
    assert (await browser.send(path, code=CODE, file="attachment-1.pdf")).content == REPORT


async def test_after_ten_wrong_codes_the_right_one_does_not_open_it_either(desk, browser, path):
    for _ in range(9):
        answer = await browser.send(path, code="amber-otter", file="attachment-1.pdf")
        assert answer.status_code == 403
        assert "not the passphrase" in answer.text
    assert (await browser.send(path, code="amber-otter", file="attachment-1.pdf")).status_code == 429
    last = await browser.send(path, code=CODE, file="attachment-1.pdf")
    assert (last.status_code, REPORT in last.content) == (429, False)
    assert await happened(desk) == ["pickup_refused"] * 10


async def test_tries_at_once_get_no_more_than_their_share(desk, browser, path):
    await asyncio.gather(*(browser.send(path, code="wrong", file="attachment-1.pdf") for _ in range(30)))
    assert await happened(desk) == ["pickup_refused"] * 10


async def test_after_its_time_it_is_gone(desk, browser, path):
    desk.clock.go(days=15)
    answer = await browser.send(path, code=CODE, file="attachment-1.pdf")
    assert (answer.status_code, REPORT in answer.content) == (410, False)
    assert (await desk.store.retention.purge())["pickups"] == 1
    assert (await browser.get(path)).status_code == 404


async def test_its_tutor_takes_the_files_back(desk, browser, path):
    sue = desk.browser()
    await sue.sign_in("sue")
    assert f"/protected/{MESSAGE}" in (await sue.get("/protected")).text
    await sue.post(f"/protected/{MESSAGE}/withdraw", on=f"/protected/{MESSAGE}")
    answer = await browser.send(path, code=CODE, file="attachment-1.pdf")
    assert (answer.status_code, REPORT in answer.content) == (410, False)
    assert "was withdrawn" in (await sue.get(f"/protected/{MESSAGE}")).text
    assert await happened(desk) == ["pickup_withdrawn"]


async def test_a_colleague_who_is_no_reviewer_takes_nothing_back(desk, browser, path):
    await desk.store.pickups.keep(
        "C3D4F-5GH6J", "tom.reed@larkfield-tutors.example", (PickUp("D4F5G-6HJ7K", CODE, FILES),)
    )
    sue = desk.browser()
    await sue.sign_in("sue")
    answer = await sue.send("/protected/C3D4F-5GH6J/withdraw", token=await sue.token())
    assert answer.status_code == 404
    assert (await desk.store.pickups.look("D4F5G-6HJ7K")).state == "open"


@pytest.mark.parametrize(
    "spoil", [lambda path: path[:-1] + "a7"[path[-1] == "a"], lambda path: path[:-4], lambda path: "/p/x"]
)
async def test_a_token_that_is_not_ours_opens_nothing(desk, browser, path, spoil):
    answer = await browser.send(spoil(path), code=CODE, file="attachment-1.pdf")
    assert answer.status_code == 404
    assert await happened(desk) == []


async def test_a_form_on_another_site_is_refused(desk, browser, path):
    answer = await browser.client.post(
        path, data={"code": "x", "file": "y"}, headers={"Origin": "http://evil.example"}
    )
    assert answer.status_code == 403
    assert await happened(desk) == []
