"""What is fine for a while: proposed from a message, tried against the past, approved by somebody else."""

from tests.console.letters import ANA, TOM

NAME = f"From: {TOM.address}\nTo: {ANA.address}\nSubject: Zoe Marsh\n\nDear Ana,\n\nsee you.\n\nTom\n"


async def signed_in(desk, name):
    browser = desk.browser()
    await browser.sign_in(name)
    return browser


async def test_an_opened_message_fills_the_form_in_and_a_closed_one_does_not(desk):
    item = await desk.hold(NAME, TOM.address, (ANA.address,))
    rita = await signed_in(desk, "rita")
    path = f"/exceptions/new?item={item}&rule=subject_name"
    assert (await rita.get(path)).status_code == 403
    await rita.post(f"/items/{item}/open", on=f"/items/{item}", reason="To decide on this message")
    assert f'href="{path.replace("&", "&amp;")}"' in (await rita.get(f"/items/{item}")).text
    page = (await rita.get(path)).text
    assert f'value="{TOM.address}"' in page
    assert 'value="Zoe Marsh"' in page


async def test_it_is_tried_before_it_is_proposed_and_before_it_takes_effect(desk):
    item = await desk.hold(NAME, TOM.address, (ANA.address,))
    await desk.store.quarantine.reject(item, "dana")
    rita, adam = await signed_in(desk, "rita"), await signed_in(desk, "adam")
    wish = {"rule": "subject_name", "tutor": TOM.address, "reason": "It is a street.", "days": "30"}
    page = await rita.post("/exceptions/new", **wish)
    assert "1 message would not have been stopped" in page.text
    assert "refused by a reviewer" in page.text
    assert "Marsh" not in page.text
    assert await desk.store.exemptions.list() == ()
    made = (await rita.post("/exceptions/new", **wish, confirmed="yes")).headers["location"]
    assert "An administrator decides" in (await rita.get(made)).text
    assert await desk.store.exemptions.in_force() == ()
    assert "1 message would not have been stopped" in (await adam.get(made)).text
    assert (await adam.post(f"{made}/approve", on=made)).headers["location"] == "/exceptions?said=approve"
    assert len(await desk.store.exemptions.in_force()) == 1
    assert "It is a street." in (await adam.get("/exceptions?view=force")).text
    await adam.post(f"{made}/revoke", on=made, reason="No longer.")
    assert await desk.store.exemptions.in_force() == ()
    said = [each.what for each in await desk.store.audit.about(made.rpartition("/")[2])]
    assert said == ["exemption_proposed", "exemption_approved", "exemption_revoked"]


async def test_nobody_approves_their_own_and_no_form_offers_it(desk):
    olga = await signed_in(desk, "olga")
    wish = {"rule": "subject_name", "tutor": TOM.address, "reason": "x", "days": "1", "confirmed": "yes"}
    made = (await olga.send("/exceptions/new", token=await olga.token(), **wish)).headers["location"]
    page = (await olga.get(made)).text
    assert f'action="{made}/approve"' not in page
    assert f'action="{made}/refuse"' in page
    answer = await olga.send(f"{made}/approve", token=await olga.token())
    assert (answer.status_code, await desk.store.exemptions.in_force()) == (403, ())


async def test_a_whole_rule_cannot_be_switched_off(desk):
    rita = await signed_in(desk, "rita")
    for wish in (
        {"rule": "subject_name", "reason": "x", "days": "9"},
        {"rule": "no_rule", "tutor": TOM.address, "reason": "x", "days": "9"},
        {"rule": "subject_name", "tutor": TOM.address, "reason": "", "days": "9"},
        {"rule": "subject_name", "tutor": TOM.address, "reason": "x", "days": "9999"},
        {"rule": "subject_name", "recipients": "nonsense", "reason": "x", "days": "9"},
    ):
        answer = await rita.send("/exceptions/new", token=await rita.token(), confirmed="yes", **wish)
        assert answer.status_code == 400, wish
    assert await desk.store.exemptions.list() == ()
