"""One person of the register as an administrator reads about them."""

from datetime import date

from gateway.register.model import Carer, Person, Pupil, School, SchoolContact, Staff
from gateway.register.problems import ascii_controls
from gateway.register.register import Register


def find(register: Register, who: str) -> list[tuple[Person | School, str]]:
    """Whoever has that id, name or address, and why they were found."""
    if "@" in who:
        found: list[tuple[Person | School, str]] = [
            (match.person, match.why) for match in register.whose(who)
        ]
        school = register.school_at(who)
        if school is not None:
            found.append((school, "the school's domain or contact"))
        return found
    people = register.people
    everybody: list[Person | School] = [*people.pupils, *people.carers, *people.staff, *people.schools]
    everybody += [contact for school in people.schools for contact in school.staff]
    by_id = [(each, "the same id") for each in everybody if each.id == who]
    wanted = " ".join(who.casefold().split())
    return by_id or [(each, "the same name") for each in everybody if wanted in _names(each)]


def describe(person: Person | School, why: str, register: Register, today: date) -> list[str]:
    """The lines that say what is known; nothing in them can move a terminal's cursor."""
    rows = [("found by", why), *_rows(person, register, today)]
    title = person.name if isinstance(person, School) else _name(person)
    head = f"{person.kind.replace('_', ' ')} {person.id}".strip() + f": {title}"
    return [
        ascii_controls(head),
        *(ascii_controls(f"  {name + ':':<20}{value}") for name, value in rows if value),
    ]


def _names(person: Person | School) -> set[str]:
    if isinstance(person, School):
        return {person.name.casefold()}
    given, family = person.given_name.casefold(), person.family_name.casefold()
    preferred = getattr(person, "preferred_name", "").casefold()
    others = {each.casefold() for each in getattr(person, "other_names", ())}
    return ({given, family, f"{given} {family}", preferred, f"{preferred} {family}"} | others) - {"", " "}


def _rows(person: Person | School, register: Register, today: date) -> list[tuple[str, str]]:
    match person:
        case Pupil():
            return [("addresses", ", ".join(person.emails)), *_pupil(person, register, today)]
        case Carer():
            wards = register.wards_of(person)
            return [
                ("addresses", ", ".join(person.emails)),
                ("phones", ", ".join(person.phones)),
                ("household", person.household),
                ("may be written to", "yes" if person.may_receive else "no"),
                ("secret", "agreed" if person.secret else ""),
                ("responsible for", ", ".join(f"{ward.given_name} ({ward.id})" for ward in wards)),
            ]
        case Staff():
            return [
                ("addresses", ", ".join(person.emails)),
                ("role", person.role),
                ("last day", str(person.left_on or "")),
                ("own family", ", ".join(person.family_of)),
                ("family friends", ", ".join(person.family_friend_of)),
            ]
        case SchoolContact():
            school = register.school(person.school)
            name = school.name if school else person.school
            return [("addresses", ", ".join(person.emails)), ("role", person.role), ("school", name)]
        case School():
            return [("domains", ", ".join(person.domains)), ("contacts", str(len(person.staff)))]


def _pupil(pupil: Pupil, register: Register, today: date) -> list[tuple[str, str]]:
    rows = [
        ("known as", ", ".join(filter(None, (pupil.preferred_name, *pupil.other_names)))),
        ("pupil today", "yes" if pupil.is_pupil(today) else "no"),
        ("pupil until", str(pupil.pupil_until or "")),
        ("date of birth", str(pupil.date_of_birth or "unknown")),
        ("household", pupil.household),
        ("carers", "; ".join(map(_carer, register.carers_of(pupil))) or "none known"),
        ("photo consent", f"yes {pupil.photo_consent_on or ''}".strip() if pupil.photo_consent else "no"),
    ]
    if pupil.contract is not None:
        school = register.school(pupil.contract.school)
        allowed = "permitted" if pupil.contract.permits(today) else "not permitted"
        name = school.name if school else pupil.contract.school
        rows.append(("taught for", f"{name} (direct contact {allowed})"))
    return rows


def _carer(carer: Carer) -> str:
    text = f"{_name(carer)} <{', '.join(carer.emails)}>"
    return text if carer.may_receive else f"{text} (must not be written to)"


def _name(person: Person) -> str:
    return f"{person.given_name} {person.family_name}".strip()
