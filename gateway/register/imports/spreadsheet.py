"""
Spreadsheets as agencies keep them: one table for each kind of people, columns in any order.

A pupil's row may hold the carers too ("Parent 1 name", "Mother e-mail").
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from gateway.mail.address import canonical
from gateway.register.imports import cells
from gateway.register.imports.columns import MANY, Column, Kind, fields_of, kind_of, squeezed, understand
from gateway.register.imports.draft import Draft, Source
from gateway.register.imports.tables import Row, Table
from gateway.register.imports.values import MOJIBAKE, NOTHING, split_name, value_of, wrong
from gateway.register.model import SchoolContact
from gateway.register.problems import Problem, shown

Mapped = Mapping[str, Mapping[str, Sequence[str]]]


def read_tables(tables: Sequence[Table], draft: Draft, mapping: Mapped, tick: Callable[[int], None]) -> None:
    """
    Take down every row of every table.

    *tick* is told how many rows are done, now and then.
    """
    later: list[tuple[str, list[str], Source]] = []  # pupils whose carers say so in the carers' table
    for table in tables:
        kind = kind_of(table.name) or _by_header(table)
        if kind is None:
            names = "pupils, carers, staff, schools or school-staff"
            draft.problems.append(
                Problem(table.name, "", "a table of unknown people", f"a name that says whose it is: {names}")
            )
            continue
        _Reader(kind, table, draft, mapping.get(kind, {}), later).read(tick)
    for carer, pupils, source in later:
        for pupil in pupils:
            values = draft.values("pupils", pupil)
            if values is None:
                draft.notes.append(
                    Problem(
                        source.file, source.where("pupils"), shown(pupil), "the id of a pupil in these files"
                    )
                )
            elif carer not in values.setdefault("carers", ()):
                values["carers"] = (*values["carers"], carer)


def check_mapping(mapping: Mapping[str, Any]) -> Mapped:
    """
    A mapping file's content, checked: ``{"pupils": {"given_name": ["Vorname"]}}``.

    Raises:
        ValueError: says what is wrong with it.
    """
    checked: dict[str, dict[str, list[str]]] = {}
    for kind, fields in mapping.items():
        if kind not in ("pupils", "carers", "staff", "schools", "contacts") or not isinstance(fields, dict):
            raise ValueError(f"[{kind}]: expected one of pupils, carers, staff, schools, contacts")
        known = fields_of(cast("Kind", kind))
        for field, names in fields.items():
            listed = [names] if isinstance(names, str) else names
            if field not in known:
                raise ValueError(f"[{kind}] {field}: expected one of {', '.join(known)}")
            if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
                raise ValueError(f"[{kind}] {field}: expected a column's name, or a list of them")
            checked.setdefault(kind, {})[field] = listed
    return checked


class _Reader:
    """Reads one table."""

    def __init__(
        self,
        kind: Kind,
        table: Table,
        draft: Draft,
        mapping: Mapping[str, Sequence[str]],
        later: list[tuple[str, list[str], Source]],
    ) -> None:
        self.kind = kind
        self.table = table
        self.draft = draft
        self.later = later
        known, ignored = understand(kind, table.header, mapping)
        self.columns = [each for each in known if not each.carer]
        self.carers = [each for each in known if each.carer]
        self.names = {column.field: column.header for column in reversed(self.columns)}
        self.names.setdefault("name", self.names.get("given_name", self.names.get("family_name", "")))
        for position, name in ignored:
            remedy = "This column is not read; if it matters, name it in a mapping file."
            found = shown(name)
            draft.notes.append(Problem(table.name, f"column {position + 1}", found, "", remedy))
        self._doubled()

    def _doubled(self) -> None:
        first: dict[tuple[str, str], Column] = {}
        for column in (*self.columns, *self.carers):
            before = first.setdefault((column.field, column.carer), column)
            if before is not column and column.field not in MANY:
                found = f"{shown(column.header)} and {shown(before.header)} for the same thing"
                remedy = "Remove one of the columns, or rename it."
                self.draft.problems.append(
                    Problem(self.table.name, "line 1", found, f"one column for {column.field}", remedy)
                )

    def read(self, tick: Callable[[int], None]) -> None:
        """Take down each row."""
        fields = {column.field for column in self.columns}
        if not fields & {"id", "given_name", "family_name", "name", "preferred_name", "school"}:
            expected = "a column with names, such as First name and Surname"
            remedy = "If it is called otherwise, name it in a mapping file."
            self.draft.problems.append(Problem(self.table.name, "line 1", "none", expected, remedy))
            return
        if self.kind != "contacts":
            self.draft.speak_of(self.kind)
        if self.carers:
            self.draft.speak_of("carers")
        for number, row in enumerate(self.table.rows, 1):
            self._row(row)
            if number % 1000 == 0:
                tick(1000)
        tick(len(self.table.rows) % 1000)

    def _row(self, row: Row) -> None:
        source = Source(self.table.name, row.line, self.names)
        if len(row.cells) > len(self.table.header):  # even if empty: a separator too many moves the others
            found = f"{len(row.cells)} cells"
            remedy = "A value with a separator in it needs quotation marks around it."
            expected = f"{len(self.table.header)}, as the first line has"
            self.draft.problems.append(Problem(source.file, source.where(""), found, expected, remedy))
            return
        values = self._values(row, self.columns, source)
        split_name(values, self.kind)
        if self.kind == "contacts":
            self._contact(values, source)
            return
        key = values.pop("id", "") or self._made_up(values)
        if not key:
            remedy = "Give the row an id, or an email address to be known by."
            self.draft.problems.append(Problem(source.file, source.where("id"), "nothing", "an id", remedy))
            return
        if "carers" in values or self.carers:
            inline = self._inline(row, key, source)
            values["carers"] = tuple(dict.fromkeys((*values.get("carers", ()), *inline)))
        self._put(key, values, source)

    def _put(self, key: str, values: dict[str, Any], source: Source) -> None:
        if self.kind == "carers" and "pupils" in values:
            self.later.append((key, list(values.pop("pupils")), source))
        self.draft.put(self.kind, key, values, source)

    def _contact(self, values: dict[str, Any], source: Source) -> None:
        school = values.pop("school", "")
        if school:
            kept = {name: value for name, value in values.items() if name in SchoolContact.__struct_fields__}
            self.draft.add_contact(school, SchoolContact(**kept), source)
        else:
            expected = "the id or name of a school"
            self.draft.problems.append(Problem(source.file, source.where("school"), "nothing", expected))

    def _made_up(self, values: Mapping[str, Any]) -> str:
        """An id for a row of a table that has none: the address, or the name with the date of birth."""
        if "id" in self.names:
            return ""
        if values.get("emails"):
            return canonical(values["emails"][0])
        if values.get("domains"):
            return str(values["domains"][0])
        parts = (
            values.get("given_name"),
            values.get("family_name"),
            values.get("name"),
            values.get("date_of_birth"),
        )
        return " ".join(str(part) for part in parts if part).casefold()

    def _values(self, row: Row, columns: Sequence[Column], source: Source) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in columns:
            text = cells.clean(row.cells[column.position]) if column.position < len(row.cells) else ""
            try:
                value = value_of(column.field, text)
            except ValueError:
                self.draft.problems.append(
                    Problem(
                        source.file,
                        f"line {row.line}, column {shown(column.header)}",
                        *wrong(column.field, text),
                    )
                )
                continue
            if column.field in MANY:
                values[column.field] = tuple(dict.fromkeys((*values.get(column.field, ()), *(value or ()))))
                continue
            if column.field == "not may_receive":
                values["may_receive"] = not value
                continue
            if value is None:  # an empty cell says that there is nothing, which is not silence
                values.setdefault(column.field, NOTHING.get(column.field, ""))
                continue
            if isinstance(value, str) and any(each in value for each in MOJIBAKE):
                remedy = "The export was read in the wrong encoding somewhere: export it again as UTF-8."
                self.draft.notes.append(
                    Problem(source.file, source.where(column.field), shown(value), "readable letters", remedy)
                )
            values[column.field] = value
        return values

    def _inline(self, row: Row, pupil: str, source: Source) -> list[str]:
        """The carers that stand in a pupil's row; one and the same address is one and the same person."""
        ids = []
        for carer in dict.fromkeys(column.carer for column in self.carers):
            columns = [column for column in self.carers if column.carer == carer]
            values = self._values(row, columns, source)
            if not any(values.values()):
                continue
            split_name(values, "carers")
            if not values.get("given_name") and not values.get("family_name"):
                values["given_name"] = carer.capitalize()
            key = values.pop("id", "")
            if not key and values.get("emails"):
                key = canonical(values["emails"][0])
            if not key:
                key = f"{pupil} {carer}"
            ids.append(key)
            before = self.draft.values("carers", key)
            names = {column.field: column.header for column in columns}
            if before is None:
                self.draft.put("carers", key, values, Source(source.file, row.line, names))
            else:
                phones = (*before.get("phones", ()), *values.get("phones", ()))
                emails = (*before.get("emails", ()), *values.get("emails", ()))
                before["phones"] = tuple(dict.fromkeys(phones))
                before["emails"] = tuple({canonical(each): each for each in reversed(emails)}.values())[::-1]
        return ids


def _by_header(table: Table) -> Kind | None:
    """The kind of people whose columns a table has, where its name does not say."""
    header = {squeezed(name) for name in table.header}
    if header & {"dateofbirth", "dob", "birthdate"}:
        return "pupils"
    if header & {"pupilid", "childid", "pupils", "children", "mayreceive"}:
        return "carers"
    return None
