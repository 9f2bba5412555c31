"""Native JSON: what is read, what is refused and in which words, and what is written back."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.native import read_native, write_native
from gateway.register.problems import RegisterProblem

TODAY = date(2026, 11, 20)
FULL = {
    "pupils": [
        {
            "id": "p1",
            "given_name": "Zoë",
            "family_name": "Harrow",
            "preferred_name": "Zo",
            "other_names": ["Зоя"],
            "emails": ["zoe@harrow.example"],
            "date_of_birth": "2012-04-03",
            "in_education": True,
            "household": "h1",
            "carers": ["c1"],
            "contract": {"school": "s1", "direct_contact_permitted": False},
            "photo_consent": False,
        }
    ],
    "carers": [
        {
            "id": "c1",
            "given_name": "Ana",
            "family_name": "Harrow",
            "emails": ["ana@harrow.example"],
            "phones": ["+447700900123"],
            "household": "h1",
            "may_receive": True,
        }
    ],
    "staff": [
        {
            "id": "t1",
            "given_name": "Tom",
            "family_name": "Reed",
            "emails": ["tom@tutors.example"],
            "role": "tutor",
            "left_on": None,
            "family_of": ["p1"],
            "family_friend_of": [],
        }
    ],
    "schools": [
        {
            "id": "s1",
            "name": "Hill School",
            "domains": ["hill.example"],
            "staff": [
                {
                    "given_name": "Ama",
                    "family_name": "Osei",
                    "emails": ["a.osei@hill.example"],
                    "role": "SENCo",
                }
            ],
        }
    ],
}


def encoded(document):
    return json.dumps(document, ensure_ascii=False).encode()


def refusal(document):
    """The lines of the refusal of a document (bytes are taken as they are)."""
    data = document if isinstance(document, bytes) else encoded(document)
    with pytest.raises(RegisterProblem) as caught:
        read_native(data, "register.json", TODAY)
    return str(caught.value).splitlines()


def one_pupil(**values):
    return {"pupils": [{"id": "p1", "given_name": "Ada", **values}]}


def test_every_key_of_the_format_is_read():
    people = read_native(encoded(FULL), "register.json", TODAY).people
    pupil = people.pupils[0]
    assert pupil.date_of_birth == date(2012, 4, 3)
    assert pupil.contract is not None
    assert pupil.contract.school == "s1"
    assert people.schools[0].staff[0].role == "SENCo"


def test_what_is_written_is_what_was_read():
    assert json.loads(write_native(read_native(encoded(FULL), "register.json").people)) == FULL


def test_dates_that_were_given_are_written():
    document = one_pupil(left_on="2026-07-20", photo_consent=True, photo_consent_on="2026-01-02")
    people = read_native(encoded(document), "register.json").people
    assert read_native(write_native(people), "again").people == people
    assert json.loads(write_native(people))["pupils"][0]["left_on"] == "2026-07-20"


def test_only_an_id_and_a_name_are_required():
    assert read_native(encoded(one_pupil()), "register.json").people.pupils[0].in_education


def test_a_byte_order_mark_is_no_obstacle():
    assert read_native(b"\xef\xbb\xbf" + encoded(FULL), "register.json").people.pupils[0].id == "p1"


@pytest.mark.parametrize(
    ("document", "place", "expected"),
    [
        (
            one_pupil(given_nam="x"),
            'pupils[0] (id "p1").given_nam: found an unknown key',
            "given_name, perhaps?",
        ),
        (one_pupil(kind="pupil"), 'pupils[0] (id "p1").kind: found an unknown key', "expected one of id"),
        (
            one_pupil(emails="a@b.example"),
            'pupils[0] (id "p1").emails: found "a@b.example"',
            "expected a list",
        ),
        (
            one_pupil(emails=["ada@"]),
            'pupils[0] (id "p1").emails[0]: found "ada@"',
            "expected an email address",
        ),
        (one_pupil(emails=["a@b,example"]), '.emails[0]: found "a@b,example"', "expected an email address"),
        (
            one_pupil(emails=["a b@c.example"]),
            '.emails[0]: found "a b@c.example"',
            "expected an email address",
        ),
        (one_pupil(emails=["a@localhost"]), '.emails[0]: found "a@localhost"', "expected an email address"),
        (one_pupil(emails=["a@b.example\r\nX: y"]), '.emails[0]: found "a@b.example\\r\\nX: y"', "address"),
        (
            one_pupil(date_of_birth="2012-02-30"),
            '.date_of_birth: found "2012-02-30"',
            "that the calendar has",
        ),
        (one_pupil(date_of_birth="03/04/2012"), '.date_of_birth: found "03/04/2012"', "expected a date"),
        (one_pupil(date_of_birth=2012), ".date_of_birth: found the number 2012", "expected a date"),
        (one_pupil(date_of_birth="2112-04-03"), '.date_of_birth: found "2112-04-03"', "1900 and today"),
        (one_pupil(date_of_birth="1012-04-03"), '.date_of_birth: found "1012-04-03"', "1900 and today"),
        (one_pupil(in_education="yes"), '.in_education: found "yes"', "true or false"),
        (one_pupil(household=None), ".household: found null", "Leave the key out"),
        (one_pupil(contract={}), ".contract.school: found nothing", "it is required"),
        (one_pupil(contract="s1"), '.contract: found "s1"', "expected an object"),
        ({"pupils": [{"id": 7, "given_name": "Ada"}]}, ".id: found the number 7", 'quotes: "7"'),
        ({"pupils": [{"given_name": "Ada"}]}, "pupils[0].id: found nothing", "it is required"),
        ({"pupils": [{"id": "p1"}]}, ".name: found no name", "a given_name, a family_name or both"),
        ({"pupils": [{"id": " ", "given_name": "A"}]}, '.id: found " "', "an id"),
        (
            one_pupil(family_name="Roe\nBcc: x"),
            '.family_name: found "Roe\\nBcc: x"',
            "without control characters",
        ),
        ({"pupils": ["Ada"]}, 'pupils[0]: found "Ada"', "expected an object"),
        ({"pupils": {}}, "pupils: found an object", "expected a list"),
        ({"children": []}, "children: found an unknown key", "pupils, carers, staff, schools"),
        (
            {"schools": [{"id": "s1", "name": "S", "domains": ["@hill"]}]},
            'schools[0] (id "s1").domains[0]: found "@hill"',
            "a mail domain",
        ),
        (
            {"schools": [{"id": "s1", "name": "S", "staff": [{"given_name": "A", "school": "s2"}]}]},
            'schools[0] (id "s1").staff[0].school: found an unknown key',
            "expected one of",
        ),
        (
            {"schools": [{"id": "s1", "name": "S", "staff": [{"role": "SENCo"}]}]},
            'schools[0] (id "s1").staff[0]: found neither',
            "a name or an email address",
        ),
    ],
)
def test_a_bad_row_is_named_with_what_it_should_be(document, place, expected):
    (line,) = refusal(document)
    assert line.startswith("register.json: ")
    assert place in line
    assert expected in line


@pytest.mark.parametrize(
    ("document", "place", "expected"),
    [
        (
            one_pupil(date_of_birth="2012-04-03", left_on="2011-01-01"),
            '.left_on: found "2011-01-01"',
            "after",
        ),
        (one_pupil(carers=["c9"]), '(id "p1").carers[0]: found "c9"', "the id of a carer in this register"),
        (one_pupil(contract={"school": "s9"}), '.contract.school: found "s9"', "the id of a school"),
        (
            {"staff": [{"id": "t1", "given_name": "T", "family_of": ["p9"]}]},
            'staff[0] (id "t1").family_of[0]: found "p9"',
            "expected the id of a pupil",
        ),
    ],
)
def test_an_odd_row_is_named_and_read_all_the_same(document, place, expected):
    reading = read_native(encoded(document), "register.json", TODAY)
    assert len(reading.people.pupils) + len(reading.people.staff) == 1
    (oddity,) = map(str, reading.oddities)
    assert oddity.startswith("register.json: ")
    assert place in oddity
    assert expected in oddity


def test_the_same_id_twice_names_both_places():
    (line,) = refusal({"carers": [{"id": "c1", "given_name": "A"}, {"id": "c1", "given_name": "B"}]})
    assert 'carers[1] (id "c1").id: found "c1" again, as in carers[0]' in line


def test_a_pupil_and_a_carer_may_have_the_same_id():
    document = {"pupils": [{"id": "1", "given_name": "A"}], "carers": [{"id": "1", "given_name": "B"}]}
    assert read_native(encoded(document), "register.json").people.carers[0].id == "1"


def test_all_bad_rows_are_named_and_not_only_the_first():
    rows = [{"id": f"p{number}", "given_name": "A", "emails": ["nowhere"]} for number in range(50)]
    assert len(refusal({"pupils": rows})) == 50
    rows[3] = {"id": 3, "given_name": 4, "emails": [5], "date_of_birth": 6}
    assert len(refusal({"pupils": rows})) == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "found an empty file"),
        (b" \n\t", "found an empty file"),
        (encoded(FULL)[:200], "found the end of the file in the middle of the data"),
        (encoded(FULL)[:-1], "found the end of the file in the middle of the data"),
        (encoded(FULL) + b"}", "found no JSON (Extra data)"),
        (b"{'pupils': []}", "line 1, column 2: found no JSON"),
        (b"[]", "found a list of 0, expected an object with the keys pupils"),
        (b"null", "found null"),
        ("{}".encode("utf-16"), "found a file in UTF-16"),
        (b'{\n"caf\xe9": 1}', "line 2: found the byte 0xe9, which is no UTF-8"),
        (b'{"pupils": [], "pupils": []}', 'the key "pupils" twice'),
        (b'{"pupils": NaN}', "NaN is no JSON"),
        (b'{"pupils": ' + b"9" * 5000 + b"}", "found a number that is none"),
        (b"[" * 200_000, "without end"),
        (b"PK\x03\x04" + bytes(20), "another kind of file"),
        (b"id;given_name\r\np1;Ada\r\n", "found no JSON"),
    ],
)
def test_what_is_no_native_json_is_refused_in_one_line(data, words):
    (line,) = refusal(data)
    assert words in line
    assert "UTF-8" in line or "expected" in line


def test_the_text_of_very_many_defects_ends_somewhere():
    rows = [{"id": f"p{number}", "given_name": "A", "emails": ["nowhere"]} for number in range(1500)]
    lines = refusal({"pupils": rows})
    assert len(lines) == 1001
    assert lines[-1] == "and 500 more"


def test_the_public_text_of_a_refusal_has_no_value_in_it():
    with pytest.raises(RegisterProblem) as caught:
        read_native(encoded(one_pupil(emails=["ada-at-home"])), "register.json")
    assert str(caught.value.public) == "the register was not read: 1 defects"
    assert "ada-at-home" not in caught.value.problems[0].without_value()


def test_control_characters_in_a_value_cannot_reach_the_terminal():
    (line,) = refusal(one_pupil(emails=["\x1b[2J\u202e@x"]))
    assert "\x1b" not in line
    assert "\u202e" not in line


@given(
    st.binary(max_size=400)
    | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(encoded)
)
def test_whatever_the_bytes_they_are_read_or_refused(data):
    try:
        read_native(data, "register.json", TODAY)
    except RegisterProblem:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)
)
KEYS = st.sampled_from(["id", "given_name", "emails", "date_of_birth", "contract", "staff", "name", "x"])


@given(
    st.dictionaries(
        st.sampled_from(list(FULL)), st.lists(st.dictionaries(KEYS, JSON, max_size=4), max_size=4)
    )
)
def test_whatever_the_rows_hold_they_are_read_or_refused(document):
    try:
        people = read_native(encoded(document), "register.json", TODAY).people
    except RegisterProblem:
        return
    assert read_native(write_native(people), "again", TODAY).people == people
