"""The queue: the most serious first, of those the oldest; and nothing that is spoilt hides the rest."""

import re

import pytest
from sqlalchemy import update

from gateway.store.tables import items
from tests.console.conftest import PEOPLE
from tests.console.letters import ANA, TOM, fill
from tests.mail_programs import Letter, outlook

PLAIN = outlook(
    Letter(sender=TOM, to=(ANA,), subject="Zoë Marsh: Friday", text="Dear Ana,\n\nsee you.\n\nTom\n")
)


@pytest.fixture
async def held(desk):
    """Serious ones and matters of form; the oldest is of form alone."""
    desk.clock.go(hours=-12)
    form = await desk.hold(PLAIN, TOM.address, (ANA.address,))
    desk.clock.go(hours=12)
    return await fill(desk) | {"form": form}


async def listed(desk, path="/queue"):
    browser = desk.browser()
    await browser.sign_in("rita")
    page = await browser.get(path)
    assert page.status_code == 200
    return re.findall(r'data-item="([^"]+)"', page.text), page.text


async def test_the_most_serious_come_first_unless_another_order_is_asked_for(desk, held):
    ages = [held["form"], held["name"], held["alone"], held["carer"]]
    severities = {each.id: each.severity for each in await desk.store.quarantine.list()}
    expected = sorted(ages, key=lambda each: -severities[each])  # stable: of those the oldest
    assert expected[0] != held["form"] != expected[-1]
    for path, wanted in (
        ("/queue", expected),
        ("/queue?order=serious", expected),
        ("/queue?order=nonsense", expected),
        ("/queue?order=oldest", ages),
        ("/queue?order=newest", ages[::-1]),
    ):
        assert (await listed(desk, path))[0] == wanted, path


async def test_what_is_urgent_is_marked(desk, held):
    assert "Urgent" not in (await listed(desk))[1]
    await desk.store.review.pass_on(held["form"], PEOPLE["dana"])
    ids, page = await listed(desk)
    assert ids[0] == held["form"]
    assert page.count("Urgent") == 1


@pytest.mark.parametrize("column", ["glance", "envelope"])
async def test_a_spoilt_record_is_shown_as_that_beside_the_others(desk, held, column):
    async with desk.store.core.database.write() as connection:
        await connection.execute(update(items).where(items.c.id == held["alone"]).values({column: b"x"}))
    ids, page = await listed(desk)
    assert set(ids) == set(held.values())
    if column == "glance":
        assert page.count("Its record is damaged") == 1
        assert f'value="{held["alone"]}"' not in page  # cannot be ticked
    browser = desk.browser()
    await browser.sign_in("rita")
    answer = await browser.get(f"/items/{held['alone']}")
    assert answer.status_code == 503
    assert "It cannot be read" in answer.text
    assert (await browser.get("/reports")).status_code == 200
