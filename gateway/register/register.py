"""
The register as rules ask it: one immutable snapshot with its indexes.

A new register is a new snapshot; whoever holds one sees it whole for as long as
a message takes.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import TypeVar

import msgspec

from gateway.mail.address import canonical
from gateway.register.codec import pieces
from gateway.register.lookalikes import Lookalikes
from gateway.register.model import Carer, People, Person, Pupil, School, SchoolContact, Staff
from gateway.register.names import NameIndex


class Agency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose gateway this is. *domains* are lower-case."""

    name: str = "the agency"
    domains: tuple[str, ...] = ()
    safeguarding_lead: str = ""


class Match(msgspec.Struct, frozen=True):
    """Whose address it is, and why the register says so ("same address", "plus tag", …)."""

    person: Person
    why: str


# Most keys lead to one value, which then stands there itself: lists for all would weigh more than what they hold.
_T = TypeVar("_T", Person, Pupil)
_Index = dict[str, _T | list[_T]]


def _put(index: _Index[_T], key: str, value: _T) -> None:
    """Add a value; one that has just been added is not added again."""
    there = index.get(key)
    if there is None:
        index[key] = value
    elif isinstance(there, list):
        if there[-1] is not value:
            there.append(value)
    elif there is not value:
        index[key] = [there, value]


def _all(index: _Index[_T], key: str) -> tuple[_T, ...]:
    there = index.get(key)
    if there is None:
        return ()
    return tuple(there) if isinstance(there, list) else (there,)


_anew = canonical.__wrapped__  # the whole register would drive everything else out of what is remembered


def _spelt(person: Person, key: str, form: Callable[[str], str]) -> str:
    """The address under which this person is registered, of those that *key* stands for."""
    return next(each for each in person.emails if form(each) == key)


class Register:
    """Who people are. Strictly read-only."""

    def __init__(self, people: People, agency: Agency) -> None:
        people = with_contacts(people)
        self.version = version_of(people)
        self.people = people
        self.agency = agency
        self._inside = frozenset(map(_domain, agency.domains))
        self._pupils = {pupil.id: pupil for pupil in people.pupils}
        self._carers = {carer.id: carer for carer in people.carers}
        self._schools = {school.id: school for school in people.schools}
        self._by_address: _Index[Person] = {}
        self._school_by_domain: dict[str, School] = {}
        self._wards: _Index[Pupil] = {}
        self._households: _Index[Person] = {}
        self._by_initials: _Index[Pupil] = {}
        self._by_birth: _Index[Pupil] = {}
        self._index()
        self.names = NameIndex(people)
        of_schools = (domain for school in people.schools for domain in school.domains)
        self.lookalikes = Lookalikes(self.addresses(), (*agency.domains, *of_schools))

    def _index(self) -> None:
        people = self.people
        groups: tuple[Iterable[Person], ...] = (people.pupils, people.carers, people.staff)
        for group in groups:
            for person in group:
                self._add(person)
        for school in people.schools:
            for domain in school.domains:
                self._school_by_domain[_domain(domain)] = school
            for contact in school.staff:
                self._add(contact)
        for pupil in people.pupils:
            _put(self._by_initials, f"{pupil.given_name[:1]}{pupil.family_name[:1]}".upper(), pupil)
            if pupil.date_of_birth is not None:
                _put(self._by_birth, pupil.date_of_birth.isoformat(), pupil)
            for carer in pupil.carers:
                _put(self._wards, carer, pupil)

    def _add(self, person: Person) -> None:
        for address in person.emails:
            _put(self._by_address, _anew(address), person)
        household = getattr(person, "household", "")
        if household:
            _put(self._households, household, person)

    def addresses(self) -> Iterator[str]:
        """Every registered address, as it is registered."""
        return (_spelt(_all(self._by_address, key)[0], key, _anew) for key in self._by_address)

    def whose(self, address: str) -> tuple[Match, ...]:
        """Everybody whose mailbox this is; a family's shared mailbox has several owners."""
        key = canonical(address)
        if key not in self._by_address:
            return ()  # as for most addresses that are asked for
        return tuple(
            Match(person, _why(_spelt(person, key, canonical), address))
            for person in _all(self._by_address, key)
        )

    def pupils_at(self, address: str, on: date) -> tuple[Pupil, ...]:
        """The pupils, as of that day, whose mailbox this is."""
        return tuple(
            match.person
            for match in self.whose(address)
            if isinstance(match.person, Pupil) and match.person.is_pupil(on)
        )

    def carers_at(self, address: str) -> tuple[Carer, ...]:
        """The carers whose mailbox this is."""
        return tuple(m.person for m in self.whose(address) if isinstance(m.person, Carer))

    def staff_at(self, address: str) -> tuple[Staff, ...]:
        """The members of staff whose mailbox this is."""
        return tuple(m.person for m in self.whose(address) if isinstance(m.person, Staff))

    def school_at(self, address: str) -> School | None:
        """The school whose contact or domain this is."""
        for match in self.whose(address):
            if isinstance(match.person, SchoolContact):
                return self._schools.get(match.person.school)
        domain = _domain(address)
        while domain:
            if domain in self._school_by_domain:
                return self._school_by_domain[domain]
            domain = domain.partition(".")[2]
        return None

    def carers_of(self, pupil: Pupil) -> tuple[Carer, ...]:
        """The pupil's carers, those included who must not be written to."""
        return tuple(self._carers[each] for each in pupil.carers if each in self._carers)

    def wards_of(self, carer: Carer) -> tuple[Pupil, ...]:
        """The pupils that this carer is responsible for."""
        return _all(self._wards, carer.id)

    def household(self, name: str) -> tuple[Person, ...]:
        """Everybody who lives in that household."""
        return _all(self._households, name)

    def pupil(self, key: str) -> Pupil | None:
        """The pupil of that id."""
        return self._pupils.get(key)

    def pupils_by_initials(self, initials: str) -> tuple[Pupil, ...]:
        """The pupils whose first name and surname begin with these two capitals."""
        return _all(self._by_initials, initials)

    def pupils_born(self, on: date) -> tuple[Pupil, ...]:
        """The pupils whose date of birth that is."""
        return _all(self._by_birth, on.isoformat())

    def school(self, key: str) -> School | None:
        """The school of that id."""
        return self._schools.get(key)

    def is_inside(self, address: str) -> bool:
        """Whether the address is in one of the agency's own domains."""
        return "@" in address and _domain(address) in self._inside


def version_of(people: People) -> str:
    """A name for exactly these people: the same for equal registers, wherever they were read."""
    digest = hashlib.sha256()
    for piece in pieces(with_contacts(people)):
        digest.update(piece)
        digest.update(b"\n")
    return digest.hexdigest()[:16]


def with_contacts(people: People) -> People:
    """The same people, each contact of a school with that school's id."""
    replace = msgspec.structs.replace
    schools = tuple(
        replace(school, staff=tuple(replace(contact, school=school.id) for contact in school.staff))
        for school in people.schools
    )
    return replace(people, schools=schools)


@lru_cache(maxsize=8_192)
def _domain(address: str) -> str:
    """The domain of an address, or a bare one, in the form in which equal domains are equal."""
    return canonical(f"@{address.rpartition('@')[2]}").rpartition("@")[2]


def _why(registered: str, asked: str) -> str:
    if registered == asked:
        return "the same address"
    if registered.casefold() == asked.casefold():
        return "the same address but for upper and lower case"
    if "+" in asked.partition("@")[0] or "+" in registered.partition("@")[0]:
        return "the same mailbox: what follows a plus sign is a tag"
    return "the same mailbox: the provider treats both spellings alike"
