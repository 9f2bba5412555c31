"""What rules ask the register, and its answers."""

from datetime import date

import pytest

from gateway.register.model import Carer, People, Pupil, School, SchoolContact, Staff
from gateway.register.register import Agency, Register

TODAY = date(2026, 11, 20)
CHILD = Pupil(
    id="p1",
    given_name="Ilse",
    family_name="Varga",
    emails=("Ilse.Varga@gmail.com", "home@varga.example"),
    date_of_birth=date(2012, 4, 3),
    household="h1",
    carers=("c1", "c2"),
)
GROWN = Pupil(
    id="p2", given_name="Otto", emails=("otto@varga.example",), date_of_birth=date(2000, 1, 1), carers=("c1",)
)
MOTHER = Carer(id="c1", given_name="Edit", emails=("home@varga.example",), household="h1")
FATHER = Carer(id="c2", given_name="Pal", emails=("pal@bücher.example",), household="h2", may_receive=False)
TUTOR = Staff(id="t1", given_name="Tom", emails=("tom@agency.example",))
CONTACT = SchoolContact(given_name="Ama", emails=("ama@elsewhere.example",))
SCHOOL = School(id="s1", name="Hill School", domains=("Hill.example",), staff=(CONTACT,))
PEOPLE = People((CHILD, GROWN), (MOTHER, FATHER), (TUTOR,), (SCHOOL,))


@pytest.fixture(scope="module")
def register():
    return Register(PEOPLE, Agency(name="Agency", domains=("Agency.example", "bücher-nachhilfe.example")))


@pytest.mark.parametrize(
    "spelling",
    [
        "Ilse.Varga@gmail.com",
        "ilse.varga@GMAIL.COM",
        "ilsevarga@googlemail.com",
        "i.l.s.e.varga+lessons@gmail.com",
    ],
)
def test_an_address_is_found_however_its_mail_system_lets_it_be_written(register, spelling):
    assert [match.person.id for match in register.whose(spelling)] == ["p1"]


def test_each_match_says_why(register):
    whys = [register.whose(each)[0].why for each in ("home@varga.example", "HOME@varga.example")]
    assert whys == ["the same address", "the same address but for upper and lower case"]
    assert "tag" in register.whose("home+x@varga.example")[0].why


def test_a_family_mailbox_has_all_its_owners(register):
    assert {match.person.id for match in register.whose("home@varga.example")} == {"p1", "c1"}


def test_a_person_with_two_spellings_of_one_mailbox_is_found_once():
    twice = Pupil(id="p", given_name="A", emails=("a@x.example", "A@x.example"))
    assert len(Register(People((twice,)), Agency()).whose("a@x.example")) == 1


def test_an_address_in_unicode_equals_its_a_label_form(register):
    assert register.carers_at("pal@xn--bcher-kva.example") == (FATHER,)


def test_the_agencys_domain_is_inside_in_either_form(register):
    assert register.is_inside("tom@agency.example")
    assert register.is_inside("tom@AGENCY.example.")
    assert register.is_inside("a@xn--bcher-nachhilfe-zvb.example")
    assert not register.is_inside("tom@notagency.example")
    assert not register.is_inside("agency.example")
    assert not register.is_inside("")


def test_only_who_is_a_pupil_that_day_is_given_as_one(register):
    assert register.pupils_at("ilse.varga@gmail.com", TODAY) == (CHILD,)
    assert register.pupils_at("otto@varga.example", TODAY) == ()
    assert register.pupils_at("otto@varga.example", date(2012, 1, 1)) == (GROWN,)


def test_a_mailbox_that_three_share_has_them_all_in_their_order():
    carers = tuple(Carer(id=f"c{each}", emails=("Home@x.example", "home+b@x.example")) for each in range(3))
    register = Register(People(carers=carers), Agency())
    assert [match.person.id for match in register.whose("home@x.example")] == ["c0", "c1", "c2"]
    assert list(register.addresses()) == ["Home@x.example"]


def test_carers_and_wards_lead_to_one_another(register):
    assert register.carers_of(CHILD) == (MOTHER, FATHER)
    assert register.wards_of(MOTHER) == (CHILD, GROWN)


def test_a_household_has_pupils_and_carers(register):
    assert register.household("h1") == (CHILD, MOTHER)
    assert register.household("nowhere") == ()


@pytest.mark.parametrize("address", ["office@hill.example", "x@pupils.HILL.example", "ama@elsewhere.example"])
def test_a_school_is_known_by_domain_subdomain_and_contact(register, address):
    school = register.school_at(address)
    assert school is not None
    assert school.id == "s1"


def test_an_address_that_only_ends_like_a_schools_domain_is_none(register):
    assert register.school_at("x@uphill.example") is None
    assert register.school_at("x@example") is None


def test_a_contact_knows_its_school(register):
    (match,) = register.whose("ama@elsewhere.example")
    assert match.person.school == "s1"
    assert register.people.schools[0].staff[0].school == "s1"


def test_the_version_names_the_content(register):
    assert Register(PEOPLE, Agency()).version == register.version
    assert Register(register.people, Agency()).version == register.version
    assert Register(People((CHILD,)), Agency()).version != register.version


@pytest.mark.parametrize("nonsense", ["", "@", "a@", "@b", "a b", "\x00", "é" * 10_000])
def test_no_address_is_too_odd_to_ask_for(register, nonsense):
    assert register.whose(nonsense) == ()
    assert register.school_at(nonsense) is None


def test_addresses_to_compare_with_are_ready_before_anybody_asks():
    home = Carer(id="c", given_name="Ada", family_name="Lind", emails=("ada.lind@home.example",))
    made = Register(People(carers=(home,)), Agency(domains=("brightpath.example",)))
    assert "lookalikes" in vars(made)
    assert made.lookalikes.address_meant("ada.lnid@home.example") == "ada.lind@home.example"
    assert made.lookalikes.domain_meant("brightpaht.example") == "brightpath.example"
