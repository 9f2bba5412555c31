"""
The register as rules ask it: one immutable snapshot with its indexes.

A new register is a new snapshot; whoever holds one sees it whole for as long as
a message takes.
"""

import hashlib
from collections.abc import Iterable
from datetime import date

import msgspec

from gateway.mail.address import canonical, domain_of
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


class Register:
    """Who people are. Strictly read-only."""

    def __init__(self, people: People, agency: Agency) -> None:
        self.people = people
        self.agency = agency
        self.version = hashlib.sha256(msgspec.json.encode(people)).hexdigest()[:16]
        self._inside = frozenset(domain.lower().rstrip(".") for domain in agency.domains)
        self._pupils = {pupil.id: pupil for pupil in people.pupils}
        self._carers = {carer.id: carer for carer in people.carers}
        self._schools = {school.id: school for school in people.schools}
        self._by_address: dict[str, list[tuple[str, Person]]] = {}
        self._school_by_domain: dict[str, School] = {}
        self._wards: dict[str, list[Pupil]] = {}
        self._households: dict[str, list[Person]] = {}
        self._index()
        self.names = NameIndex(people)

    def _index(self) -> None:
        people = self.people
        groups: tuple[Iterable[Person], ...] = (people.pupils, people.carers, people.staff)
        for group in groups:
            for person in group:
                self._add(person)
        for school in people.schools:
            for domain in school.domains:
                self._school_by_domain[domain.lower().rstrip(".")] = school
            for contact in school.staff:
                self._add(msgspec.structs.replace(contact, school=school.id))
        for pupil in people.pupils:
            for carer in pupil.carers:
                self._wards.setdefault(carer, []).append(pupil)

    def _add(self, person: Person) -> None:
        for address in person.emails:
            self._by_address.setdefault(canonical(address), []).append((address, person))
        household = getattr(person, "household", "")
        if household:
            self._households.setdefault(household, []).append(person)

    def whose(self, address: str) -> tuple[Match, ...]:
        """Everybody whose mailbox this is; a family's shared mailbox has several owners."""
        return tuple(
            Match(person, _why(registered, address))
            for registered, person in self._by_address.get(canonical(address), ())
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
        domain = domain_of(address)
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
        return tuple(self._wards.get(carer.id, ()))

    def household(self, name: str) -> tuple[Person, ...]:
        """Everybody who lives in that household."""
        return tuple(self._households.get(name, ()))

    def pupil(self, key: str) -> Pupil | None:
        """The pupil of that id."""
        return self._pupils.get(key)

    def school(self, key: str) -> School | None:
        """The school of that id."""
        return self._schools.get(key)

    def is_inside(self, address: str) -> bool:
        """Whether the address is in one of the agency's own domains."""
        return domain_of(address) in self._inside


def _why(registered: str, asked: str) -> str:
    if registered == asked:
        return "the same address"
    if registered.casefold() == asked.casefold():
        return "the same address but for upper and lower case"
    if "+" in asked.partition("@")[0] or "+" in registered.partition("@")[0]:
        return "the same mailbox: what follows a plus sign is a tag"
    return "the same mailbox: the provider treats both spellings alike"
