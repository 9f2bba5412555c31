"""Spreadsheets as agencies keep them, and every way in which a row can be wrong."""

import io
from datetime import date

import openpyxl
import pytest

from gateway.register.imports.spreadsheet import check_mapping
from gateway.register.model import Carer, Contract, People, Pupil

HEADER = "Ref,First name,Surname,DOB,Email,Carers,Photo consent,Left on,Contract school,Direct contact\n"


def pupils(*rows, header=HEADER):
    return {"pupils.csv": (header + "".join(f"{row}\n" for row in rows)).encode()}


def test_a_messy_folder_is_read(read, sample):
    people = read(sample("messy")).people
    assert [pupil.id for pupil in people.pupils] == ["P-01", "P-02", "P-03", "P-04"]
    aoife, fionn, jan, naledi = people.pupils
    assert (aoife.given_name, aoife.family_name, aoife.date_of_birth) == (
        "Aoife",
        "Ó Murchú",
        date(2012, 4, 3),
    )
    assert aoife.photo_consent
    assert jan.emails == ("jw@skypost.example", "wim@vandermeer.example")
    assert jan.preferred_name == 'JW "Wim"'
    assert jan.contract == Contract(school="100001")
    assert naledi.contract == Contract(school="100001", direct_contact_permitted=True)
    assert fionn.carers == ("grainne@omurchu.example",)


def test_one_parent_in_two_rows_is_one_carer(read, sample):
    carers = {carer.id: carer for carer in read(sample("messy")).people.carers}
    assert len(carers) == 4
    assert carers["grainne@omurchu.example"].phones == ("07700 900511", "07700 900512")
    assert carers["hanneke@vandermeer.example"].given_name == "Hanneke"  # the title is no name
    assert carers["bex@mbeki-jones.example"].phones == ("+447700900513",)


def test_staff_schools_and_school_staff_have_tables_of_their_own(read, sample):
    people = read(sample("messy")).people
    assert people.staff[0].family_of == ("P-02",)
    assert people.staff[1].left_on == date(2026, 7, 31)
    assert people.schools[0].domains == ("hill.example",)
    assert people.schools[0].staff[0].family_name == "Osei"


def test_a_column_that_nobody_reads_is_mentioned(read, sample):
    notes = [str(note) for note in read(sample("messy")).oddities]
    assert notes == [
        (
            'Pupils 2026.csv: column 16: found "Hair colour". '
            "This column is not read; if it matters, name it in a mapping file."
        )
    ]


def test_the_sheets_of_a_workbook_are_read_alike(read):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Pupils"
    sheet.append(["Pupil ID", "Forename", "Surname", "Date of birth", "Parent email", "Parent name"])
    sheet.append([7, "Ada", "Roe", date(2012, 4, 3), "eve@roe.example", "Eve Roe"])
    tutors = book.create_sheet("Tutors")
    tutors.append(["ID", "Full name", "E-mail"])
    tutors.append(["t1", "Tom Reed", "tom@brightpath-tutors.example"])
    stream = io.BytesIO()
    book.save(stream)
    people = read({"people.xlsx": stream.getvalue()}).people
    assert people.pupils[0] == Pupil(
        id="7",
        given_name="Ada",
        family_name="Roe",
        date_of_birth=date(2012, 4, 3),
        carers=("eve@roe.example",),
    )
    assert people.carers[0].family_name == "Roe"
    assert people.staff[0].given_name == "Tom"


@pytest.mark.parametrize(
    ("row", "place", "found", "expected"),
    [
        ("p1,,,2012-04-03,,,,,,", 'line 2, column "First name"', "no name", "a given_name"),
        (",Ada,Roe,2012-04-03,,,,,,", 'line 2, column "Ref"', "nothing", "an id"),
        (
            "p0,Ada,Roe,2012-04-03,,,,,,",
            'line 3, column "Ref"',
            '"p0" again, as in pupils.csv line 2',
            "a unique id",
        ),
        ("p1,Ada,Roe,31/02/2012,,,,,,", 'line 2, column "DOB"', '"31/02/2012"', "a date such as"),
        ("p1,Ada,Roe,04/13/2012,,,,,,", 'line 2, column "DOB"', '"04/13/2012"', "the day comes first"),
        ("p1,Ada,Roe,3/4/12,,,,,,", 'line 2, column "DOB"', '"3/4/12"', "the year has four figures"),
        ("p1,Ada,Roe,2031-01-01,,,,,,", 'line 2, column "DOB"', '"2031-01-01"', "between 1900 and today"),
        ("p1,Ada,Roe,1812-01-01,,,,,,", 'line 2, column "DOB"', '"1812-01-01"', "between 1900 and today"),
        ("p1,Ada,Roe,,ada@roe,,,,,", 'line 2, column "Email"', '"ada@roe"', "an email address"),
        (
            "p1,Ada,Roe,,ada.roe.example,,,,,",
            'line 2, column "Email"',
            '"ada.roe.example"',
            "an email address",
        ),
        (
            "p1,Ada,Roe,,ada@@roe.example,,,,,",
            'line 2, column "Email"',
            '"ada@@roe.example"',
            "an email address",
        ),
        ("p1,Ada,Roe,,,,perhaps,,,", 'line 2, column "Photo consent"', '"perhaps"', "yes or no"),
        ("p1,Ada,Roe,,,,,never,,", 'line 2, column "Left on"', '"never"', "a date such as"),
        ("p1,=HYPERLINK(1),Roe,,,,,,,", 'line 2, column "First name"', '"=HYPERLINK(1)"', "plain text"),
        ("p1,A\x07da,Roe,,,,,,,", 'line 2, column "First name"', '"A\\x07da"', "plain text"),
        ("p1,Ada,Roe, of Hill,2012-04-03,,,,,,", "line 2", "11 cells", "10, as the first line has"),
    ],
)
def test_each_kind_of_defect_has_its_place_its_value_and_its_remedy(defects, row, place, found, expected):
    rows = (row,) if not row.startswith("p0") else ("p0,Ben,Roe,2010-01-01,,,,,,", row)
    (line,) = defects(pupils(*rows))
    assert line.startswith(f"pupils.csv: {place}: found {found}"), line
    assert expected in line


def test_all_defects_of_all_rows_are_named_at_once(defects):
    lines = defects(pupils("p1,Ada,Roe,soon,nowhere,,perhaps,,,", "p2,Ben,Roe,soon,,,,,,"))
    assert [line.partition(": found")[0] for line in lines] == [
        'pupils.csv: line 2, column "DOB"',
        'pupils.csv: line 2, column "Email"',
        'pupils.csv: line 2, column "Photo consent"',
        'pupils.csv: line 3, column "DOB"',
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("p1,Ada,Roe,2012-04-03,,c9,,,,", 'column "Carers": found "c9", expected the id of a carer'),
        (
            "p1,Ada,Roe,2012-04-03,,,,,Hill,",
            'column "Contract school": found "Hill", expected the id of a school',
        ),
        ("p1,Ada,Roe,2012-04-03,,,,2011-01-01,,", 'column "Left on": found "2011-01-01"'),
        ("p1,ZoÃ«,Roe,2012-04-03,,,,,,", 'column "First name": found "ZoÃ«", expected readable letters'),
    ],
)
def test_an_odd_row_is_read_and_mentioned(read, row, words):
    reading = read(pupils(row))
    assert len(reading.people.pupils) == 1
    assert any(words in str(note) for note in reading.oddities)


def test_two_columns_for_one_thing_are_refused_but_several_addresses_are_not(defects, read):
    header = "ref,first name,surname,forename\n"
    (line,) = defects(pupils("p1,Ada,Roe,Eve", header=header))
    assert 'line 1: found "forename" and "first name" for the same thing' in line
    header = "ref,name,email,email 2,home e-mail\n"
    people = read(pupils("p1,Ada Roe,a@x.example,b@x.example,a@x.example", header=header)).people
    assert people.pupils[0].emails == ("a@x.example", "b@x.example")


def test_a_table_without_names_and_one_of_unknown_people_are_refused(defects):
    (line,) = defects(pupils("2012-04-03", header="dob\n"))
    assert "expected a column with names" in line
    (line,) = defects({"list.csv": b"a,b\n1,2\n"})
    assert "found a table of unknown people" in line


def test_a_file_that_speaks_of_pupils_alone_leaves_everybody_else_and_every_other_field(read):
    old = People(
        (Pupil(id="p1", given_name="Ada", household="h1", photo_consent=True),),
        (Carer(id="c1", given_name="Eve"),),
    )
    people = read({"pupils.csv": b"id,first name,surname\np1,Ada,Marlow\n"}, old).people
    assert people.carers == old.carers
    assert people.pupils[0] == Pupil(
        id="p1", given_name="Ada", family_name="Marlow", household="h1", photo_consent=True
    )


def test_an_empty_cell_says_that_there_is_nothing(read):
    old = People((Pupil(id="p1", given_name="Ada", left_on=date(2026, 1, 1), emails=("a@x.example",)),))
    people = read({"pupils.csv": b"id,first name,leaving date,email\np1,Ada,,\n"}, old).people
    assert people.pupils[0] == Pupil(id="p1", given_name="Ada")


def test_a_table_may_say_one_thing_of_people_who_are_known(read, defects):
    old = People((), (Carer(id="c1", given_name="Eve", household="h1"), Carer(id="c2", given_name="Rex")))
    file = {"parents.csv": b"id,do not contact\nc1,yes\n"}
    assert read(file, old, merge=True).people.carers == (
        Carer(id="c1", given_name="Eve", household="h1", may_receive=False),
        old.carers[1],
    )
    (line,) = defects({"parents.csv": b"id,do not contact\nc9,yes\n"}, old, merge=True)
    assert "line 2: found no name" in line


def test_carers_may_name_their_children(read):
    files = {
        "pupils.csv": b"id,first name\np1,Ada\np2,Ben\n",
        "parents.csv": b"id,name,children,do not contact\nc1,Eve Roe,p1; p2,\nc2,Rex Roe,p2,yes\nc3,Una,p9,\n",
    }
    reading = read(files)
    assert [pupil.carers for pupil in reading.people.pupils] == [("c1",), ("c1", "c2")]
    assert [carer.may_receive for carer in reading.people.carers] == [True, False, True]
    assert 'column "children": found "p9"' in str(reading.oddities[0])


def test_a_table_without_ids_is_known_by_address_or_by_name_and_birthday(read):
    people = read(
        {"pupils.csv": b"name,dob,email\nAda Roe,2012-04-03,Ada@Roe.example\nBen Roe,2010-01-02,\n"}
    ).people
    assert [pupil.id for pupil in people.pupils] == ["ada@roe.example", "ben roe 2010-01-02"]


def test_a_mapping_names_columns_that_are_called_otherwise(read):
    mapping = check_mapping({"pupils": {"id": "Nr", "given_name": "Vorname", "emails": ["Mail A", "Mail B"]}})
    files = {"pupils.csv": b"Nr,Vorname,mail a,MAIL B\n1,Ada,a@x.example,b@x.example\n"}
    (pupil,) = read(files, mapping=mapping).people.pupils
    assert pupil == Pupil(id="1", given_name="Ada", emails=("a@x.example", "b@x.example"))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"people": {}}, "expected one of pupils, carers"),
        ({"pupils": {"forename": "x"}}, r"\[pupils\] forename: expected one of id"),
        ({"pupils": {"id": 3}}, "expected a column's name"),
    ],
)
def test_a_wrong_mapping_is_explained(mapping, words):
    with pytest.raises(ValueError, match=words):
        check_mapping(mapping)


def test_a_contact_of_a_school_that_nobody_knows_is_refused(defects):
    files = {"school-staff.csv": b"school,name,email\nNowhere School,Ama Osei,a@x.example\n"}
    (line,) = defects(files)
    assert 'line 2, column "school": found "Nowhere School", expected a school of this register' in line
