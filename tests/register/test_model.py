"""Who counts as a pupil, and until when."""

from datetime import date

import msgspec
import pytest

from gateway.register.model import Contract, Pupil, Staff, age_on


def pupil(**values):
    return Pupil(id="p1", given_name="Ada", **values)


@pytest.mark.parametrize(
    ("born", "in_education", "on", "expected"),
    [
        ("2010-06-15", True, "2026-06-15", True),  # 16
        ("2010-06-15", False, "2028-06-14", True),  # left school, the day before the 18th birthday
        ("2010-06-15", False, "2028-06-15", False),  # left school, the 18th birthday
        ("2010-06-15", True, "2028-06-15", True),  # in the sixth form, the 18th birthday
        ("2010-06-15", True, "2029-06-14", True),  # in the sixth form, the last day of being 18
        ("2010-06-15", True, "2029-06-15", False),  # the 19th birthday
        ("2008-02-29", False, "2026-02-28", True),  # born on a leap day: not 18 in February
        ("2008-02-29", False, "2026-03-01", False),
    ],
)
def test_a_date_of_birth_decides_together_with_education(born, in_education, on, expected):
    born_on, day = date.fromisoformat(born), date.fromisoformat(on)
    assert pupil(date_of_birth=born_on, in_education=in_education).is_pupil(day) is expected


def test_somebody_of_unknown_age_is_a_pupil_while_in_education():
    assert pupil().is_pupil(date(2026, 1, 1))
    assert not pupil(in_education=False).is_pupil(date(2026, 1, 1))


def test_the_leaving_day_still_counts_as_enrolled():
    eighteen = pupil(date_of_birth=date(2008, 1, 1), left_on=date(2026, 7, 20))
    assert eighteen.is_pupil(date(2026, 7, 20))
    assert not eighteen.is_pupil(date(2026, 7, 21))


def test_leaving_under_eighteen_changes_nothing():
    assert pupil(date_of_birth=date(2010, 1, 1), left_on=date(2026, 7, 20)).is_pupil(date(2026, 9, 1))


def test_a_member_of_staff_has_left_from_the_day_after_the_last():
    member = Staff(id="t1", given_name="Tom", left_on=date(2026, 7, 20))
    assert not member.has_left(date(2026, 7, 20))
    assert member.has_left(date(2026, 7, 21))
    assert not Staff(id="t2", given_name="Una").has_left(date(2026, 7, 21))


def test_a_schools_permission_holds_from_its_day():
    contract = Contract(school="s1", direct_contact_permitted=True, permitted_on=date(2026, 9, 1))
    assert not contract.permits(date(2026, 8, 31))
    assert contract.permits(date(2026, 9, 1))
    assert not Contract(school="s1").permits(date(2026, 9, 1))


def test_the_kind_is_no_part_of_the_data():
    assert pupil().kind == "pupil"
    assert "kind" not in msgspec.to_builtins(pupil())


def test_age_counts_full_years():
    assert age_on(date(2008, 5, 5), date(2026, 5, 4)) == 17
    assert age_on(date(2008, 5, 5), date(2026, 5, 5)) == 18
