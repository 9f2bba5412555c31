"""``chaperone register`` as an administrator types it."""

import asyncio
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.cli import main
from gateway.compose import build_rules
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.public import public
from gateway.policy.finding import Finding
from gateway.settings import read_settings
from gateway.store.store import Store
from gateway.store.tables import correspondents

SAMPLES = Path(__file__).parent.parent / "register" / "samples"

REGISTER = {
    "pupils": [
        {
            "id": "p1",
            "given_name": "Zoë",
            "family_name": "Harrow",
            "emails": ["zoe@harrow.example"],
            "date_of_birth": "2012-04-03",
            "carers": ["c1", "c2"],
        }
    ],
    "carers": [
        {"id": "c1", "given_name": "Ana", "family_name": "Harrow", "emails": ["ana@harrow.example"]},
        {"id": "c2", "given_name": "Rex", "emails": ["rex@harrow.example"], "may_receive": False},
    ],
}


@pytest.fixture
def register(tmp_path, capsys):
    """Runs ``chaperone register …`` and gives (status, output, error)."""
    config = tmp_path / "chaperone.toml"
    config.write_text('[agency]\nname = "Agency"\ndomains = ["agency.example"]\n', "utf-8")

    def command(*words):
        status = main(["register", *map(str, words), "--config", str(config)])
        return status, *capsys.readouterr()

    return command


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.json"
    path.write_text(json.dumps(REGISTER), "utf-8")
    return path


def test_what_was_imported_is_exported(register, file, tmp_path):
    status, output, error = register("import", file)
    assert (status, error) == (0, "")
    assert "1 pupils, 2 carers, 0 staff and 0 schools" in output
    assert register("export", tmp_path / "out.json")[0] == 0
    (pupil,) = json.loads((tmp_path / "out.json").read_text("utf-8"))["pupils"]
    assert pupil.items() >= REGISTER["pupils"][0].items()


@pytest.mark.parametrize("who", ["p1", "zoë", "Zoë Harrow", "zoe+x@harrow.example"])
def test_a_person_is_shown_by_id_name_and_address(register, file, who):
    register("import", file)
    status, output, _ = register("show", who)
    assert status == 0
    assert "pupil p1: Zoë Harrow" in output
    assert "Ana Harrow <ana@harrow.example>; Rex <rex@harrow.example> (must not be written to)" in output


def test_somebody_unknown_is_status_two(register, file):
    register("import", file)
    status, output, error = register("show", "nobody@nowhere.example")
    assert (status, output) == (2, "")
    assert "nobody in the register" in error


def test_a_bad_file_is_explained_and_the_old_register_stays(register, file):
    register("import", file)
    file.write_text(json.dumps({"pupils": [{"id": "p9", "emails": ["x"]}]}), "utf-8")
    status, _, error = register("import", file)
    assert status == 2
    assert 'people.json: pupils[0] (id "p9").emails[0]: found "x", expected an email address' in error
    assert "the register is as it was" in error
    assert register("show", "p1")[0] == 0


def test_an_odd_file_is_imported_with_notes(register, file):
    file.write_text(json.dumps({"pupils": [{"id": "p1", "given_name": "A", "carers": ["gone"]}]}), "utf-8")
    status, _, error = register("import", file)
    assert status == 0
    assert 'note: people.json: pupils[0] (id "p1").carers[0]: found "gone"' in error


def test_before_the_first_import_there_is_nothing_to_export(register):
    status, output, error = register("export")
    assert (status, output) == (2, "")
    assert "no register yet" in error


def ids(register, kind="pupils"):
    return [each["id"] for each in json.loads(register("export")[1])[kind]]


def pupils(tmp_path, *names, file="pupils.csv"):
    path = tmp_path / file
    rows = "".join(
        f"p{number},{name},Marlow,{name.lower()}@marlow.example\n" for number, name in enumerate(names)
    )
    path.write_text(f"id,first name,surname,email\n{rows}", "utf-8")
    return path


def test_a_dry_run_says_what_would_change_and_changes_nothing(register, tmp_path):
    register("import", pupils(tmp_path, "Ada", "Ben"))
    status, output, _ = register("import", pupils(tmp_path, "Ada", "Bea", "Cy"), "--dry-run")
    assert status == 0
    assert "pupils:  1 added, 1 changed, 0 removed" in output
    assert "added: p2" in output
    assert "changed: p1" in output
    assert "Nothing was changed" in output
    assert ids(register) == ["p0", "p1"]


def test_many_removals_need_to_be_allowed(register, tmp_path):
    register("import", pupils(tmp_path, "Ada", "Ben", "Cy", "Di"))
    fewer = pupils(tmp_path, "Ada", "Ben", "Cy")
    status, _, error = register("import", fewer, "--dry-run")
    assert status == 0
    assert "warning: 1 of 4 pupils would disappear (25%, at most 20% is usual)" in error
    status, _, error = register("import", fewer)
    assert status == 2
    assert "--allow-removals does it all the same" in error
    assert len(ids(register)) == 4
    assert register("import", fewer, "--allow-removals")[0] == 0
    assert len(ids(register)) == 3


def test_a_few_removals_need_nothing(register, tmp_path):
    register("import", pupils(tmp_path, "Ada", "Ben", "Cy", "Di", "Ed"))
    assert register("import", pupils(tmp_path, "Ada", "Ben", "Cy", "Di"))[0] == 0


def test_merging_keeps_whoever_is_not_in_the_file(register, tmp_path):
    register("import", pupils(tmp_path, "Ada", "Ben"))
    assert register("import", pupils(tmp_path, "Ann"), "--merge")[0] == 0
    assert ids(register) == ["p0", "p1"]


def test_pupils_who_could_not_be_written_to_are_counted(register, tmp_path):
    _, _, error = register("import", pupils(tmp_path, "Ada"))
    assert "note: 1 pupils have an address, but no carer who can be written to" in error


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"id,first name\np1,Ada\np2",
        "id,first name\np1,Zoë\n".encode("latin-1"),
        b"PK\x03\x04",
        b"\x00" * 50,
    ],
)
def test_a_file_that_is_none_leaves_the_old_register(register, tmp_path, data):
    register("import", pupils(tmp_path, "Ada"))
    file = tmp_path / "pupils.csv"
    file.write_bytes(data)
    status, _, error = register("import", file)
    assert status == 2
    assert "error: pupils.csv: " in error
    assert "Traceback" not in error
    assert ids(register) == ["p0"]


def test_a_mapping_file_is_used_and_a_wrong_one_explained(register, tmp_path):
    file, mapping = tmp_path / "pupils.csv", tmp_path / "mapping.toml"
    file.write_text("Nr,Vorname\n7,Ada\n", "utf-8")
    mapping.write_text('[pupils]\nid = "Nr"\ngiven_name = "Vorname"\n', "utf-8")
    assert register("import", file, "--mapping", mapping)[0] == 0
    assert ids(register) == ["7"]
    mapping.write_text("[pupils]\nforename = 1\n", "utf-8")
    status, _, error = register("import", file, "--mapping", mapping)
    assert status == 2
    assert "[pupils] forename: expected one of id" in error


def test_the_csv_export_comes_back(register, file, tmp_path):
    register("import", file)
    before = register("export")[1]
    assert register("export", tmp_path / "out", "--csv")[0] == 0
    assert (tmp_path / "out" / "pupils.csv").stat().st_mode & 0o777 == 0o600
    status, output, _ = register("import", tmp_path / "out")
    assert (status, output.splitlines()[-1]) == (0, "Nothing to change.")
    assert register("export")[1] == before


def test_a_bundle_is_imported_with_one_command(register):
    status, output, _ = register("import", SAMPLES / "oneroster-1.1")
    assert status == 0
    assert "Imported 3 pupils, 3 carers, 0 staff and 2 schools" in output


def test_nothing_of_the_register_lies_in_the_clear(register, file, tmp_path):
    register("import", file)
    file.unlink()
    stored = [each for each in tmp_path.rglob("*") if each.is_file() and each.suffix != ".toml"]
    assert stored
    for each in stored:
        data = each.read_bytes()
        for word in ("Harrow", "harrow.example", "given_name"):  # too long to stand there by chance
            assert word.encode() not in data, each


async def hold(tmp_path, recipient, subject):
    """Hold a message as the gateway does, and give its id."""
    raw = f"From: tom@agency.example\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\nHello.\r\n".encode()
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    envelope = Envelope(mail_from="tom@agency.example", recipients=(Recipient(recipient),), received_at=now)
    finding = Finding(rule="uninspectable", summary=public("Test."), suggestion="", kind="message")
    settings = read_settings(tmp_path / "chaperone.toml")
    verdict = build_rules(settings).policy.decide([finding], "test")
    store = await Store.open(settings.store, settings.base)
    try:
        return await store.hold(raw, envelope, verdict)
    finally:
        await store.close()


async def held(tmp_path):
    settings = read_settings(tmp_path / "chaperone.toml")
    store = await Store.open(settings.store, settings.base)
    try:
        return {item.id for item in await store.quarantine.list()}
    finally:
        await store.close()


def test_an_erased_pupil_is_gone_with_carers_and_held_mail(register, file, tmp_path):
    register("import", file)
    theirs = asyncio.run(hold(tmp_path, "zoe@harrow.example", "Lesson"))
    named = asyncio.run(hold(tmp_path, "other@else.example", "About Zoë Harrow"))
    others = asyncio.run(hold(tmp_path, "other@else.example", "Lesson"))
    assert asyncio.run(held(tmp_path)) == {theirs, named, others}
    status, output, _ = register("erase", "p1", "--yes")
    assert status == 0
    assert "with 2 messages" in output
    assert ids(register) == []
    assert ids(register, "carers") == []
    assert asyncio.run(held(tmp_path)) == {others}
    assert register("show", "zoe@harrow.example")[0] == 2


async def written_to(folder, *addresses):
    """Write to these; how many addresses have been written to by then."""
    settings = read_settings(folder / "chaperone.toml")
    store = await Store.open(settings.store, settings.base)
    try:
        store.history.wrote(addresses)
        await store.history.write()
        async with store.core.database.read() as connection:
            return await connection.scalar(select(func.count()).select_from(correspondents))
    finally:
        await store.close()


def test_that_an_erased_family_was_written_to_is_forgotten(register, file, tmp_path):
    register("import", file)
    everybody = ("zoe@harrow.example", "ana@harrow.example", "other@else.example")
    assert asyncio.run(written_to(tmp_path, *everybody)) == 3
    register("erase", "p1", "--yes")
    assert asyncio.run(written_to(tmp_path)) == 1


def test_erasing_asks_and_a_wrong_answer_erases_nothing(register, file, monkeypatch):
    register("import", file)
    monkeypatch.setattr("sys.stdin", io.StringIO("p2\n"))
    status, _, error = register("erase", "p1")
    assert status == 2
    assert "nothing was erased" in error
    assert ids(register) == ["p1"]


def test_erasing_somebody_unknown_is_status_two(register, file):
    register("import", file)
    status, _, error = register("erase", "p9", "--yes")
    assert status == 2
    assert "no pupil in the register has the id p9" in error
