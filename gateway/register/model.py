"""
The people of the register, in the shape of its native JSON.

``gc=False``: records hold no cycles, and a register has hundreds of thousands of
them, which the cycle collector need not walk through.
"""

from datetime import date, timedelta
from typing import ClassVar, Literal

import msgspec

ADULT = 18
_DAY = timedelta(days=1)


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """
    A pupil is taught for a school; *direct_contact_permitted* is that school's word.

    With *permitted_on* the permission holds from that day.
    """

    school: str
    direct_contact_permitted: bool = False
    permitted_on: date | None = None

    def permits(self, on: date) -> bool:
        """Whether the school allows direct contact on that day."""
        return self.direct_contact_permitted and (self.permitted_on is None or self.permitted_on <= on)


class Pupil(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A pupil, present or former; whether they count as one depends on the day."""

    id: str
    given_name: str = ""
    family_name: str = ""
    preferred_name: str = ""
    other_names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    date_of_birth: date | None = None
    in_education: bool = True
    household: str = ""
    carers: tuple[str, ...] = ()
    contract: Contract | None = None
    photo_consent: bool = False
    photo_consent_on: date | None = None
    left_on: date | None = None
    kind: ClassVar[Literal["pupil"]] = "pupil"

    def is_pupil(self, on: date) -> bool:
        """
        Whether this person counts as a pupil on that day.

        Until the 18th birthday always, left or not; from then on while in
        education and under 19 (policy HST, note to Social Media: "aged 18 or
        under in a school or college"). Without a date of birth: while in
        education. *left_on* is the last day, which still counts.
        """
        enrolled = self.in_education and (self.left_on is None or on <= self.left_on)
        if self.date_of_birth is None:
            return enrolled
        age = age_on(self.date_of_birth, on)
        return age < ADULT or (enrolled and age == ADULT)

    @property
    def pupil_until(self) -> date | None:
        """The last day on which this person counts as a pupil; None where nothing tells."""
        if self.date_of_birth is None:
            return self.left_on
        adult = _birthday(self.date_of_birth, ADULT)
        last = _birthday(self.date_of_birth, ADULT + 1) if self.in_education else adult
        if self.left_on is not None:
            last = max(adult, min(last, self.left_on + _DAY))
        return last - _DAY


class Carer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """
    A parent or anyone with parental responsibility.

    *secret* is the passphrase that was agreed with the family at enrolment. It opens the
    files that we send them, and is neither shown nor exported unless somebody says why.
    """

    id: str
    given_name: str = ""
    family_name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    household: str = ""
    may_receive: bool = True
    secret: str = ""
    kind: ClassVar[Literal["carer"]] = "carer"


class Staff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tutor, adviser or member of the office."""

    id: str
    given_name: str = ""
    family_name: str = ""
    preferred_name: str = ""
    other_names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    role: str = ""
    left_on: date | None = None
    family_of: tuple[str, ...] = ()
    family_friend_of: tuple[str, ...] = ()
    kind: ClassVar[Literal["staff"]] = "staff"

    def has_left(self, on: date) -> bool:
        """Whether the person's last day is behind that day."""
        return self.left_on is not None and self.left_on < on


class SchoolContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A member of a school's staff. *school* is that school's id, filled in by the register."""

    given_name: str = ""
    family_name: str = ""
    emails: tuple[str, ...] = ()
    role: str = ""
    id: str = ""
    school: str = ""
    kind: ClassVar[Literal["school_contact"]] = "school_contact"


class School(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A school: its domains and the members of its staff that are known."""

    id: str
    name: str
    domains: tuple[str, ...] = ()
    staff: tuple[SchoolContact, ...] = ()
    kind: ClassVar[Literal["school"]] = "school"


Person = Pupil | Carer | Staff | SchoolContact


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A whole register, as native JSON has it."""

    pupils: tuple[Pupil, ...] = ()
    carers: tuple[Carer, ...] = ()
    staff: tuple[Staff, ...] = ()
    schools: tuple[School, ...] = ()


def _birthday(born: date, age: int) -> date:
    """The day on which somebody turns that age."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February
        return date(born.year + age, 3, 1)


def age_on(born: date, on: date) -> int:
    """Full years on that day; somebody born on 29 February has a birthday on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
