"""School Data Sync 2.1: users, roles, organisations, relationships, demographics."""

from datetime import date

import pytest


def test_pupils_contacts_and_staff_are_told_apart(read, sample):
    reading = read(sample("school-data-sync-2.1"))
    people = reading.people
    assert [pupil.id for pupil in people.pupils] == ["5001", "5002"]
    assert [carer.id for carer in people.carers] == ["7001"]
    assert people.schools[0].staff[0].family_name == "Calloway"
    assert any("found 1 without a role" in str(note) for note in reading.oddities)  # the doctor


def test_a_pupil_has_carers_birthday_and_the_account_as_an_address(read, sample):
    mika, joss = read(sample("school-data-sync-2.1")).people.pupils
    assert mika.carers == ("7001",)
    assert mika.date_of_birth == date(2009, 8, 8)
    assert mika.emails == ("mika.lund@harbour.example",)
    assert joss.emails == ("joss.adeyemi@harbour.example",)  # no e-mail, but the account's name is one


def test_alumni_have_left(read, sample):
    joss = read(sample("school-data-sync-2.1")).people.pupils[1]
    assert not joss.in_education
    assert joss.left_on == date(2026, 7, 10)


def test_without_relationships_the_carers_stay_as_they_are(read, sample):
    before = read(sample("school-data-sync-2.1")).people
    files = sample("school-data-sync-2.1")
    del files["relationships.csv"]
    after = read(files, before).people
    assert after.carers == before.carers
    assert after.pupils[0].carers == ("7001",)


@pytest.mark.parametrize("name", ["orgs.csv", "roles.csv"])
def test_the_three_required_files_are_required(defects, sample, name):
    files = sample("school-data-sync-2.1")
    del files[name]
    assert any(line.startswith(f"{name}: found nothing") for line in defects(files))


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("relationships.csv", "parent", "friend", 'line 2, column "relationshipRole": found "friend"'),
        ("users.csv", "5002,", "5001,", 'found "5001" again, as in users.csv line 2'),
        ("users.csv", "sourcedId", "SIS ID", "line 1: found without sourcedId"),
        ("demographics.csv", "2009-08-08", "8 August", 'line 2, column "birthDate": found "8 August"'),
    ],
)
def test_a_defect_is_named_by_file_line_and_column(defects, sample, name, old, new, expected):
    files = sample("school-data-sync-2.1")
    text = files[name].decode()
    assert old in text
    lines = defects({**files, name: text.replace(old, new, 1).encode()})
    assert any(line.startswith(f"{name}: ") and expected in line for line in lines), lines
