"""
What OneRoster and School Data Sync have in common: users with roles in organisations.

Who is a pupil and who a carer is said by the role. Whether a teacher is one of
the agency's tutors or belongs to a contracting school is not said at all: an
address inside the agency's domains makes a tutor.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from gateway.mail.address import domain_of
from gateway.register.check import is_address
from gateway.register.imports import cells
from gateway.register.imports.draft import Draft, Source
from gateway.register.imports.tables import Table
from gateway.register.model import SchoolContact
from gateway.register.problems import Problem, shown
from gateway.register.register import Agency

PUPIL_ROLES = {"student", "alumni"}
CARER_ROLES = {"parent", "guardian", "relative"}
# Around a pupil, but without parental responsibility.
OTHER_ROLES = {"aide", "proctor", "doctor", "other", "child"}
STAFF_ROLES = {
    # OneRoster 1.1 and 1.2
    *("teacher", "administrator", "counselor", "districtadministrator", "principal", "siteadministrator"),
    "systemadministrator",
    # School Data Sync 2.1 (Microsoft, "Default list of values")
    *(
        "chair",
        "professor",
        "researcher",
        "adjunct",
        "affiliate",
        "occupationaltherapist",
        "physicaltherapist",
    ),
    *("speechtherapist", "visiontherapist", "paraprofessional", "specialservices", "advisor", "nurse"),
    *(
        "officestaff",
        "lecturer",
        "itadmin",
        "faculty",
        "staff",
        "teacherassistant",
        "assistant",
        "instructor",
    ),
    *("substitute", "coach"),
}
_ROLES = PUPIL_ROLES | CARER_ROLES | OTHER_ROLES | STAFF_ROLES


def is_role(role: str) -> bool:
    """
    Whether a role, in lower case, is one of the standards' or an extension of them ("ext:…").

    Whoever has another could be a pupil whose role is misspelt, and must not be
    taken for somebody grown up.
    """
    return role.startswith("ext:") or role in _ROLES


class Line:
    """A row, its cells by column name."""

    __slots__ = ("_cells", "_places", "number")

    def __init__(self, number: int, row: list[str], places: dict[str, int]) -> None:
        self.number = number
        self._cells = row
        self._places = places

    def __getitem__(self, column: str) -> str:
        """The cell in that column, "" without one."""
        place = self._places.get(column, -1)
        text = self._cells[place] if 0 <= place < len(self._cells) else ""
        return cells.clean(text) if text else ""

    def several(self, column: str) -> list[str]:
        """The values of a cell that holds a list: the standard parts them by commas."""
        text = self[column]
        return [each.strip() for each in text.split(",") if each.strip()] if text else []


class RosterFile:
    """One file of a bundle, its columns named exactly as the standard names them."""

    def __init__(self, table: Table, draft: Draft, required: Sequence[str]) -> None:
        self.name = table.name
        self._draft = draft
        self._header = table.header
        self._rows = table.rows
        missing = [column for column in required if column not in table.header]
        if missing:
            close = [
                name for name in table.header if name.casefold() in {each.casefold() for each in missing}
            ]
            found = f"without {', '.join(missing)}" + (f" (but with {', '.join(close)})" if close else "")
            remedy = "The standard's column names are case-sensitive." if close else "Export it again."
            draft.problems.append(Problem(self.name, "line 1", found, "the standard's columns", remedy))
            self._rows = []

    def __iter__(self) -> Iterator[Line]:
        """Each row; one with too many cells is a defect and left out."""
        places = {column: place for place, column in enumerate(self._header)}
        for row in self._rows:
            if len(row.cells) > len(self._header):
                expected = f"{len(self._header)}, as the first line has"
                remedy = "A value with a comma in it needs quotation marks around it."
                found = f"{len(row.cells)} cells"
                self._draft.problems.append(Problem(self.name, f"line {row.line}", found, expected, remedy))
                continue
            yield Line(row.line, row.cells, places)

    def has(self, column: str) -> bool:
        """Whether there is such a column."""
        return column in self._header

    def source(self, line: Line, **columns: str) -> Source:
        """Where a row stands, with the columns that feed our fields."""
        return Source(self.name, line.number, columns)

    def wrong(self, line: Line, column: str, expected: str, remedy: str = "") -> None:
        """Take down a defect in a cell."""
        where = f"line {line.number}, column {shown(column)}"
        self._draft.problems.append(Problem(self.name, where, shown(line[column]), expected, remedy))

    def date(self, line: Line, column: str) -> date | None:
        """A date in ISO 8601, None for an empty cell."""
        text = line[column]
        if not text:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self.wrong(line, column, "a date such as 2012-04-03")
            return None

    @staticmethod
    def addresses(line: Line, email: str, *accounts: str) -> tuple[str, ...]:
        """The address in one column, checked later with all others; account names count where they are one."""
        names = [text for text in map(line.__getitem__, accounts) if "@" in text and is_address(text)]
        return tuple(dict.fromkeys(filter(None, (line[email], *names))))


def seat(
    draft: Draft,
    agency: Agency,
    key: str,
    person: dict[str, Any],
    orgs: Sequence[str],
    role: str,
    source: Source,
) -> None:
    """A member of staff takes a place: in the agency by the address, otherwise in the schools."""
    domains = {domain.lower() for domain in agency.domains}
    inside = any(domain_of(address) in domains for address in person["emails"])
    if inside or not orgs:
        draft.put("staff", key, {**person, "role": role}, source)
        return
    kept = {name: person[name] for name in ("given_name", "family_name", "emails")}
    for org in orgs:
        draft.add_contact(org, SchoolContact(id=key, role=role, **kept), source)
