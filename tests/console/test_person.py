"""Somebody's page in the register says which exceptions name them."""

from datetime import timedelta

import pytest

from gateway.policy.exemption import Scope
from tests.console.conftest import bearer
from tests.console.letters import ANA, TOM


async def propose(desk, **scope):
    return await desk.store.exemptions.propose(
        Scope(rule="subject_name", **scope), timedelta(days=9), "rita", "x"
    )


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("pupil/p1", {"about": ("p1",)}),
        ("carer/{carer}", {"recipients": (ANA.address.upper(),)}),
        ("staff/{tutor}", {"tutor": TOM.address}),
    ],
)
async def test_an_exception_stands_with_whom_it_names_and_with_nobody_else(desk, path, scope):
    people = desk.parts.register().people
    ids = {
        "carer": next(each.id for each in people.carers if ANA.address in each.emails),
        "tutor": next(each.id for each in people.staff if TOM.address in each.emails),
    }
    made = await propose(desk, **scope)
    await propose(desk, about=("p9999",))
    browser = desk.browser()
    await browser.sign_in("rita")
    page = (await browser.get(f"/register/{path.format(**ids)}")).text
    assert f"/exceptions/{made}" in page
    assert page.count("proposed") == 1
    token = await desk.token("rita", "register:read")
    found = await desk.browser().client.get(f"/api/v1/register/{path.format(**ids)}", headers=bearer(token))
    assert [each["id"] for each in found.json()["exceptions"]] == [made]
    other = (await browser.get("/register/pupil/p2")).text
    assert "proposed" not in other
