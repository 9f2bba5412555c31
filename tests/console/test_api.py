"""What programs do by JSON is what people do by pages: the same rules, the same record."""

import pytest

from gateway.console.api.routes import OPERATIONS
from gateway.console.tokens import SCOPES
from tests.console.conftest import PEOPLE, bearer
from tests.console.letters import AMIRA, ANA, DYLAN, NAME_IN_SUBJECT, PUPIL_ALONE, TOM

WISH = {
    "rule": "subject_name",
    "tutor": TOM.address,
    "reason": "The street is called that.",
    "recipients": [ANA.address],
}
NAME_ALONE = f"From: {TOM.address}\nTo: {ANA.address}\nSubject: Zoe Marsh\n\nDear Ana,\n\nsee you.\n\nTom\n"


class Program:
    """Somebody's program, with a token for everything unless told otherwise."""

    def __init__(self, client, token):
        self._client = client
        self._token = token

    async def ask(self, method, path, body=None, status=200, **query):
        answer = await self._client.request(
            method, f"/api/v1{path}", json=body, params=query or None, headers=bearer(self._token)
        )
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer.json() if answer.content else None


@pytest.fixture
async def program(desk):
    async def made(name, *scopes):
        return Program(desk.browser().client, await desk.token(name, *(scopes or SCOPES)))

    return made


@pytest.fixture
async def item(desk):
    return await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))


def test_every_scope_opens_something_and_nothing_needs_another():
    assert {each.scope for each in OPERATIONS} - {""} == SCOPES.keys()


async def test_the_list_says_no_more_than_the_queue(desk, program, item):
    rita = await program("rita")
    found = await rita.ask("GET", "/items")
    assert [each["id"] for each in found["items"]] == [item]
    assert (found["count"], found["pages"]) == (1, 1)
    one = found["items"][0]
    assert one["subject_initials"] == "Z. M. r. a."
    assert one["recipients"] == "carer"
    assert "Marsh" not in str(await rita.ask("GET", f"/items/{item}"))
    assert (await rita.ask("GET", "/items", tutor=AMIRA.address))["items"] == []
    assert [each.what for each in await desk.store.audit.about(item)] == ["held"]


async def test_contents_are_shown_for_a_reason_that_is_recorded(desk, program, item):
    rita = await program("rita")
    await rita.ask("POST", f"/items/{item}/open", {"reason": " "}, 400)
    found = await rita.ask("POST", f"/items/{item}/open", {"reason": "The tutor asked."})
    assert found["subject"] == "Zoë Marsh: reading assessment"
    assert "Thursday at four" in found["html"]
    assert found["attachments"][0]["name"] == "assessment.txt"
    last = (await desk.store.audit.about(item))[-1]
    assert (last.what, last.who, last.detail["reason"]) == ("opened", "rita", "The tutor asked.")


async def test_a_file_is_a_download_and_on_record(desk, program, item):
    rita = await program("rita")
    path = (await rita.ask("POST", f"/items/{item}/open", {"reason": "x"}))["attachments"][0]["path"]
    client, token = desk.browser().client, await desk.token("rita", "items:open")
    answer = await client.post(
        f"/api/v1/items/{item}/files/{path}", json={"reason": "to see it"}, headers=bearer(token)
    )
    assert b"dyspraxia" in answer.content
    assert answer.headers["content-disposition"].startswith("attachment")
    assert f"file {path}" in (await desk.store.audit.about(item))[-1].detail["reason"]
    await rita.ask("POST", f"/items/{item}/files/99", {"reason": "x"}, 404)


async def test_a_decision_happens_once_and_can_be_taken_back(desk, program, item):
    rita, dana = await program("rita"), await program("dana")
    said = await rita.ask("POST", f"/items/{item}/decision", {"action": "release"})
    assert said == {"said": "released", "state": "releasing"}
    await dana.ask("POST", f"/items/{item}/decision", {"action": "delete"}, 409)
    assert (await rita.ask("POST", f"/items/{item}/undo"))["state"] == "held"
    desk.clock.go(minutes=1)
    await rita.ask("POST", f"/items/{item}/undo", status=409)


async def test_the_correction_that_was_seen_is_the_one_that_leaves(desk, program, item):
    rita = await program("rita")
    correction = (await rita.ask("POST", f"/items/{item}/open", {"reason": "x"}))["correction"]
    assert "Zoë" not in str(correction["copies"][0]["subject"])
    wrong = {"action": "send_corrected", "digest": "0" * 32}
    await rita.ask("POST", f"/items/{item}/decision", wrong, 409)
    right = {"action": "send_corrected", "digest": correction["digest"]}
    assert (await rita.ask("POST", f"/items/{item}/decision", right))["state"] == "releasing"


async def test_nobody_decides_on_their_own_message_by_a_program_either(program, item):
    tom = await program("tom")
    assert "own message" in (await tom.ask("GET", f"/items/{item}"))["against"]
    await tom.ask("POST", f"/items/{item}/decision", {"action": "release"}, 403)
    outcomes = await tom.ask("POST", "/decisions", {"items": [item], "action": "delete"})
    assert [each["done"] for each in outcomes] == [False]


async def test_what_is_reserved_is_closed_to_a_reviewer_s_program(desk, program, item):
    dana = await program("dana")
    await dana.ask("POST", f"/items/{item}/decision", {"action": "pass"})
    rita = await program("rita")
    for path in ("open", "source", "files/2"):
        await rita.ask("POST", f"/items/{item}/{path}", {"reason": "x"}, 403)
    await rita.ask("POST", f"/items/{item}/decision", {"action": "release"}, 403)


async def test_several_are_decided_each_by_itself(desk, program, item):
    other = await desk.hold(PUPIL_ALONE, AMIRA.address, (DYLAN.address,))
    await desk.store.quarantine.reject(other, "dana")
    rita = await program("rita")
    await rita.ask("POST", "/decisions", {"items": [item, other], "action": "return"}, 400)
    outcomes = await rita.ask("POST", "/decisions", {"items": [item, other], "action": "return", "note": "x"})
    assert [each["done"] for each in outcomes] == [True, False]


async def test_an_exception_is_tried_proposed_and_approved_by_another(desk, program):
    item = await desk.hold(NAME_ALONE, TOM.address, (ANA.address,))
    await desk.store.quarantine.reject(item, "dana")
    rita, adam, olga = await program("rita"), await program("adam"), await program("olga")
    tried = await rita.ask("POST", "/exceptions/trial", WISH)
    assert (tried["through_count"], tried["mistakes"]) == (1, 1)
    assert "Marsh" not in str(tried)
    made = (await rita.ask("POST", "/exceptions", WISH))["id"]
    assert await desk.store.exemptions.in_force() == ()
    await rita.ask("POST", f"/exceptions/{made}/decision", {"action": "approve"}, 403)
    assert (await adam.ask("POST", f"/exceptions/{made}/decision", {"action": "approve"}))[
        "state"
    ] == "approved"
    assert [each.id for each in await desk.store.exemptions.in_force()] == [made]
    assert (await adam.ask("POST", f"/exceptions/{made}/decision", {"action": "revoke"}))[
        "state"
    ] == "revoked"
    own = (await olga.ask("POST", "/exceptions", WISH))["id"]
    await olga.ask("POST", f"/exceptions/{own}/decision", {"action": "approve"}, 403)
    wide = {"rule": "subject_name", "reason": "x"}
    assert (await rita.ask("POST", "/exceptions", wide, 400))["title"] == "Too wide"


async def test_a_deputy_decides_as_the_lead_and_hands_nothing_on(desk, program, item):
    dana, rita = await program("dana"), await program("rita")
    await dana.ask("POST", f"/items/{item}/decision", {"action": "pass"})
    now = desk.clock()
    times = {"since": now.isoformat(), "until": now.replace(day=20).isoformat()}
    made = await dana.ask("POST", "/deputies", {"name": "rita", "role": "safeguarding_lead", **times})
    assert "safeguarding_lead" in (await rita.ask("GET", "/me"))["roles"]
    tom = {"name": "tom", "role": "safeguarding_lead", **times}
    await rita.ask("POST", "/deputies", tom, 403)
    await dana.ask("POST", "/deputies", tom | {"name": "dana"}, 403)
    await dana.ask("POST", "/deputies", tom | {"until": now.replace(day=11).isoformat()}, 400)
    await rita.ask("POST", f"/items/{item}/decision", {"action": "delete"})
    await dana.ask("DELETE", f"/deputies/{made['id']}", status=204)
    assert "safeguarding_lead" not in (await rita.ask("GET", "/me"))["roles"]


async def test_a_token_makes_none_that_may_more_and_ends_at_once(desk, program):
    small = await program("rita", "account:read", "account:write")
    await small.ask("POST", "/tokens", {"label": "more", "scopes": ["items:decide"]}, 403)
    made = await small.ask("POST", "/tokens", {"label": "reader", "scopes": ["account:read"], "days": 1})
    reader = Program(desk.browser().client, made["secret"])
    assert {each["label"] for each in await reader.ask("GET", "/tokens")} == {"test", "reader"}
    await reader.ask("DELETE", f"/tokens/{made['id']}", status=403)
    other = await program("dana", "account:write")
    await other.ask("DELETE", f"/tokens/{made['id']}", status=404)
    await small.ask("DELETE", f"/tokens/{made['id']}", status=204)
    await reader.ask("GET", "/tokens", status=401)


async def test_a_closed_account_s_tokens_open_nothing(desk, program):
    rita, adam = await program("rita"), await program("adam")
    await adam.ask("DELETE", "/users/rita", status=204)
    await rita.ask("GET", "/items", status=401)
    await adam.ask("DELETE", "/users/adam", status=400)
    await adam.ask("DELETE", "/users/nobody", status=404)


async def test_roles_that_are_taken_away_count_at_once(desk, program):
    rita, adam = await program("rita"), await program("adam")
    await adam.ask("PUT", "/users/rita", {"roles": ["auditor"]}, 204)
    await rita.ask("GET", "/items", status=403)
    await rita.ask("GET", "/audit")


async def test_the_record_is_read_checked_and_taken_away(program, item):
    aude = await program("aude")
    assert [each["what"] for each in await aude.ask("GET", "/audit", item=item)] == ["held"]
    assert (await aude.ask("POST", "/audit/verify"))["holds"]
    taken = await aude.ask("POST", "/audit/export", {"scope": "tutor", "name": TOM.address})
    assert [each["subject"] for each in taken] == [item]
    await aude.ask("POST", "/audit/export", {"scope": "item", "name": "nonsense"}, 404)


async def test_the_other_lists_are_there(desk, program, item):
    desk.clock.go(minutes=1)
    olga = await program("olga")
    assert (await olga.ask("GET", "/register", q="zo"))["people"][0]["name"] == "Zoë Marsh"
    assert (await olga.ask("GET", "/register/pupil/p1"))["near"][0][0] == "Carers"
    assert "subject_name" in (await olga.ask("GET", "/policy"))["rules"]
    assert (await olga.ask("GET", "/reports", weeks=13))["stopped"] == 1
    assert await olga.ask("GET", "/outbox") == []
    assert {each["account"]["name"] for each in await olga.ask("GET", "/users")} == set(PEOPLE)
    assert await olga.ask("GET", "/sessions") == []


@pytest.mark.parametrize(
    ("path", "query"),
    [("/items", {"page": "0"}), ("/items", {"colour": "red"}), ("/reports", {"weeks": "5"})],
)
async def test_a_query_that_means_nothing_is_told(program, path, query):
    olga = await program("olga")
    assert (await olga.ask("GET", path, status=400, **query))["title"] == "Not understood"


async def test_trouble_is_told_in_one_form(desk, program):
    olga = await program("olga")
    await olga.ask("GET", "/nothing", status=404)
    client, token = desk.browser().client, await desk.token("olga", *SCOPES)
    answer = await client.request("PATCH", "/api/v1/items", headers=bearer(token))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.headers["content-type"] == "application/problem+json"
    answer = await client.post("/api/v1/decisions", data={"a": "b"}, headers=bearer(token))
    assert answer.status_code == 415
    answer = await client.post("/api/v1/decisions", content=b"[" * 300_000, headers=bearer(token))
    assert answer.status_code == 413
