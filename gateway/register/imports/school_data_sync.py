"""
Microsoft School Data Sync, CSV format 2.1.

Users have roles in organisations (``roles.csv``); a contact has none, but a
relationship to a pupil (``relationships.csv``: *userSourcedId* is the pupil).
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from gateway.register.imports.draft import Draft
from gateway.register.imports.roster import (
    CARER_ROLES,
    OTHER_ROLES,
    PUPIL_ROLES,
    Line,
    RosterFile,
    is_role,
    seat,
)
from gateway.register.imports.tables import Table
from gateway.register.problems import Problem
from gateway.register.register import Agency


def read_school_data_sync(
    tables: Mapping[str, Table],
    agency: Agency,
    *,
    today: date,
    contracted: bool,
    tick: Callable[[int], None],
) -> Draft:
    """Take down what a set of files says; *tables* are the files by their names."""
    draft = Draft(keeps_own_contacts=True)
    files = _Files(tables, draft)
    schools, own = _orgs(files.get("orgs", "sourcedId", "name"), agency, draft)
    roles = _roles(files.get("roles", "userSourcedId", "orgSourcedId", "role"))
    carers = _relationships(files.optional("relationships", "userSourcedId", "relationshipUserSourcedId"))
    file = files.get("users", "sourcedId")
    if file is None:
        return draft
    reader = _Users(draft, agency, roles, carers, own, schools if contracted else set())
    draft.speak_of("pupils")
    if carers is not None:
        draft.speak_of("carers")
    for number, line in enumerate(file, 1):
        if number % 1000 == 0:
            tick(1000)
        reader.take(file, line, today)
    if reader.strangers:
        found = f"{reader.strangers} without a role"
        draft.notes.append(
            Problem(file.name, "", found, "", "Whoever has neither a role nor a pupil is left out.")
        )
    _demographics(files.optional("demographics", "userSourcedId"), draft)
    return draft


class _Files:
    def __init__(self, tables: Mapping[str, Table], draft: Draft) -> None:
        self._tables = tables
        self._draft = draft

    def get(self, name: str, *required: str) -> RosterFile | None:
        """One of the three files that a set must have."""
        file = self.optional(name, *required)
        if file is None:
            remedy = "The set is not complete: export it again."
            self._draft.problems.append(
                Problem(f"{name}.csv", "", "nothing", "one of the three required files", remedy)
            )
        return file

    def optional(self, name: str, *required: str) -> RosterFile | None:
        """One of the other files."""
        table = self._tables.get(f"{name}.csv")
        return RosterFile(table, self._draft, required) if table else None


class _Role:
    """A user's role in an organisation."""

    def __init__(self, line: Line, until: date | None) -> None:
        self.role = line["role"].casefold()
        self.org = line["orgSourcedId"]
        self.until = until


def _orgs(file: RosterFile | None, agency: Agency, draft: Draft) -> tuple[set[str], set[str]]:
    schools: set[str] = set()
    own: set[str] = set()
    if file is None:
        return schools, own
    draft.speak_of("schools")
    for line in file:
        key, name = line["sourcedId"], line["name"]
        if name.casefold() == agency.name.casefold():
            own.add(key)
        else:
            schools.add(key)
            draft.put("schools", key, {"name": name}, file.source(line, id="sourcedId", name="name"))
    return schools, own


def _roles(file: RosterFile | None) -> dict[str, list[_Role]]:
    roles: dict[str, list[_Role]] = {}
    if file is None:
        return roles
    for line in file:
        if not is_role(line["role"].casefold()):
            file.wrong(line, "role", "a role of School Data Sync, such as student, faculty or staff")
        roles.setdefault(line["userSourcedId"], []).append(_Role(line, file.date(line, "roleEndDate")))
    return roles


def _relationships(file: RosterFile | None) -> tuple[dict[str, list[str]], set[str], set[str]] | None:
    """The carers of each pupil, all carers, and all contacts who are none; None without the file."""
    if file is None:
        return None
    carers: dict[str, list[str]] = {}
    everybody: set[str] = set()
    others: set[str] = set()
    for line in file:
        contact, role = line["relationshipUserSourcedId"], line["relationshipRole"].casefold()
        if role in CARER_ROLES:
            everybody.add(contact)
            carers.setdefault(line["userSourcedId"], []).append(contact)
        elif role in OTHER_ROLES:
            others.add(contact)
        else:
            expected = "parent, guardian, relative, aide, doctor or other"
            file.wrong(line, "relationshipRole", expected)
    return carers, everybody, others


class _Users:
    """Takes down each user as what the roles and relationships make of them."""

    def __init__(
        self,
        draft: Draft,
        agency: Agency,
        roles: dict[str, list[_Role]],
        ties: tuple[dict[str, list[str]], set[str], set[str]] | None,
        own: set[str],
        contracting: set[str],
    ) -> None:
        self.draft = draft
        self.agency = agency
        self.roles = roles
        self.ties = ties
        self.own = own
        self.contracting = contracting
        self.strangers = 0

    def take(self, file: RosterFile, line: Line, today: date) -> None:
        """One row of users.csv."""
        key = line["sourcedId"]
        if not key:
            file.wrong(line, "sourcedId", "an id", "Export it again.")
            return
        places = self.roles.get(key, [])
        person: dict[str, Any] = {
            "given_name": line["givenName"],
            "family_name": line["familyName"],
            "emails": file.addresses(line, "email", "username", "activeDirectoryMatchId"),
        }
        source = file.source(line, id="sourcedId", name="givenName", emails="email")
        is_pupil = any(place.role in PUPIL_ROLES for place in places)
        is_carer = self.ties is not None and key in self.ties[1]
        if is_pupil:
            self.draft.put("pupils", key, {**person, **self._as_pupil(key, places, today)}, source)
        if is_carer:
            phones = tuple(dict.fromkeys(filter(None, (line["phone"], line["sms"]))))
            self.draft.put("carers", key, {**person, "phones": phones}, source)
        staff = [place for place in places if place.role not in PUPIL_ROLES]
        if staff:
            inside = any(place.org in self.own for place in staff)
            orgs = [] if inside else list(dict.fromkeys(place.org for place in staff if place.org))
            seat(self.draft, self.agency, key, person, orgs, staff[0].role, source)
        elif not is_pupil and not is_carer:
            self.strangers += 1

    def _as_pupil(self, key: str, places: list[_Role], today: date) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if self.ties is not None:
            values["carers"] = tuple(dict.fromkeys(self.ties[0].get(key, ())))
        as_pupil = [place for place in places if place.role in PUPIL_ROLES]
        values["in_education"] = any(place.role == "student" for place in as_pupil)
        past = [place.until for place in as_pupil if place.until is not None and place.until < today]
        values["left_on"] = max(past) if len(past) == len(as_pupil) else None
        schools = [place.org for place in as_pupil if place.org in self.contracting]
        if schools:
            values["contract.school"] = schools[0]
        return values


def _demographics(file: RosterFile | None, draft: Draft) -> None:
    if file is None:
        return
    for line in file:
        values = draft.values("pupils", line["userSourcedId"])
        born = file.date(line, "birthDate")
        if values is not None and born is not None:
            values["date_of_birth"] = born
