"""A new register through the console: shown before it is in force, and only as it was shown."""

import re

import msgspec
import pytest

from gateway.console.imports import LIMIT
from gateway.register.native import write_native
from tests.console.conftest import ORIGIN


@pytest.fixture
async def people(desk):
    """The register in force."""
    found = desk.parts.register().people
    await desk.store.save_register(found, source="test")
    return found


async def administrator(desk, name="adam"):
    browser = desk.browser()
    await browser.sign_in(name)
    return browser


async def upload(browser, data, name="register.json"):
    token = await browser.token("/register/import")
    return await browser.client.post(
        "/register/import",
        data={"token": token},
        files={"files": (name, data)},
        headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
    )


def ticket(page):
    return re.search(r'name="ticket" value="([^"]+)"', page.text)[1]


async def confirm(browser, page, **more):
    return await browser.send(
        "/register/import/confirm", token=await browser.token(), ticket=ticket(page), **more
    )


def changed(people):
    """The same register; one pupil is called otherwise."""
    first, *rest = people.pupils
    renamed = msgspec.structs.replace(first, given_name="Zelda")
    return write_native(msgspec.structs.replace(people, pupils=(renamed, *rest)))


async def test_a_plan_shows_each_change_and_makes_none(desk, people):
    before = await desk.store.register_version()
    page = await upload(await administrator(desk), changed(people))
    assert "0 added, 1 changed, 0 removed" in page.text
    assert "<ins>Zelda</ins>" in page.text
    assert f"<del>{people.pupils[0].given_name}</del>" in page.text
    assert await desk.store.register_version() == before


async def test_the_register_s_own_export_leaves_nothing_to_confirm(desk, people):
    page = await upload(await administrator(desk), write_native(people))
    assert "Nothing to import" in page.text
    assert 'name="ticket"' not in page.text


async def test_what_was_confirmed_is_in_force_once_and_on_record(desk, people):
    browser = await administrator(desk)
    page = await upload(browser, changed(people))
    assert "The new register is in force" in (await confirm(browser, page)).text
    assert (await desk.store.load_register()).pupils[0].given_name == "Zelda"
    assert (await confirm(browser, page)).status_code == 409
    (entry,) = await desk.store.audit.page(what=("register_saved",), limit=1)
    assert entry.detail["source"] == "import by adam"


async def test_a_plan_for_another_register_is_refused(desk, people):
    browser = await administrator(desk)
    page = await upload(browser, changed(people))
    other = msgspec.structs.replace(people, pupils=people.pupils[:-1])
    version = await desk.store.save_register(other, source="somebody else")
    assert (await confirm(browser, page)).status_code == 409
    assert await desk.store.register_version() == version


async def test_a_plan_is_its_maker_s_and_gets_old(desk, people):
    browser, olga = await administrator(desk), await administrator(desk, "olga")
    page = await upload(browser, changed(people))
    token = await olga.token()
    answer = await olga.send("/register/import/confirm", token=token, ticket=ticket(page))
    assert answer.status_code == 409
    desk.clock.go(minutes=16)
    assert (await confirm(browser, page)).status_code == 409
    assert (await desk.store.load_register()).pupils[0].given_name != "Zelda"


async def test_more_removals_than_usual_are_asked_for_twice(desk, people):
    browser = await administrator(desk)
    few = msgspec.structs.replace(people, pupils=people.pupils[:1])
    page = await upload(browser, write_native(few))
    assert "would disappear than is usual" in page.text
    assert (await confirm(browser, page)).status_code == 409
    assert (await confirm(browser, page, removals="yes")).status_code == 200
    assert len((await desk.store.load_register()).pupils) == 1


async def test_every_defect_is_told_and_nothing_is_imported(desk, people):
    before = await desk.store.register_version()
    answer = await upload(
        await administrator(desk), b"id,first name,email\n1,Ada,no address\n2,Bo,neither this\n", "pupils.csv"
    )
    assert answer.status_code == 400
    assert "line 2" in answer.text
    assert "line 3" in answer.text
    assert await desk.store.register_version() == before


async def test_an_upload_has_a_bound_and_a_token(desk):
    browser = await administrator(desk)
    assert (await upload(browser, b"x" * LIMIT)).status_code == 413
    answer = await browser.client.post("/register/import", files={"files": ("a.csv", b"id\n")})
    assert answer.status_code == 403
    assert (await upload(browser, b"", "")).status_code == 400
