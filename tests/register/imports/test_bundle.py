"""What a set of files is, and what happens when it is none of what is known."""

import json

from gateway.register.export import write_csv
from gateway.register.model import Carer, People, Pupil
from gateway.register.native import read_native


def test_native_json_is_recognised(read):
    people = read({"r.json": json.dumps({"pupils": [{"id": "p1", "given_name": "Ada"}]}).encode()}).people
    assert people.pupils[0].id == "p1"


def test_native_json_replaces_and_merges_when_told_to(read):
    old = People(
        (Pupil(id="p0", given_name="Old"), Pupil(id="p1", given_name="Older")),
        (Carer(id="c", given_name="C"),),
    )
    data = {"r.json": json.dumps({"pupils": [{"id": "p1", "given_name": "Ada"}]}).encode()}
    assert read(data, old).people == People((Pupil(id="p1", given_name="Ada"),))
    merged = read(data, old, merge=True).people
    assert [pupil.given_name for pupil in merged.pupils] == ["Old", "Ada"]
    assert merged.carers == old.carers


def test_files_that_nobody_knows_are_refused(defects):
    for files in ({"notes.docx": b"PK.."}, {"a.json": b"{}", "b.csv": b"id\n"}, {}):
        (line,) = defects(files)
        assert "no file of a known kind" in line


def test_the_defects_of_all_files_are_named_together(defects):
    lines = defects({"pupils.csv": b"", "carers.csv": "name\nZoë".encode("latin-1")})
    assert [line.partition(":")[0] for line in lines] == ["carers.csv", "pupils.csv"]


def test_what_is_exported_as_csv_is_read_back(read, sample):
    people = read(sample("messy")).people
    again = read(write_csv(people)).people
    assert again == people


def test_an_export_holds_no_formula_and_still_comes_back(read):
    people = People(
        (Pupil(id="+1", given_name="-Ada", family_name="'Roe", other_names=("@x",), household="=1+1"),),
        (Carer(id="c1", given_name="Eve", phones=("+447700900123",)),),
    )
    files = write_csv(people)
    cells = b"".join(files.values()).decode("utf-8-sig").replace('"', "").split(",")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert b"'=1+1" in files["pupils.csv"]


def test_the_native_form_of_any_import_is_read_back(read, sample):
    from gateway.register.native import write_native

    for name in ("messy", "oneroster-1.1", "oneroster-1.2", "school-data-sync-2.1"):
        people = read(sample(name)).people
        assert read_native(write_native(people), "again").people == people
