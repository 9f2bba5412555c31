"""``chaperone register`` as an administrator types it."""

import json

import pytest

from gateway.cli import main

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
