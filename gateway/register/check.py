"""
What a register must keep to beyond its form, and what is odd about it.

A flaw would make a rule answer wrongly: two people of one id, an address that is
none. An oddity cannot, since the rules fail closed: a carer that the file does
not have counts as no carer.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from gateway.register.model import Carer, People, Person, Pupil, School, Staff
from gateway.register.opening import SHORTEST, is_usable
from gateway.register.problems import has_controls, shown

_EARLIEST = date(1900, 1, 1)
_LOCAL = re.compile(r'[^\s@<>()\[\]\\,;:"\x00-\x1f\x7f]{1,64}|"(?:[^"\\\r\n]|\\.){1,62}"')
_DOMAIN = re.compile(
    r"(?=.{4,253}\Z)(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?\.)+[^\W\d_](?:(?:[^\W_]|-){0,61}[^\W_])?"
)


class Flaw(NamedTuple):
    """A defect before it is known how its file calls the place: (kind, position, key)."""

    kind: str
    position: int
    key: str
    found: str
    expected: str
    remedy: str = ""


def is_address(text: str) -> bool:
    """Whether that could be an email address that takes mail (RFC 5321, 4.1.2, without literals)."""
    local, at, domain = text.rpartition("@")
    return bool(at and len(text) <= 254 and _LOCAL.fullmatch(local) and is_domain(domain)) and not (
        local.startswith(".") or local.endswith(".") or ".." in local
    )


def is_domain(text: str) -> bool:
    """Whether that could be a mail domain: labels of letters, digits and hyphens, and at least one dot."""
    return bool(_DOMAIN.fullmatch(text))


def flaws(people: People, today: date | None = None) -> Iterator[Flaw]:
    """What forbids the use of a register. Dates of birth may not lie after *today* where it is given."""
    yield from _identities(people)
    for position, pupil in enumerate(people.pupils):
        born = pupil.date_of_birth
        if born is not None and (born < _EARLIEST or (today is not None and born > today)):
            expected = "a date of birth between 1900 and today"
            yield Flaw("pupils", position, "date_of_birth", shown(str(born)), expected)
        yield from _addresses("pupils", position, "emails", pupil.emails)
    for position, carer in enumerate(people.carers):
        yield from _addresses("carers", position, "emails", carer.emails)
    for position, member in enumerate(people.staff):
        yield from _addresses("staff", position, "emails", member.emails)
    for position, school in enumerate(people.schools):
        yield from _school(school, position)


def oddities(people: People) -> Iterator[Flaw]:
    """What somebody should look at although the register can be used."""
    pupils = {pupil.id for pupil in people.pupils}
    carers = {carer.id for carer in people.carers}
    schools = {school.id for school in people.schools}
    for position, pupil in enumerate(people.pupils):
        yield from _references("pupils", position, "carers", pupil.carers, carers, "carer")
        if pupil.contract is not None:
            school = (pupil.contract.school,)
            yield from _references("pupils", position, "contract.school", school, schools, "school")
        yield from _dates(pupil, position)
    for position, carer in enumerate(people.carers):
        if carer.secret and not is_usable(carer.secret):
            found, expected = "a secret that is easily guessed", f"at least {SHORTEST} characters"
            yield Flaw("carers", position, "secret", found, expected, "It is not used until then.")
    for position, member in enumerate(people.staff):
        for key in ("family_of", "family_friend_of"):
            yield from _references("staff", position, key, getattr(member, key), pupils, "pupil")


def _identities(people: People) -> Iterator[Flaw]:
    groups: tuple[tuple[str, Sequence[Pupil | Carer | Staff | School]], ...] = (
        ("pupils", people.pupils),
        ("carers", people.carers),
        ("staff", people.staff),
        ("schools", people.schools),
    )
    for kind, group in groups:
        first: dict[str, int] = {}
        for position, record in enumerate(group):
            if not record.id.strip() or not record.id.isprintable():
                yield Flaw(kind, position, "id", shown(record.id), "an id of printable characters")
            elif first.setdefault(record.id, position) != position:
                remedy = "Give each record an id of its own, or remove the one that is there twice."
                where = f"{kind}[{first[record.id]}]"
                yield Flaw(
                    kind, position, "id", f"{shown(record.id)} again, as in {where}", "a unique id", remedy
                )
            for key in ("given_name", "family_name", "preferred_name", "name"):
                if has_controls(getattr(record, key, "")):
                    yield Flaw(
                        kind, position, key, shown(getattr(record, key)), "a name without control characters"
                    )
            if not _is_named(record):
                expected = "a given_name, a family_name or both" if kind != "schools" else "the school's name"
                yield Flaw(kind, position, "name", "no name", expected)


def _is_named(record: Person | School) -> bool:
    if isinstance(record, School):
        return bool(record.name.strip())
    names = (record.given_name, record.family_name, getattr(record, "preferred_name", ""))
    return any(name.strip() for name in names)


def _dates(pupil: Pupil, position: int) -> Iterator[Flaw]:
    born = pupil.date_of_birth
    for key in ("left_on", "photo_consent_on"):
        day: date | None = getattr(pupil, key)
        if day is not None and born is not None and day < born:
            yield Flaw("pupils", position, key, shown(str(day)), f"a day after the date of birth, {born}")


def _school(school: School, position: int) -> Iterator[Flaw]:
    for number, domain in enumerate(school.domains):
        if not is_domain(domain):
            remedy = "Write the part behind the @ of the school's addresses, without the @."
            yield Flaw("schools", position, f"domains[{number}]", shown(domain), "a mail domain", remedy)
    for number, contact in enumerate(school.staff):
        yield from _addresses("schools", position, f"staff[{number}].emails", contact.emails)
        if not _is_named(contact) and not contact.emails:
            yield Flaw("schools", position, f"staff[{number}]", "neither", "a name or an email address")


def _addresses(kind: str, position: int, key: str, addresses: Sequence[str]) -> Iterator[Flaw]:
    for number, address in enumerate(addresses):
        if not is_address(address):
            remedy = "Correct it where the file comes from, or remove it."
            yield Flaw(kind, position, f"{key}[{number}]", shown(address), "an email address", remedy)


def _references(
    kind: str, position: int, key: str, ids: Sequence[str], known: set[str], what: str
) -> Iterator[Flaw]:
    for number, each in enumerate(ids):
        if each not in known:
            place = f"{key}[{number}]" if key != "contract.school" else key
            remedy = f"Add that {what} to the file, or remove the reference."
            yield Flaw(kind, position, place, shown(each), f"the id of a {what} in this register", remedy)
