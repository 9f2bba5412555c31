"""Who goes with whom, and when somebody is long gone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.mail.envelope import Envelope, Recipient
from gateway.register.leaving import concerns, without, without_leavers
from gateway.register.model import Carer, People, Pupil, Staff

TODAY = date(2026, 11, 20)
ADA = Pupil(id="p1", given_name="Ada", family_name="Roe", emails=("ada@roe.example",), carers=("c1", "c2"))
BEN = Pupil(id="p2", given_name="Ben", family_name="Roe", carers=("c1",))
EVE = Carer(id="c1", given_name="Eve", emails=("eve@roe.example",))
REX = Carer(id="c2", given_name="Rex", emails=("rex@elsewhere.example",))
TOM = Staff(id="t1", given_name="Tom", family_of=("p1", "p2"), family_friend_of=("p1",))
PEOPLE = People((ADA, BEN), (EVE, REX), (TOM,))


def test_a_pupil_goes_with_the_carers_who_have_no_other_and_with_every_reference():
    parting = without(PEOPLE, {"p1"})
    assert parting.pupils == (ADA,)
    assert parting.carers == (REX,)
    assert parting.people.carers == (EVE,)
    assert parting.people.staff[0].family_of == ("p2",)
    assert parting.people.staff[0].family_friend_of == ()


def message(subject="Lesson", to="somebody@else.example", body="See you on Monday."):
    raw = f"From: tom@agency.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    return Envelope(mail_from="tom@agency.example", recipients=(Recipient(to),), received_at=now), raw


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (message(to="ada@roe.example"), True),
        (message(to="ADA+x@roe.example"), True),
        (message(to="rex@elsewhere.example"), True),
        (message(to="eve@roe.example"), False),  # she has another child here
        (message(subject="Ada Roe"), True),
        (message(subject="=?utf-8?q?Lesson_for_Ada_Roe?="), True),
        (message(body="Roe, Ada was late"), True),
        (message(body="forwarded from Ada@Roe.example"), True),
        (message(subject="Ada"), False),  # there are others of that first name
        (message(body="Ben Roe was late"), False),
        (message(), False),
    ],
)
def test_mail_is_about_somebody_by_address_or_full_name(mail, expected):
    assert concerns(without(PEOPLE, {"p1"}))(*mail) is expected


def test_mail_that_cannot_be_read_is_judged_by_its_bytes():
    envelope, _ = message()
    is_about = concerns(without(PEOPLE, {"p1"}))
    assert is_about(envelope, b"\xff\x00 ada@roe.example")
    assert not is_about(envelope, b"\xff\x00")


def born(year):
    return date(year, 6, 15)


@pytest.mark.parametrize(
    ("pupil", "until"),
    [
        (
            Pupil(id="p", given_name="A", date_of_birth=born(2005)),
            date(2024, 6, 14),
        ),  # the day before turning 19
        (Pupil(id="p", given_name="A", date_of_birth=born(2005), in_education=False), date(2023, 6, 14)),
        (
            Pupil(id="p", given_name="A", date_of_birth=born(2005), left_on=date(2023, 7, 20)),
            date(2023, 7, 20),
        ),
        (
            Pupil(id="p", given_name="A", date_of_birth=born(2005), left_on=date(2020, 7, 20)),
            date(2023, 6, 14),
        ),
        (
            Pupil(id="p", given_name="A", date_of_birth=born(2005), left_on=date(2025, 7, 20)),
            date(2024, 6, 14),
        ),
        (
            Pupil(id="p", given_name="A", date_of_birth=date(2008, 2, 29), in_education=False),
            date(2026, 2, 28),
        ),
        (Pupil(id="p", given_name="A", left_on=date(2024, 1, 1)), date(2024, 1, 1)),
        (Pupil(id="p", given_name="A", in_education=False), None),
        (Pupil(id="p", given_name="A"), None),
    ],
)
def test_the_last_day_as_a_pupil_agrees_with_the_rule(pupil, until):
    assert pupil.pupil_until == until
    if until is not None:
        assert pupil.is_pupil(until)
        assert not pupil.is_pupil(until + timedelta(days=1))


def test_leavers_stay_for_as_long_as_is_configured():
    gone = Pupil(id="g", given_name="G", date_of_birth=born(2005), in_education=False, carers=("c9",))
    left = Staff(id="l", given_name="L", left_on=date(2024, 1, 1))
    people = People((ADA, gone), (EVE, REX, Carer(id="c9", given_name="C")), (TOM, left))
    assert without_leavers(people, TODAY, timedelta(days=5000)).people == people
    parting = without_leavers(people, TODAY, timedelta(days=365))
    assert [pupil.id for pupil in parting.people.pupils] == ["p1"]
    assert [carer.id for carer in parting.people.carers] == ["c1", "c2"]
    assert [member.id for member in parting.people.staff] == ["t1"]


def test_somebody_under_eighteen_who_left_is_kept():
    child = Pupil(id="p", given_name="A", date_of_birth=date(2011, 1, 1), left_on=date(2015, 1, 1))
    assert without_leavers(People((child,)), TODAY, timedelta(days=1)).people.pupils == (child,)
