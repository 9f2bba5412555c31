"""
OneRoster CSV bundles, versions 1.1 and 1.2 (1EdTech), in full and as a delta.

Version 1.1 has the role and the organisations in ``users.csv``, 1.2 in
``roles.csv``. ``agentSourcedIds`` ties pupils and carers, from either side.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from gateway.register.imports.draft import NOWHERE, Draft
from gateway.register.imports.manifest import MANIFEST, Bundle
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
from gateway.register.model import People
from gateway.register.problems import Problem
from gateway.register.register import Agency

_DELETED = "tobedeleted"


class Place(NamedTuple):
    """One role of a user: what, where, and the last day of it if there is one."""

    role: str
    org: str
    until: date | None


def read_oneroster(
    tables: Mapping[str, Table],
    agency: Agency,
    old: People,
    *,
    today: date,
    contracted: bool,
    tick: Callable[[int], None],
) -> Draft:
    """
    Take down what a bundle says; *tables* are its files by their names.

    *contracted*: the pupils of the bundle are taught for the school that they
    are in. A delta is read against *old*.

    Raises:
        RegisterProblem: there is no manifest to go by.
    """
    bundle = Bundle(tables)
    reader = _Reader(bundle, agency, old, today, contracted)
    reader.orgs()
    reader.places()
    reader.users(tick)
    reader.demographics()
    reader.enrollments()
    reader.ties()
    return bundle.draft


class _Reader:
    """Goes through the files, in the order in which they need one another."""

    def __init__(self, bundle: Bundle, agency: Agency, old: People, today: date, contracted: bool) -> None:
        self.bundle = bundle
        self.draft = bundle.draft
        self.agency = agency
        self.today = today
        self.contracted = contracted
        self.old_pupils = {pupil.id: pupil for pupil in old.pupils}
        self.known: dict[str, frozenset[str]] = {
            **{member.id: frozenset({"teacher"}) for member in old.staff},
            **{carer.id: frozenset({"parent"}) for carer in old.carers},
            **{pupil.id: frozenset({"student"}) for pupil in old.pupils},
        }
        self.own: set[str] = set()  # the organisation that is the agency itself
        self.by_user: dict[str, list[Place]] = {}
        self.roles: dict[str, set[str]] = {}
        self.agents: dict[str, list[str]] = {}
        self.others = 0

    def orgs(self) -> None:
        """Organisations are schools, but for the agency."""
        file = self.bundle.file("orgs", "sourcedId", "name")
        if file is None:
            return
        self.draft.speak_of("schools")
        for line in file:
            key, name = line["sourcedId"], line["name"]
            if name.casefold() == self.agency.name.casefold():
                self.own.add(key)
            elif self._is_deleted(line):
                self.draft.remove("schools", key)
            elif self._has_key(file, line):
                source = file.source(line, id="sourcedId", name="name")
                self.draft.put("schools", key, {"name": name}, source)

    def places(self) -> None:
        """Version 1.2 has a file for roles."""
        file = self.bundle.file("roles", "userSourcedId", "role", "orgSourcedId")
        if file is None:
            if self.bundle.version == "1.2" and not self.bundle.delta:
                expected = "roles.csv in the bundle: version 1.2 says there who is a pupil"
                self.draft.problems.append(Problem(MANIFEST, "file.roles", "no roles", expected))
            return
        for line in file:
            if self._is_deleted(line):
                continue
            if not is_role(line["role"].casefold()):
                file.wrong(line, "role", "a role of the standard, such as student, teacher or parent")
            place = Place(line["role"].casefold(), line["orgSourcedId"], file.date(line, "endDate"))
            self.by_user.setdefault(line["userSourcedId"], []).append(place)

    def users(self, tick: Callable[[int], None]) -> None:
        """Everybody, by role."""
        required = ["sourcedId", "givenName", "familyName"]
        if self.bundle.version == "1.1":
            required += ["role", "orgSourcedIds"]
        file = self.bundle.file("users", *required)
        if file is None:
            return
        if not self.bundle.delta:
            self.draft.speak_of("pupils")
        for number, line in enumerate(file, 1):
            if number % 1000 == 0:
                tick(1000)
            if not self._has_key(file, line):
                continue
            if self._is_deleted(line):
                for kind in ("pupils", "carers", "staff", "contacts"):
                    self.draft.remove(kind, line["sourcedId"])
                continue
            self._user(file, line)
        if self.others:
            found = f"{self.others} in other roles"
            self.draft.notes.append(
                Problem(file.name, "", found, "", "Aides, proctors and the like are left out.")
            )

    def _user(self, file: RosterFile, line: Line) -> None:
        key = line["sourcedId"]
        places = self._places_of(line)
        if line["role"] and not is_role(line["role"].casefold()):
            file.wrong(line, "role", "a role of the standard, such as student, teacher or parent")
        roles = {place.role for place in places} or set(self.known.get(key, ()))
        if not roles:
            column = "role" if file.has("role") else "sourcedId"
            file.wrong(
                line, column, "a user with a role", "Give the user a role in the system it comes from."
            )
            return
        self.roles[key] = roles
        self.agents[key] = line.several("agentSourcedIds")
        person: dict[str, Any] = {
            "given_name": line["givenName"],
            "family_name": line["familyName"],
            "emails": file.addresses(line, "email", "username"),
        }
        source = file.source(
            line,
            id="sourcedId",
            name="givenName",
            emails="email",
            given_name="givenName",
            family_name="familyName",
        )
        named = {**person, **_preferred(file, line)}
        if roles & PUPIL_ROLES:
            self.draft.put("pupils", key, {**named, **self._as_pupil(places)}, source)
        if roles & CARER_ROLES:
            phones = tuple(dict.fromkeys(filter(None, (line["phone"], line["sms"]))))
            self.draft.put("carers", key, {**person, "phones": phones}, source)
        staff = sorted(roles - PUPIL_ROLES - CARER_ROLES - OTHER_ROLES)
        if staff:
            orgs = [place.org for place in places if place.org and place.org not in self.own]
            orgs = [] if any(place.org in self.own for place in places) else list(dict.fromkeys(orgs))
            seat(self.draft, self.agency, key, named, orgs, staff[0], source)
        elif not roles & (PUPIL_ROLES | CARER_ROLES):
            self.others += 1

    def _places_of(self, line: Line) -> list[Place]:
        if line["role"]:
            return [
                Place(line["role"].casefold(), org, None) for org in line.several("orgSourcedIds") or [""]
            ]
        return self.by_user.get(line["sourcedId"], [])

    def _as_pupil(self, places: list[Place]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        as_pupil = [place for place in places if place.role in PUPIL_ROLES]
        ends = [place.until for place in as_pupil]
        if ends:
            values["left_on"] = max((end for end in ends if end), default=None) if all(ends) else None
        schools = [place.org for place in as_pupil if place.org and place.org not in self.own]
        if self.contracted and schools:
            values["contract.school"] = schools[0]
        return values

    def demographics(self) -> None:
        """Dates of birth."""
        file = self.bundle.file("demographics", "sourcedId", "birthDate")
        if file is None:
            return
        for line in file:
            key, born = line["sourcedId"], file.date(line, "birthDate")
            values = self.draft.values("pupils", key)
            if values is None and self.bundle.delta and key in self.old_pupils:
                values = {}
                self.draft.put("pupils", key, values, file.source(line))
            if values is not None and born is not None:
                values["date_of_birth"] = born
                if born > self.today:
                    file.wrong(line, "birthDate", "a date of birth in the past")

    def enrollments(self) -> None:
        """A pupil all of whose classes have ended has left on the last day of the last one."""
        file = self.bundle.file("enrollments", "userSourcedId", "role")
        if file is None or self.bundle.delta:
            return
        ends: dict[str, list[date | None]] = {}
        for line in file:
            if line["role"].casefold() == "student" and not self._is_deleted(line):
                ends.setdefault(line["userSourcedId"], []).append(file.date(line, "endDate"))
        for key, days in ends.items():
            values = self.draft.values("pupils", key)
            past = [day for day in days if day is not None and day < self.today]
            if values is not None and values.get("left_on") is None:
                values["left_on"] = max(past) if len(past) == len(days) else None

    def ties(self) -> None:
        """Who is whose carer, from either side."""
        if any(roles & CARER_ROLES for roles in self.roles.values()) and not self.bundle.delta:
            self.draft.speak_of("carers")
        tied: dict[str, dict[str, None]] = {}
        for key, agents in self.agents.items():
            for agent in agents:
                theirs = self.roles.get(agent) or self.known.get(agent)
                if self.roles[key] & PUPIL_ROLES and (theirs is None or theirs & CARER_ROLES):
                    tied.setdefault(key, {})[agent] = None
                elif self.roles[key] & CARER_ROLES and (theirs is None or theirs & PUPIL_ROLES):
                    tied.setdefault(agent, {})[key] = None
        if self.bundle.delta:
            self._tie_in_delta(tied)
            return
        for key in self.draft.ids("pupils") if any(self.agents.values()) else ():
            values = self.draft.values("pupils", key)
            if values is not None:
                values["carers"] = tuple(tied.get(key, ()))

    def _tie_in_delta(self, tied: dict[str, dict[str, None]]) -> None:
        """A delta adds ties; those of a pupil whose own row names carers are replaced by these."""
        for key, carers in tied.items():
            old = self.old_pupils.get(key)
            values = self.draft.values("pupils", key)
            if values is None and old is not None:
                values = {}
                self.draft.put("pupils", key, values, NOWHERE)
            if values is not None:
                before = () if self.agents.get(key) or old is None else old.carers
                values["carers"] = tuple(dict.fromkeys((*before, *carers)))

    def _is_deleted(self, line: Line) -> bool:
        return line["status"].casefold() == _DELETED

    def _has_key(self, file: RosterFile, line: Line) -> bool:
        if line["sourcedId"]:
            return True
        file.wrong(line, "sourcedId", "an id", "Export it again.")
        return False


def _preferred(file: RosterFile, line: Line) -> dict[str, Any]:
    """The names somebody goes by, where the version has columns for them."""
    if not file.has("preferredGivenName"):
        return {}
    given, family = line["preferredGivenName"], line["preferredFamilyName"]
    others = (f"{given or line['givenName']} {family}",) if family and family != line["familyName"] else ()
    return {"preferred_name": "" if given == line["givenName"] else given, "other_names": others}
