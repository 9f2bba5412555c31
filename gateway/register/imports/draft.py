"""
A register in the making: what a file says of each person, laid over what is known.

A file is silent about much: OneRoster has no word for a parent who must not be
written to. A field that the file does not speak of keeps the value that the
register in force has for the person of that id; a kind of people that it does
not speak of stays as it is.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec

from gateway.register.check import Flaw, flaws, oddities
from gateway.register.imports.columns import Kind
from gateway.register.model import Carer, Contract, People, Pupil, School, SchoolContact, Staff
from gateway.register.problems import Problem, Reading, RegisterProblem, shown

_Record = TypeVar("_Record", Pupil, Carer, Staff, School)
_TYPES: dict[Kind, type[Any]] = {"pupils": Pupil, "carers": Carer, "staff": Staff, "schools": School}


class Source(NamedTuple):
    """Where something was said: the file, the line, and which column feeds which field."""

    file: str
    line: int
    columns: dict[str, str]

    def where(self, field: str) -> str:
        """The line, and the column if one feeds that field."""
        column = self.columns.get(field)
        place = f"line {self.line}" if self.line else ""
        return f"{place}, column {shown(column)}" if column else place


NOWHERE = Source("the register", 0, {})


class Draft:
    """
    Collects what files say, and every defect in them; `finish` makes a register of it.

    *delta*: whoever is not spoken of stays. *keeps_own_contacts*: contacts of
    schools without an id were put in by hand and stay too.
    """

    def __init__(self, *, delta: bool = False, keeps_own_contacts: bool = False) -> None:
        self.delta = delta
        self._keeps_own_contacts = keeps_own_contacts
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self._said: dict[Kind, dict[str, tuple[dict[str, Any], Source]]] = {}
        self._contacts: dict[str, list[tuple[SchoolContact, Source]]] = {}
        self._gone: dict[Kind, set[str]] = {}

    def speak_of(self, kind: Kind) -> None:
        """Say that the files hold all people of that kind, be they none."""
        self._said.setdefault(kind, {})

    def put(self, kind: Kind, key: str, values: dict[str, Any], source: Source) -> None:
        """Take down what a row says of one person."""
        said = self._said.setdefault(kind, {})
        if key in said:
            first = said[key][1]
            found = f"{shown(key)} again, as in {first.file} line {first.line}"
            remedy = "Give each record an id of its own, or remove the one that is there twice."
            self.problems.append(Problem(source.file, source.where("id"), found, "a unique id", remedy))
        else:
            said[key] = (values, source)

    def add_contact(self, school: str, contact: SchoolContact, source: Source) -> None:
        """Take down a member of a school's staff."""
        self._contacts.setdefault(school, []).append((contact, source))

    def remove(self, kind: Kind, key: str) -> None:
        """The file says that this person is no more."""
        self._gone.setdefault(kind, set()).add(key)

    def values(self, kind: Kind, key: str) -> dict[str, Any] | None:
        """What has been said of that person so far; may be added to."""
        said = self._said.get(kind, {}).get(key)
        return said[0] if said else None

    def ids(self, kind: Kind) -> Iterable[str]:
        """Everybody of a kind who has been spoken of."""
        return self._said.get(kind, {})

    def finish(self, old: People, today: date | None) -> Reading:
        """
        Lay what was said over the register in force.

        Raises:
            RegisterProblem: there are defects; all of them.
        """
        schools = self._merged("schools", old.schools)
        self._resolve(schools)
        if self.problems:
            raise RegisterProblem(self.problems)
        people = People(
            pupils=self._merged("pupils", old.pupils),
            carers=self._merged("carers", old.carers),
            staff=self._merged("staff", old.staff),
            schools=self._with_contacts(schools),
        )
        defects = self._named(people, flaws(people, today))
        if defects:
            raise RegisterProblem(defects)
        return Reading(people, (*self.notes, *self._named(people, oddities(people))))

    def _merged(self, kind: Kind, old: tuple[_Record, ...]) -> tuple[_Record, ...]:
        before = {record.id: record for record in old}
        said = self._said.get(kind)
        gone = self._gone.get(kind, set())
        if said is None:
            return tuple(record for record in old if record.id not in gone)
        new = dict(before) if self.delta else {}
        for key, (values, _) in said.items():
            new[key] = _laid_over(before.get(key), kind, key, values)
        return tuple(record for key, record in new.items() if key not in gone)

    def _resolve(self, schools: tuple[School, ...]) -> None:
        """A school may be named by its name where its id is meant; a contact needs one that exists."""
        ids = {school.id for school in schools}
        named = {school.name.casefold(): school.id for school in schools}
        for values, _ in self._said.get("pupils", {}).values():
            meant = values.get("contract.school")
            if meant and meant not in ids:
                values["contract.school"] = named.get(meant.casefold(), meant)
        for meant in [each for each in self._contacts if each not in ids]:
            contacts = self._contacts.pop(meant)
            if meant.casefold() in named:
                self._contacts.setdefault(named[meant.casefold()], []).extend(contacts)
                continue
            for _, source in contacts:
                remedy = "Add the school, or correct its name."
                place = source.where("school")
                self.problems.append(
                    Problem(source.file, place, shown(meant), "a school of this register", remedy)
                )

    def _with_contacts(self, schools: tuple[School, ...]) -> tuple[School, ...]:
        if not self._contacts and "contacts" not in self._said:
            return schools
        done = []
        for school in schools:
            said = [contact for contact, _ in self._contacts.get(school.id, ())]
            if self.delta:
                named = {contact.id for contact in said if contact.id} | self._gone.get("contacts", set())
                there = [msgspec.structs.replace(each, school="") for each in school.staff]
                # Without an id a contact is known by all the rest: who is there already is not added again.
                said = [each for each in there if each.id not in named and each not in said] + said
            elif self._keeps_own_contacts:
                said += [each for each in school.staff if not each.id]
            done.append(msgspec.structs.replace(school, staff=tuple(said)))
        return tuple(done)

    def _named(self, people: People, found: Iterable[Flaw]) -> list[Problem]:
        """The defects with the places in the files that they come from."""
        return [self._problem(people, flaw) for flaw in found]

    def _problem(self, people: People, flaw: Flaw) -> Problem:
        record = getattr(people, flaw.kind)[flaw.position]
        field = flaw.key.partition("[")[0]
        source = self._source(flaw, record.id)
        if source is None:
            return Problem(NOWHERE.file, f"{flaw.kind}, id {shown(record.id)}, {flaw.key}", *flaw[3:])
        return Problem(source.file, source.where(field), *flaw[3:])

    def _source(self, flaw: Flaw, key: str) -> Source | None:
        field, _, rest = flaw.key.partition("[")
        if flaw.kind == "schools" and field == "staff":
            contacts = self._contacts.get(key, [])
            position = int(rest.partition("]")[0])
            return None if self.delta or position >= len(contacts) else contacts[position][1]
        said = self._said.get(flaw.kind, {}).get(key)  # type: ignore[call-overload]
        return said[1] if said else None


def _laid_over(old: Any, kind: Kind, key: str, values: dict[str, Any]) -> Any:
    """What was said of a person, over what was known; a contract is laid over field by field."""
    contract = {name[9:]: values[name] for name in values if name.startswith("contract.")}
    plain = {name: value for name, value in values.items() if not name.startswith("contract.")}
    if contract:
        plain["contract"] = _contract(getattr(old, "contract", None), contract)
    if old is None:
        return _TYPES[kind](id=key, **plain)
    return msgspec.structs.replace(old, **plain)


def _contract(old: Contract | None, said: dict[str, Any]) -> Contract | None:
    school = said.get("school", old.school if old else "")
    if not school:
        return None
    base = old if old is not None and old.school == school else Contract(school=school)
    return msgspec.structs.replace(base, **said)
