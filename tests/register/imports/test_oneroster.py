"""OneRoster bundles of both versions, in full and as a delta, in the standard's own layout."""

from datetime import date

import msgspec
import pytest

from gateway.register.model import People, Pupil


def by_id(records):
    return {record.id: record for record in records}


def test_version_1_1_gives_pupils_with_names_addresses_and_birthdays(read, sample):
    pupils = by_id(read(sample("oneroster-1.1")).people.pupils)
    assert set(pupils) == {"u-101", "u-102", "u-103"}
    assert pupils["u-101"].given_name == "Izabella"
    assert pupils["u-101"].emails == ("izabella.fenn@pupils.larkfield.example",)
    assert pupils["u-101"].date_of_birth == date(2010, 11, 2)


def test_agents_tie_pupils_and_carers_from_either_side(read, sample):
    people = read(sample("oneroster-1.1")).people
    pupils = by_id(people.pupils)
    assert pupils["u-101"].carers == ("u-301", "u-302")
    assert pupils["u-103"].carers == ("u-303",)  # said in the relative's row alone
    assert {carer.id for carer in people.carers} == {"u-301", "u-302", "u-303"}
    assert by_id(people.carers)["u-301"].phones == ("01632 960301", "07700 900301")


def test_a_teacher_with_one_of_the_agencys_addresses_is_staff_others_belong_to_their_school(read, sample):
    people = read(sample("oneroster-1.1")).people
    assert [member.id for member in people.staff] == ["u-203"]
    schools = by_id(people.schools)
    assert [contact.id for contact in schools["org-1"].staff] == ["u-201", "u-202"]
    assert schools["org-0"].name == "Downs, Weald and Coast Trust"


def test_an_aide_is_nobodys_carer_and_is_mentioned(read, sample):
    reading = read(sample("oneroster-1.1"))
    assert "u-204" not in by_id(reading.people.carers)
    assert any("found 1 in other roles" in str(note) for note in reading.oddities)


def test_a_pupil_whose_classes_have_all_ended_has_left(read, sample):
    pupils = by_id(read(sample("oneroster-1.1")).people.pupils)
    assert pupils["u-103"].left_on == date(2026, 7, 17)
    assert pupils["u-101"].left_on is None


def test_a_contracting_schools_pupils_are_taught_for_it_only_where_that_is_said(read, sample):
    assert read(sample("oneroster-1.1")).people.pupils[0].contract is None
    contract = read(sample("oneroster-1.1"), contracted=True).people.pupils[0].contract
    assert contract is not None
    assert contract.school == "org-1"
    assert not contract.direct_contact_permitted


def test_version_1_2_reads_roles_from_their_own_file(read, sample):
    people = read(sample("oneroster-1.2")).people
    pupils = by_id(people.pupils)
    assert pupils["s-1"].preferred_name == "Ngozi"
    assert pupils["s-1"].other_names == ("Ngozi Bello-Hart",)
    assert pupils["s-1"].date_of_birth == date(2016, 2, 29)
    assert pupils["s-1"].carers == ("g-1", "t-2")
    assert pupils["s-2"].left_on == date(2025, 7, 18)  # the end of the role


def test_a_teacher_who_is_a_parent_is_both(read, sample):
    people = read(sample("oneroster-1.2")).people
    assert "t-2" in by_id(people.carers)
    assert "t-2" in {contact.id for contact in people.schools[0].staff}


def test_an_organisation_of_the_agencys_name_is_the_agency(read, sample):
    people = read(sample("oneroster-1.2")).people
    assert [member.id for member in people.staff] == ["t-1"]
    assert [school.name for school in people.schools] == ["Castlegate Primary School"]


def test_a_delta_adds_changes_and_removes(read, sample):
    before = read(sample("oneroster-1.1")).people
    after = read(sample("oneroster-1.1-delta"), before).people
    pupils = by_id(after.pupils)
    assert set(pupils) == {"u-101", "u-103", "u-104"}
    assert pupils["u-101"].family_name == "Fenn-Price"
    assert pupils["u-101"].date_of_birth == date(2010, 11, 2)
    assert pupils["u-103"].date_of_birth == date(2008, 3, 31)
    assert pupils["u-103"].carers == ("u-303",)
    assert pupils["u-104"].carers == ("u-304",)
    assert after.schools == before.schools
    assert after.staff == before.staff


def test_what_the_standard_has_no_word_for_stays_as_somebody_set_it(read, sample):
    before = read(sample("oneroster-1.1")).people
    carers = tuple(
        msgspec.structs.replace(each, may_receive=each.id != "u-302", household="h1")
        for each in before.carers
    )
    pupils = tuple(
        msgspec.structs.replace(each, photo_consent=True, other_names=("Izzy",)) for each in before.pupils
    )
    schools = tuple(msgspec.structs.replace(each, domains=("larkfield.example",)) for each in before.schools)
    again = read(sample("oneroster-1.1"), People(pupils, carers, before.staff, schools)).people
    assert not by_id(again.carers)["u-302"].may_receive
    assert by_id(again.carers)["u-302"].household == "h1"
    assert again.pupils[0].photo_consent
    assert again.pupils[0].other_names == ("Izzy",)
    assert again.schools[0].domains == ("larkfield.example",)


def test_a_full_bundle_leaves_out_whoever_it_does_not_have(read, sample):
    stranger = Pupil(id="gone", given_name="Gone")
    assert "gone" not in by_id(read(sample("oneroster-1.1"), People((stranger,))).people.pupils)
    assert "gone" in by_id(read(sample("oneroster-1.1"), People((stranger,)), merge=True).people.pupils)


def test_a_bundle_without_parents_leaves_the_carers_alone(read, sample):
    before = read(sample("oneroster-1.1")).people
    files = sample("oneroster-1.1")
    rows = files["users.csv"].decode().splitlines()
    kept = [
        row.replace('"u-301,u-302"', "").replace(",u-301,08", ",,08") for row in rows if "u-30" not in row[:5]
    ]
    files["users.csv"] = "\r\n".join(kept).encode()
    after = read(files, before).people
    assert after.carers == before.carers
    assert by_id(after.pupils)["u-101"].carers == ("u-301", "u-302")


def changed(files, name, old, new):
    text = files[name].decode()
    assert old in text
    return {**files, name: text.replace(old, new, 1).encode()}


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "manifest.csv",
            "oneroster.version,1.1",
            "oneroster.version,2.0",
            'oneroster.version: found "2.0", expected 1.1 or 1.2',
        ),
        (
            "manifest.csv",
            "file.users,bulk",
            "file.users,some",
            'file.users: found "some", expected bulk, delta or absent',
        ),
        ("manifest.csv", "file.users,bulk", "file.users,absent", "file.users: found no users"),
        (
            "manifest.csv",
            "propertyName,value",
            "key,val",
            "line 1: found key, val, expected propertyName,value",
        ),
        ("users.csv", "sourcedId", "sourcedID", "line 1: found without sourcedId (but with sourcedID)"),
        ("users.csv", "u-102,,", ",,", 'line 3, column "sourcedId": found "", expected an id'),
        (
            "users.csv",
            "u-102,,",
            "u-101,,",
            'line 3, column "sourcedId": found "u-101" again, as in users.csv line 2',
        ),
        (
            "users.csv",
            "carys.fenn@homemail.example,07700",
            "carys.fenn@homemail,07700",
            'column "email": found "carys.fenn@homemail"',
        ),
        (
            "users.csv",
            "org-1,student,tobias",
            "org-1,,tobias",
            'line 3, column "role": found "", expected a user with a role',
        ),
        (
            "users.csv",
            "org-1,student,tobias",
            "org-1,stduent,tobias",
            'line 3, column "role": found "stduent"',
        ),
        ("users.csv", "Tobias,Fenn", ",", 'line 3, column "givenName": found no name'),
        ("users.csv", '"u-301,u-302"', "u-301,u-302", "line 2: found 19 cells, expected 18"),
        (
            "demographics.csv",
            "2013-05-19",
            "19/05/2013",
            'line 3, column "birthDate": found "19/05/2013", expected a date',
        ),
        ("demographics.csv", "2013-05-19", "2033-05-19", 'line 3, column "birthDate": found "2033-05-19"'),
    ],
)
def test_a_defect_is_named_by_file_line_and_column(defects, sample, name, old, new, expected):
    lines = defects(changed(sample("oneroster-1.1"), name, old, new))
    assert any(line.startswith(f"{name}: ") and expected in line for line in lines), lines


def test_a_bundle_without_a_file_that_its_manifest_promises_is_not_complete(defects, sample):
    files = sample("oneroster-1.1")
    del files["demographics.csv"]
    (line,) = defects(files)
    assert "found a file that is not there, expected demographics.csv in the bundle" in line


def test_version_1_2_without_roles_says_nothing_of_anybody(defects, sample):
    files = sample("oneroster-1.2")
    del files["roles.csv"]
    assert any("file.roles" in line for line in defects(files))


def test_users_without_a_manifest_are_refused(defects, sample):
    files = sample("oneroster-1.1")
    del files["manifest.csv"]
    (line,) = defects(files)
    assert "expected the manifest of a OneRoster bundle" in line
