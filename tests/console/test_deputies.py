"""While somebody is away another has their role: from day to day, and never longer."""

from tests.console.letters import ANA, NAME_IN_SUBJECT, TOM

DAYS = {"since": "2026-10-12", "until": "2026-10-14"}


async def signed_in(desk, name):
    browser = desk.browser()
    await browser.sign_in(name)
    return browser


async def test_a_deputy_opens_what_is_reserved_on_those_days_only(desk):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    await desk.store.review.pass_on(item, (await desk.store.accounts.get("dana")).account)
    dana, rita = await signed_in(desk, "dana"), await signed_in(desk, "rita")
    assert "Only the safeguarding lead opens" in (await rita.get(f"/items/{item}")).text
    answer = await dana.post("/deputies", name="rita", role="safeguarding_lead", **DAYS)
    assert answer.headers["location"] == "/deputies?said=appointed"
    assert f'action="/items/{item}/open"' in (await rita.get(f"/items/{item}")).text
    desk.clock.go(days=2.2)  # 20:48 in summer time: the last day is a whole one
    rita = await signed_in(desk, "rita")
    assert f'action="/items/{item}/open"' in (await rita.get(f"/items/{item}")).text
    desk.clock.go(hours=2.5)
    rita = await signed_in(desk, "rita")
    assert "Only the safeguarding lead opens" in (await rita.get(f"/items/{item}")).text


async def test_it_can_be_ended_before_and_is_on_record(desk):
    dana = await signed_in(desk, "dana")
    await dana.post("/deputies", name="rita", role="safeguarding_lead", **DAYS)
    (one,) = await desk.store.deputies.list()
    await dana.post(f"/deputies/{one.id}/end", on="/deputies")
    assert await desk.store.deputies.list() == ()
    assert [each.what for each in await desk.store.audit.about(one.id)] == [
        "deputy_appointed",
        "deputy_ended",
    ]


async def test_a_lent_role_is_not_handed_on(desk):
    dana = await signed_in(desk, "dana")
    await dana.post("/deputies", name="rita", role="safeguarding_lead", **DAYS)
    (one,) = await desk.store.deputies.list()
    rita = await signed_in(desk, "rita")
    token = await rita.token()
    assert "Appoint somebody" not in (await rita.get("/deputies")).text
    answer = await rita.send("/deputies", token=token, name="tom", role="safeguarding_lead", **DAYS)
    assert answer.status_code == 403
    assert (await rita.send(f"/deputies/{one.id}/end", token=token)).status_code == 403
    assert await desk.store.deputies.list() == (one,)


async def test_what_makes_no_sense_is_told(desk):
    dana = await signed_in(desk, "dana")
    token = await dana.token()
    for status, wrong in (
        (404, {"name": "nobody"}),
        (403, {"name": "dana"}),
        (400, {"role": "administrator"}),
        (400, {"since": "soon"}),
        (400, {"since": "9999-12-31", "until": "9999-12-31"}),
        (400, {"until": "2026-10-11"}),
        (400, {"until": "2028-10-11"}),
    ):
        fields = {"name": "rita", "role": "reviewer", **DAYS, **wrong}
        assert (await dana.send("/deputies", token=token, **fields)).status_code == status, wrong
    assert await desk.store.deputies.list() == ()
