"""The register as bytes for the store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.codec import decode_people, encode_people
from gateway.register.model import Carer, Contract, People, Pupil, School, SchoolContact, Staff

NAMES = st.text(max_size=8)
PUPILS = st.builds(
    Pupil,
    id=NAMES,
    given_name=NAMES,
    emails=st.tuples(NAMES),
    date_of_birth=st.none() | st.dates(),
    contract=st.none() | st.builds(Contract, school=NAMES),
)
PEOPLE = st.builds(
    People,
    pupils=st.lists(PUPILS, max_size=3).map(tuple),
    carers=st.lists(st.builds(Carer, id=NAMES), max_size=3).map(tuple),
    staff=st.lists(st.builds(Staff, id=NAMES, left_on=st.none() | st.dates()), max_size=3).map(tuple),
    schools=st.lists(
        st.builds(School, id=NAMES, name=NAMES, staff=st.tuples(st.builds(SchoolContact, given_name=NAMES))),
        max_size=2,
    ).map(tuple),
)


@given(PEOPLE)
def test_what_is_decoded_is_what_was_encoded(people):
    assert decode_people(encode_people(people)) == people


def test_many_records_keep_their_order():
    people = People(tuple(Pupil(id=str(number), given_name="A\nB") for number in range(2345)))
    assert decode_people(encode_people(people)) == people


@pytest.mark.parametrize("data", [b"x", b"pupils [", b"{}", b"people []"])
def test_other_bytes_are_refused(data):
    with pytest.raises(ValueError, match="register"):
        decode_people(data)


def test_what_people_have_in_common_is_kept_once():
    mother = Carer(id="c1", family_name="Varga", household="h1")
    father = Carer(id="c2", family_name="Varga", household="h1")
    child = Pupil(id="p1", family_name="Varga", household="h1", carers=("c1", "c2"))
    people = decode_people(encode_people(People(pupils=(child,), carers=(mother, father))))
    (pupil,), carers = people.pupils, people.carers
    assert all(each.family_name is pupil.family_name for each in carers)
    assert all(each.household is pupil.household for each in carers)
    assert all(key is each.id for key, each in zip(pupil.carers, carers, strict=True))
