"""The register: find somebody, see their household, and what they may be sent."""

import asyncio
from collections.abc import Iterator

import msgspec
from starlette.responses import Response

from gateway.console.pages import ADMIN, REVIEW, Visit, page
from gateway.console.visitor import InTheWay, Visitor
from gateway.mail.address import canonical
from gateway.register.folding import words
from gateway.register.model import Carer, Person, Pupil, Staff
from gateway.register.register import Register
from gateway.review.exemptions import Proposal

_MOST = 50


class Card(msgspec.Struct, frozen=True):
    """One person as the register knows them."""

    key: str  # its address under /register, "" for those without a page
    name: str
    what: str
    emails: tuple[str, ...]
    facts: tuple[str, ...]


class Household(msgspec.Struct, frozen=True):
    """One person, and who belongs to them, by what they are to that person."""

    card: Card
    near: tuple[tuple[str, tuple[Card, ...]], ...]


async def search(visit: Visit) -> Response:
    """People by name, address or id."""
    register = visit.parts.register()
    wanted = visit.request.query_params.get("q", "").strip()[:320]
    cards, more = await find(visit, wanted)
    people = register.people
    return visit.show(
        "register.html",
        q=wanted,
        cards=cards,
        more=more,
        counts=(len(people.pupils), len(people.carers), len(people.staff), len(people.schools)),
        version=register.version,
        imports=visit.parts.imports is not None and visit.may(ADMIN),
    )


async def find(visitor: Visitor, wanted: str) -> tuple[list[Card], bool]:
    """Those whom somebody looks for, and whether there are more than are given."""
    register = visitor.parts.register()
    found = await asyncio.to_thread(lambda: list(_found(register, wanted))) if wanted else []
    return [card(each, register, visitor) for each in found[:_MOST]], len(found) > _MOST


async def person(visit: Visit) -> Response:
    """A page about one person."""
    kind, key = visit.request.path_params["kind"], visit.request.path_params["key"]
    found = household_of(visit, kind, key)
    return visit.show(
        "person.html", card=found.card, near=found.near, exceptions=await exceptions_of(visit, kind, key)
    )


async def exceptions_of(visitor: Visitor, kind: str, key: str) -> tuple[Proposal, ...]:
    """The exceptions that name somebody: about them, for what they write, or for what goes to them."""
    register = visitor.parts.register()
    one = _person(register, kind, key)
    theirs = set(map(canonical, one.emails)) if one else set()
    return tuple(
        each
        for each in await visitor.parts.store.exemptions.list()
        if (kind == "pupil" and key in each.scope.about)
        or canonical(each.scope.tutor) in theirs
        or not theirs.isdisjoint(map(canonical, each.scope.recipients))
    )


def household_of(visitor: Visitor, kind: str, key: str) -> Household:
    """
    A pupil with household, carers and school; a carer with those in their care.

    Raises:
        InTheWay: there is nobody under that id.
    """
    register = visitor.parts.register()
    one = _person(register, kind, key)
    if one is None:
        raise InTheWay(404, "Nobody here", "The register has nobody under that id.")
    near: list[tuple[str, tuple[Person, ...]]] = []
    if isinstance(one, Pupil):
        near.append(("Carers", register.carers_of(one)))
    if isinstance(one, Carer):
        near.append(("Cares for", register.wards_of(one)))
    household = getattr(one, "household", "")
    if household:
        near.append(
            ("Same household", tuple(each for each in register.household(household) if each is not one))
        )
    if isinstance(one, Staff):
        for title, ids in (("Own family", one.family_of), ("Family friends", one.family_friend_of)):
            near.append((title, tuple(filter(None, map(register.pupil, ids)))))
    return Household(
        card(one, register, visitor),
        tuple(
            (title, tuple(card(each, register, visitor) for each in group)) for title, group in near if group
        ),
    )


def _person(register: Register, kind: str, key: str) -> Person | None:
    if kind == "pupil":
        return register.pupil(key)
    if kind not in ("carer", "staff"):
        return None
    group = register.people.carers if kind == "carer" else register.people.staff
    return next((each for each in group if each.id == key), None)


def card(one: Person, register: Register, visit: Visitor) -> Card:
    """What is shown of a person."""
    today = visit.parts.clock().date()
    facts: list[str] = []
    key, what = "", "School contact"
    match one:
        case Pupil():
            key, what = f"pupil/{one.id}", "Pupil" if one.is_pupil(today) else "Former pupil"
            facts += _pupil_facts(one, register, visit)
        case Carer():
            key, what = f"carer/{one.id}", "Carer"
            facts += [] if one.may_receive else ["Must not be written to"]
            facts += one.phones
            facts += ["Has agreed a secret for files"] if one.secret else []
        case Staff():
            key, what = f"staff/{one.id}", one.role.capitalize() or "Member of staff"
            facts += ["Has left"] if one.has_left(today) else []
    return Card(key, _name(one) or one.id, what, one.emails, tuple(facts))


def _pupil_facts(one: Pupil, register: Register, visit: Visitor) -> Iterator[str]:
    today = visit.parts.clock().date()
    if one.other_names or one.preferred_name:
        yield "Also called " + ", ".join(filter(None, (one.preferred_name, *one.other_names)))
    if one.contract:
        school = register.school(one.contract.school)
        said = "permits" if one.contract.permits(today) else "does not permit"
        yield f"Taught for {school.name if school else 'a school'}, which {said} direct contact"
    if not register.carers_of(one):
        yield "No carer is known"
    yield "Photographs permitted" if one.photo_consent else "No consent to photographs"
    friends = [
        _name(each)
        for each in register.people.staff
        if one.id in each.family_of or one.id in each.family_friend_of
    ]
    if friends:
        yield f"May be written to alone by {', '.join(friends)}"


def _found(register: Register, wanted: str) -> Iterator[Person]:
    """Those whose address it is, or whose names have all its words at their beginnings."""
    people = register.people
    everybody: tuple[Person, ...] = (*people.pupils, *people.carers, *people.staff)
    if "@" in wanted:
        yield from (match.person for match in register.whose(wanted))
        return
    parts = [word.folded for word in words(wanted)]
    for one in everybody:
        names = [word.folded for word in words(" ".join(_names(one)))]
        if one.id == wanted or (
            parts and all(any(name.startswith(part) for name in names) for part in parts)
        ):
            yield one


def _names(one: Person) -> Iterator[str]:
    yield one.given_name
    yield one.family_name
    if isinstance(one, Pupil | Staff):
        yield one.preferred_name
        yield from one.other_names


def _name(one: Person) -> str:
    return f"{one.given_name} {one.family_name}".strip()


PAGES = [
    page("/register", search, roles=REVIEW | ADMIN),
    page("/register/{kind}/{key}", person, roles=REVIEW | ADMIN),
]
