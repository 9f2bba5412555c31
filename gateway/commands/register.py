"""``chaperone register``: bring people in, give them back, look one up."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path

from rich.console import Console

from gateway.commands import UsageProblem, add_config
from gateway.intake.files import read_file
from gateway.register.model import Carer, People, Person, Pupil, School, SchoolContact, Staff
from gateway.register.native import write_native
from gateway.register.problems import Problem, RegisterProblem
from gateway.register.register import Register
from gateway.settings import Settings, read_settings
from gateway.store.errors import StoreUnusable
from gateway.store.store import Store

_LISTED = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    bring = actions.add_parser("import", help="replace the register by that of a file")
    bring.add_argument("file", type=Path, metavar="FILE")
    give = actions.add_parser("export", help="write the register as JSON")
    give.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to (default: standard output)"
    )
    show = actions.add_parser("show", help="everything about one person or address")
    show.add_argument("who", metavar="PERSON|ADDRESS", help="an id, a name or an email address")
    for each in (bring, give, show):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it; problems of the file are listed line by line."""
    settings = read_settings(args.config)
    action = {"import": _import, "export": _export, "show": _show}[args.action]
    return asyncio.run(action(settings, args))


async def _import(settings: Settings, args: argparse.Namespace) -> int:
    today = datetime.now().astimezone().date()
    try:
        reading = await asyncio.to_thread(read_file, args.file, today)
    except RegisterProblem as problem:
        _list("error", problem.problems)
        raise UsageProblem(f"{args.file}: nothing was imported, the register is as it was") from None
    _list("note", reading.oddities)
    async with _store(settings) as store:
        version = await store.save_register(reading.people, source=args.file.name)
    print(f"Imported {_counts(reading.people)}. Version {version}.")
    return 0


async def _export(settings: Settings, args: argparse.Namespace) -> int:
    data = write_native(await _people(settings))
    if args.file is None:
        sys.stdout.buffer.write(data)
    else:
        args.file.write_bytes(data)
    return 0


async def _show(settings: Settings, args: argparse.Namespace) -> int:
    register = Register(await _people(settings), settings.agency)
    today = datetime.now().astimezone().date()
    found = _find(register, args.who)
    if not found:
        raise UsageProblem(f"nobody in the register has that id, name or address: {args.who}")
    console = Console(highlight=False, soft_wrap=True)
    for person, why in found:
        for line in _described(person, why, register, today):
            console.print(line, markup=False)
        console.print()
    return 0


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    try:
        store = await Store.open(settings.store, settings.base)
    except StoreUnusable as problem:
        raise UsageProblem(str(problem)) from None
    try:
        yield store
    finally:
        await store.close()


async def _people(settings: Settings) -> People:
    async with _store(settings) as store:
        people = await store.load_register()
    if people is None:
        raise UsageProblem("the store holds no register yet: chaperone register import FILE brings one in")
    return people


def _list(kind: str, problems: tuple[Problem, ...]) -> None:
    for problem in problems[:_LISTED]:
        print(f"{kind}: {problem}", file=sys.stderr)
    if len(problems) > _LISTED:
        print(f"{kind}: and {len(problems) - _LISTED} more", file=sys.stderr)


def _counts(people: People) -> str:
    return (
        f"{len(people.pupils)} pupils, {len(people.carers)} carers, "
        f"{len(people.staff)} staff and {len(people.schools)} schools"
    )


def _find(register: Register, who: str) -> list[tuple[Person | School, str]]:
    if "@" in who:
        found: list[tuple[Person | School, str]] = [(m.person, m.why) for m in register.whose(who)]
        school = register.school_at(who)
        if school is not None:
            found.append((school, "the school's domain or contact"))
        return found
    people = register.people
    everybody: list[Person | School] = [*people.pupils, *people.carers, *people.staff, *people.schools]
    wanted = who.casefold()
    by_id = [(each, "the same id") for each in everybody if each.id == who]
    return by_id or [(each, "the same name") for each in everybody if wanted in _names(each)]


def _names(person: Person | School) -> set[str]:
    if isinstance(person, School):
        return {person.name.casefold()}
    given, family = person.given_name.casefold(), person.family_name.casefold()
    return {given, family, f"{given} {family}", getattr(person, "preferred_name", "").casefold()} - {""}


def _described(person: Person | School, why: str, register: Register, today: date) -> list[str]:
    rows: list[tuple[str, str]] = [("found by", why)]
    if isinstance(person, School):
        title = person.name
        rows += [("domains", ", ".join(person.domains)), ("contacts", str(len(person.staff)))]
    else:
        title = f"{person.given_name} {person.family_name}".strip()
        rows.append(("addresses", ", ".join(person.emails)))
    match person:
        case Pupil():
            rows += [
                ("pupil today", "yes" if person.is_pupil(today) else "no"),
                ("date of birth", str(person.date_of_birth or "unknown")),
                ("carers", "; ".join(map(_carer, register.carers_of(person))) or "none known"),
            ]
            if person.contract is not None:
                school = register.school(person.contract.school)
                allowed = "permitted" if person.contract.permits(today) else "not permitted"
                name = school.name if school else person.contract.school
                rows.append(("taught for", f"{name} (direct contact {allowed})"))
        case Carer():
            rows += [
                ("may be written to", "yes" if person.may_receive else "no"),
                ("responsible for", ", ".join(f"{w.given_name} ({w.id})" for w in register.wards_of(person))),
            ]
        case Staff():
            rows += [("role", person.role), ("has left", "yes" if person.has_left(today) else "no")]
        case SchoolContact():
            rows += [("role", person.role), ("school", person.school)]
    head = f"{person.kind.replace('_', ' ')} {person.id}".strip() + f": {title}"
    return [head, *(f"  {name + ':':<20}{value}" for name, value in rows if value)]


def _carer(carer: Carer) -> str:
    name = f"{carer.given_name} {carer.family_name}".strip() + f" <{', '.join(carer.emails)}>"
    return name if carer.may_receive else f"{name} (must not be written to)"
