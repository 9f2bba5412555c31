"""What the register knows of a message's recipients, in words that name nobody."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from gateway.register.model import Carer, Person, Pupil, SchoolContact, Staff
from gateway.register.register import Register

Role = Literal["pupil", "carer", "colleague", "school", "unknown"]

_COUNTED = {
    "pupil": ("pupil", "{n} pupils"),
    "carer": ("carer", "{n} carers"),
    "colleague": ("colleague", "{n} colleagues"),
    "school": ("school contact", "{n} school contacts"),
    "unknown": ("unknown address", "{n} unknown addresses"),
}
_NUMBERS = ("none", "one", "two", "three", "four", "five", "six")


class Recipient(msgspec.Struct, frozen=True):
    """An address, whose it is, and what should be known about that person before deciding."""

    address: str
    role: Role
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def recipients_of(addresses: Iterable[str], register: Register, on: date) -> tuple[Recipient, ...]:
    """Each address with its owner, in the order given."""
    return tuple(_recipient(each, register, on) for each in addresses)


def _recipient(address: str, register: Register, on: date) -> Recipient:
    people = tuple(match.person for match in register.whose(address))
    role = _role(people, address, register, on)
    names = tuple(dict.fromkeys(filter(None, map(_name, people))))
    return Recipient(address, role, names, tuple(_notes(people, address, register, on)))


def _role(people: tuple[Person, ...], address: str, register: Register, on: date) -> Role:
    if any(isinstance(each, Pupil) and each.is_pupil(on) for each in people):
        return "pupil"
    if any(isinstance(each, Carer) for each in people):
        return "carer"
    if register.is_inside(address) or any(isinstance(each, Staff) for each in people):
        return "colleague"
    if register.school_at(address):
        return "school"
    return "unknown"


def _name(person: Person) -> str:
    return f"{person.given_name} {person.family_name}".strip()


def _notes(people: tuple[Person, ...], address: str, register: Register, on: date) -> Iterable[str]:
    for person in people:
        match person:
            case Pupil():
                yield from _pupil_notes(person, register, on)
            case Carer():
                for ward in register.wards_of(person):
                    yield f"Carer of {_name(ward)}"
                if not person.may_receive:
                    yield "Must not be written to"
            case Staff():
                yield person.role.capitalize() or "Member of staff"
                if person.has_left(on):
                    yield "Has left the agency"
            case SchoolContact():
                yield person.role or "School contact"
    school = register.school_at(address)
    if school and not any(isinstance(each, Pupil | Carer | Staff) for each in people):
        yield school.name
    if not people and not school:
        yield "Not in the register" if not register.is_inside(address) else "An address of the agency"


def _pupil_notes(pupil: Pupil, register: Register, on: date) -> Iterable[str]:
    yield "Pupil" if pupil.is_pupil(on) else "Former pupil, now an adult"
    if pupil.contract:
        school = register.school(pupil.contract.school)
        name = school.name if school else "a school"
        said = "permits" if pupil.contract.permits(on) else "does not permit"
        yield f"Taught for {name}, which {said} direct contact"


def tutor_name(address: str, register: Register) -> str:
    """The tutor as colleagues know them; the address where the register does not."""
    names = [_name(each) for each in register.staff_at(address)]
    return names[0] if names and names[0] else address


def spoken(recipients: Iterable[Recipient], register: Register) -> str:
    """Such as "pupil, one of two carers, unknown address"."""
    recipients = tuple(recipients)
    counts: dict[Role, int] = {}
    for each in recipients:
        counts[each.role] = counts.get(each.role, 0) + 1
    said = []
    for role in ("pupil", "carer", "school", "unknown", "colleague"):
        count = counts.get(role, 0)
        if count == 0:
            continue
        one, many = _COUNTED[role]
        words = one if count == 1 else many.format(n=count)
        expected = _carers_expected(recipients, register) if role == "carer" else 0
        if 0 < count < expected < len(_NUMBERS):
            words = f"{_NUMBERS[count]} of {_NUMBERS[expected]} carers"
        said.append(words)
    return ", ".join(said)


def _carers_expected(recipients: Iterable[Recipient], register: Register) -> int:
    """How many carers the addressed pupils have who may be written to."""
    carers = {
        carer.id
        for each in recipients
        for match in register.whose(each.address)
        if isinstance(match.person, Pupil)
        for carer in register.carers_of(match.person)
        if carer.may_receive and carer.emails
    }
    return len(carers)
