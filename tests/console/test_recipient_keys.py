"""Recipients' keys in the console: seen, put in, used and taken out by administrators alone, and on record."""

import re
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import hashes
from pysequoia import Cert, Tsk

from gateway.console.tokens import SCOPES
from gateway.keys.keyring import Keyring
from gateway.sections import Keys
from tests.console.test_api import Program
from tests.keys.make import GP, certificate, pem

SCHOOL = "a.osei@hill-school.example"


def openpgp() -> bytes:
    return bytes(Tsk.generate(f"Ama <{SCHOOL}>").extract_certificate())


@pytest.fixture
async def adam(desk):
    browser = desk.browser()
    await browser.sign_in("adam")
    return browser


async def put_in(browser, name, data):
    token = await browser.token("/keys")
    return await browser.client.post("/keys", data={"token": token}, files={"file": (name, data)})


async def used(desk, address):
    async def kept():
        return [(each.name, each.data) for each in await desk.store.keys.list()]

    return address in await Keyring(Keys(), kept=kept).find([address], desk.clock())


async def test_a_key_is_put_in_used_and_taken_out_and_both_are_on_record(desk, adam):
    assert "None so far" in (await adam.get("/keys")).text
    answer = await put_in(adam, "C:\\keys\\school.asc", openpgp())
    assert (answer.status_code, answer.headers["location"]) == (303, "/keys?said=added")
    page = (await adam.get("/keys")).text
    assert SCHOOL in page
    assert "OpenPGP key" in page
    assert "C:" not in page
    assert await used(desk, SCHOOL)
    (stored,) = await desk.store.keys.list()
    await adam.post("/keys/remove", on="/keys", id=stored.id)
    assert not await used(desk, SCHOOL)
    assert [each.what for each in await desk.store.audit.about(stored.id)] == ["key_added", "key_removed"]
    assert {each.who for each in await desk.store.audit.about(stored.id)} == {"adam"}
    again = await adam.send("/keys/remove", token=await adam.token(), id=stored.id)
    assert again.status_code == 404


async def test_what_cannot_be_used_is_not_kept_and_says_why(desk, adam):
    for name, data, why in (
        ("a.asc", b"no key", "holds no key that can be read"),
        ("b.asc", bytes(Tsk.generate(f"Ama <{SCHOOL}>")), "a private key"),
        ("c.p12", b"0", "private key"),
    ):
        answer = await put_in(adam, name, data)
        assert answer.status_code == 400
        assert why in answer.text
    assert await desk.store.keys.list() == ()


@pytest.mark.parametrize("armoured", [False, True])
async def test_a_private_key_is_not_kept_behind_a_public_one(desk, adam, armoured):
    other = Tsk.generate("Ben <ben@hill-school.example>")
    secret = str(other).encode() if armoured else bytes(other)
    public = Cert.from_bytes(openpgp())
    data = (str(public).encode() if armoured else bytes(public)) + secret
    answer = await put_in(adam, "school.asc", data)
    assert answer.status_code == 400
    assert "a private key" in answer.text
    assert await desk.store.keys.list() == ()


async def test_keys_of_the_folder_are_shown_and_taken_out_there(desk, adam, tmp_path):
    (tmp_path / "keys").mkdir()
    made = certificate()
    (tmp_path / "keys" / "surgery.pem").write_bytes(pem(made))
    (tmp_path / "keys" / "broken.pem").write_bytes(b"none")
    page = (await adam.get("/keys")).text
    assert GP in page
    assert "Certificate (S/MIME)" in page
    assert "until <time>2026-11-11</time>" in page
    fingerprint = made.fingerprint(hashes.SHA256()).hex()
    assert " ".join(re.findall("....", fingerprint)) in page
    assert "holds no key that can be read" in page
    assert "/keys/remove" not in page


async def test_a_program_lists_adds_and_removes(desk):
    adam = Program(desk.browser().client, await desk.token("adam", *SCOPES))
    key = openpgp()
    made = await adam.ask("POST", "/keys", {"name": "school.asc", "content": b64encode(key).decode()})
    assert made["keys"][0]["addresses"] == [SCHOOL]
    (listed,) = await adam.ask("GET", "/keys")
    assert listed["keys"][0]["fingerprint"] == Cert.from_bytes(key).fingerprint
    assert (listed["id"], listed["keys"][0]["kind"], listed["keys"][0]["why_not"]) == (
        made["id"],
        "openpgp",
        "",
    )
    wrong = await adam.ask("POST", "/keys", {"name": "a.asc", "content": b64encode(b"x").decode()}, 400)
    assert "No key in it can be used" in wrong["detail"]
    await adam.ask("DELETE", f"/keys/{made['id']}", None, 204)
    await adam.ask("DELETE", f"/keys/{made['id']}", None, 404)
    assert await adam.ask("GET", "/keys") == []
