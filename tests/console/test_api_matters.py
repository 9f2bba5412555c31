"""What else the console does, done by programs: imports, reports of concerns, protected files, exports."""

import csv
import io
from base64 import b64encode

import pytest

from gateway.console.tokens import SCOPES
from gateway.register.native import write_native
from tests.console.conftest import bearer
from tests.console.letters import ANA, NAME_IN_SUBJECT, TOM
from tests.console.test_api import Program
from tests.console.test_protected import ITEM, WORDS
from tests.console.test_protected import TOM as TUTOR

CONCERN = {"kind": "concern", "happened": "A pupil wrote of harm.", "affected": "Z.M."}


@pytest.fixture
async def program(desk):
    async def made(name, *scopes):
        return Program(desk.browser().client, await desk.token(name, *(scopes or SCOPES)))

    return made


@pytest.fixture
async def item(desk):
    return await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))


def upload(name, content):
    return {"files": [{"name": name, "content": b64encode(content).decode()}]}


async def test_a_register_is_planned_and_then_imported(desk, program):
    adam, olga = await program("adam"), await program("olga")
    people = desk.parts.register().people
    await desk.store.save_register(people, source="test")
    before = await desk.store.register_version()
    pupils = b"id,first name,last name,email\np77,Ada,Quill,ada@quill.example\n"
    plan = await adam.ask("POST", "/register/imports", upload("pupils.csv", pupils))
    assert plan["excessive"] == ["pupils"]
    (group,) = [each for each in plan["groups"] if each["kind"] == "pupils"]
    assert [each["name"] for each in group["comers"]] == ["Ada Quill"]
    assert await desk.store.register_version() == before
    path = f"/register/imports/{plan['ticket']}"
    await adam.ask("POST", path, {}, 409)
    await olga.ask("POST", path, {"removals": True}, 409)
    made = await adam.ask("POST", path, {"removals": True})
    assert await desk.store.register_version() == made["version"] != before
    await adam.ask("POST", path, {"removals": True}, 409)


async def test_what_is_wrong_with_the_files_is_told(program):
    adam = await program("adam")
    wrong = await adam.ask(
        "POST", "/register/imports", upload("pupils.csv", b"id,first name,email\n1,Ada,no address\n"), 400
    )
    assert "line 2" in wrong["detail"]
    await adam.ask("POST", "/register/imports", {"files": []}, 400)
    await adam.ask("POST", "/register/imports", {"files": [{"name": "a", "content": "§"}]}, 400)


async def test_a_whole_register_may_be_sent(desk, program):
    """It is longer than any other body, and read in a thread."""
    await desk.store.save_register(desk.parts.register().people, source="test")
    adam = await program("adam")
    same = write_native(desk.parts.register().people)
    plan = await adam.ask("POST", "/register/imports", upload("r.json", same + b" " * 500_000))
    assert "pupils" not in {each["kind"] for each in plan["groups"]}


async def test_a_concern_is_reported_by_who_has_opened_the_message(desk, program, item):
    rita, dana, tom = await program("rita"), await program("dana"), await program("tom")
    await rita.ask("POST", f"/items/{item}/concerns", CONCERN, 403)
    await rita.ask("POST", f"/items/{item}/open", {"reason": "x"})
    made = await rita.ask("POST", f"/items/{item}/concerns", CONCERN | {"reserve": True})
    path = f"/items/{item}/concerns/{made['id']}"
    for reader in (rita, dana):
        assert (await reader.ask("GET", path))["told"]["happened"] == CONCERN["happened"]
        assert len(await reader.ask("GET", f"/items/{item}/concerns")) == 1
    await tom.ask("GET", path, status=404)
    assert await tom.ask("GET", f"/items/{item}/concerns") == []
    assert (await desk.store.quarantine.get(item)).held.reserved
    desk.clock.go(minutes=16)
    await rita.ask("POST", f"/items/{item}/concerns", CONCERN, 403)
    pdf = await desk.browser().client.get(
        f"/api/v1{path}/pdf", headers=bearer(await desk.token("dana", "concerns:read"))
    )
    assert pdf.content.startswith(b"%PDF")
    assert (await desk.store.audit.about(item))[-1].what == "report_exported"


@pytest.mark.parametrize("missing", ["happened", "affected"])
async def test_a_concern_says_what_and_whom(program, item, missing):
    rita = await program("rita")
    await rita.ask("POST", f"/items/{item}/open", {"reason": "x"})
    await rita.ask("POST", f"/items/{item}/concerns", CONCERN | {missing: " "}, 400)


async def test_a_passphrase_is_looked_up_on_record(desk, program):
    item = ITEM
    await desk.store.escrow.keep(item, TUTOR, WORDS)
    rita, adam = await program("rita"), await program("adam")
    assert (await rita.ask("GET", f"/protected/{item}"))["passphrase_kept"]
    await rita.ask("POST", f"/protected/{item}/passphrase", {"reason": " "}, 400)
    found = await rita.ask("POST", f"/protected/{item}/passphrase", {"reason": "The family lost it."})
    assert found["passphrase"] == WORDS
    last = (await desk.store.audit.about(item))[-1]
    assert (last.what, last.who) == ("passphrase_shown", "rita")
    for path in ("", "/passphrase", "/withdraw"):
        body = {"reason": "x"} if path == "/passphrase" else None
        await adam.ask("POST" if path else "GET", f"/protected/{item}{path}", body, 404)
    assert await adam.ask("GET", "/protected") == []
    assert (await rita.ask("POST", f"/protected/{item}/withdraw"))["pickups"] == []


async def test_the_record_is_exported_in_every_form(desk, item):
    client, token = desk.browser().client, await desk.token("aude", "audit:read")
    asked = {"scope": "item", "name": item}
    found = {}
    for form in ("csv", "pdf"):
        answer = await client.post(f"/api/v1/audit/export.{form}", json=asked, headers=bearer(token))
        assert answer.status_code == 200
        found[form] = answer
    assert found["pdf"].content.startswith(b"%PDF")
    assert [line["what"] for line in csv.DictReader(io.StringIO(found["csv"].text))] == ["held"]
    exports = await desk.store.audit.page(what=("audit_exported",))
    assert len(exports) == 2


async def test_the_queue_is_watched_by_asking_again(desk, program, item):
    rita = await program("rita")
    before = await rita.ask("GET", "/queue", items=f"{item},nonsense")
    assert (before["count"], before["items"]) == (1, {item: "held"})
    await rita.ask("POST", f"/items/{item}/decision", {"action": "delete"})
    after = await rita.ask("GET", "/queue", items=item)
    assert (after["count"], after["items"]) == (0, {item: "rejected"})
