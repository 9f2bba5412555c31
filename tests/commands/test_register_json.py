"""`chaperone register … --json`: for programs, without the families' secrets."""

import json

import pytest

from gateway.cli import main
from tests.end_to_end.conftest import configuration

PEOPLE = """{"pupils": [{"id": "p1", "given_name": "Zo\\u00eb", "family_name": "Marsh", "carers": ["c1"]}],
 "carers": [{"id": "c1", "given_name": "Ana", "emails": ["ana@family.example"], "secret": "copper lantern"}]}"""


@pytest.fixture
def config(tmp_path):
    file = configuration(tmp_path, "127.0.0.1:9")
    text = file.read_text()
    start = text.index("[register]")
    end = text.index("\n[", start + 1)
    file.write_text(text[:start] + text[end:])
    (tmp_path / "people.json").write_text(PEOPLE)
    return file


def run(capsys, *arguments):
    status = main(["register", *arguments])
    return status, capsys.readouterr()


def test_an_import_says_what_it_changed(config, tmp_path, capsys):
    people = str(tmp_path / "people.json")
    status, said = run(capsys, "import", people, "--json", "--config", str(config))
    found = json.loads(said.out)
    assert status == 0
    assert found["changes"]["pupils"] == {"added": ["p1"], "changed": [], "removed": []}
    assert found["version"]
    _, again = run(capsys, "import", people, "--json", "--config", str(config))
    assert json.loads(again.out)["version"] is None


def test_a_person_is_shown_without_secrets(config, tmp_path, capsys):
    run(capsys, "import", str(tmp_path / "people.json"), "--config", str(config))
    status, said = run(capsys, "show", "ana@family.example", "--json", "--config", str(config))
    (found,) = json.loads(said.out)
    assert (status, found["kind"], found["record"]["id"]) == (0, "carer", "c1")
    assert "copper" not in said.out


def test_nobody_found_is_status_two(config, tmp_path, capsys):
    run(capsys, "import", str(tmp_path / "people.json"), "--config", str(config))
    assert run(capsys, "show", "nobody", "--json", "--config", str(config))[0] == 2


def test_an_erasure_says_what_is_gone(config, tmp_path, capsys):
    run(capsys, "import", str(tmp_path / "people.json"), "--config", str(config))
    status, said = run(capsys, "erase", "p1", "--json", "--config", str(config))
    assert (status, said.out) == (2, "")
    assert "--yes" in said.err
    status, said = run(capsys, "erase", "p1", "--json", "--yes", "--config", str(config))
    assert (status, json.loads(said.out)) == (0, {"pupil": "p1", "carers": 1, "messages": 0})
