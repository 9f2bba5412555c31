"""Who is connected with a message: the pupils whose family or school it goes to, and whom it addresses."""

from collections.abc import Iterable, Sequence

from gateway.register.folding import words
from gateway.register.model import Carer, Pupil, SchoolContact
from gateway.register.naming import NamedPerson
from gateway.register.register import Register


class Nearby:
    """The people around a message's recipients. Strictly read-only."""

    def __init__(self, addresses: Iterable[str], register: Register) -> None:
        pupils: dict[str, Pupil] = {}
        self._schools: set[str] = set()
        addressed: set[str] = set()
        inside = True
        for address in dict.fromkeys(addresses):
            inside = inside and register.is_inside(address)
            for match in register.whose(address):
                person = match.person
                if isinstance(person, Pupil):
                    pupils[person.id] = person
                    _add_household(person.household, pupils, register)
                    continue
                addressed.update(word.folded for word in words(person.given_name)[:1])
                if isinstance(person, Carer):
                    pupils.update((ward.id, ward) for ward in register.wards_of(person))
                    _add_household(person.household, pupils, register)
                elif isinstance(person, SchoolContact):
                    self._schools.add(person.school)
            school = register.school_at(address)
            if school is not None:
                self._schools.add(school.id)
        self.pupils = tuple(pupils.values())
        self.addressed = frozenset(addressed)
        self.inside = inside
        self._ids = pupils.keys()

    def any_near(self, people: Sequence[NamedPerson]) -> bool:
        """Whether the message goes to the family or the contracting school of one of these."""
        if any(pupil in people for pupil in self.pupils):
            return True
        return bool(self._schools) and any(map(self.near, people))

    def near(self, person: NamedPerson) -> bool:
        """Whether the message goes to the family or the contracting school of that pupil."""
        if not isinstance(person, Pupil):
            return False
        return person.id in self._ids or (
            person.contract is not None and person.contract.school in self._schools
        )


def _add_household(name: str, pupils: dict[str, Pupil], register: Register) -> None:
    if name:
        pupils.update((each.id, each) for each in register.household(name) if isinstance(each, Pupil))
