"""Finds out what a set of files is, and has it read."""

import posixpath
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from gateway.register.imports.draft import Draft
from gateway.register.imports.manifest import MANIFEST
from gateway.register.imports.oneroster import read_oneroster
from gateway.register.imports.school_data_sync import read_school_data_sync
from gateway.register.imports.spreadsheet import Mapped, read_tables
from gateway.register.imports.tables import Table, read_csv, read_workbook
from gateway.register.model import People
from gateway.register.native import read_native
from gateway.register.opening import with_secrets_of
from gateway.register.problems import Problem, Reading, RegisterProblem
from gateway.register.register import Agency

_EXPECTED = "JSON, CSV or .xlsx, or a OneRoster or School Data Sync bundle (a folder or .zip)"

# What is read of a OneRoster or School Data Sync bundle; classes, results and the like are not.
_ROSTER_FILES = {
    MANIFEST,
    "users.csv",
    "orgs.csv",
    "roles.csv",
    "demographics.csv",
    "enrollments.csv",
    "relationships.csv",
}


class Options(msgspec.Struct, frozen=True):
    """
    How files are to be understood.

    *mapping*: columns that are called otherwise. *contracted*: the pupils of a
    school's bundle are taught for that school. *merge*: whoever is not in the
    files stays.
    """

    encoding: str = "utf-8"
    mapping: Mapped = {}
    contracted: bool = False
    merge: bool = False


def read_bundle(
    files: Mapping[str, bytes],
    agency: Agency,
    old: People,
    options: Options,
    *,
    today: date,
    tick: Callable[[int], None] = lambda _: None,
    workbook: Callable[[bytes, str], list[Table]] = read_workbook,
) -> Reading:
    """
    Read a register from files by their names.

    *tick* is told how many rows are done; *workbook* reads workbooks. Fields and kinds of people that the files do not speak of are taken from *old*.

    Raises:
        RegisterProblem: what is wrong, all of it.
    """
    names = {name: name.casefold() for name in files}
    jsons = [name for name, lower in names.items() if lower.endswith(".json")]
    if jsons:
        if len(files) > 1:
            raise _unknown(", ".join(sorted(files))[:80], "one register as JSON, or a bundle without any")
        reading = read_native(files[jsons[0]], jsons[0], today)
        reading = msgspec.structs.replace(reading, people=with_secrets_of(reading.people, old))
        return _merged(reading, old) if options.merge else reading
    draft = _draft(_tables(files, options.encoding, workbook), agency, old, options, today=today, tick=tick)
    draft.delta = draft.delta or options.merge
    return draft.finish(old, today)


def _merged(reading: Reading, old: People) -> Reading:
    """Whoever is in the file as the file says, and everybody else as before."""
    merged: dict[str, Any] = {}
    for kind in People.__struct_fields__:
        records = {record.id: record for record in (*getattr(old, kind), *getattr(reading.people, kind))}
        merged[kind] = tuple(records.values())
    return msgspec.structs.replace(reading, people=People(**merged))


def _draft(
    tables: Mapping[str, Table],
    agency: Agency,
    old: People,
    options: Options,
    *,
    today: date,
    tick: Callable[[int], None],
) -> Draft:
    by_name = {posixpath.basename(name).casefold(): table for name, table in tables.items()}
    shared: dict[str, Any] = {"today": today, "contracted": options.contracted, "tick": tick}
    if MANIFEST in by_name or ("users.csv" in by_name and "agentSourcedIds" in by_name["users.csv"].header):
        return read_oneroster(by_name, agency, old, **shared)
    if "users.csv" in by_name:
        return read_school_data_sync(by_name, agency, **shared)
    draft = Draft()
    read_tables(list(tables.values()), draft, options.mapping, tick)
    return draft


def _tables(
    files: Mapping[str, bytes], encoding: str, workbook: Callable[[bytes, str], list[Table]]
) -> dict[str, Table]:
    """Every table of every file; the defects of all of them together."""
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    is_roster = any(posixpath.basename(name).casefold() in ("users.csv", MANIFEST) for name in files)
    for name, data in sorted(files.items()):
        lower = name.casefold()
        if is_roster and posixpath.basename(lower) not in _ROSTER_FILES:
            continue
        try:
            if lower.endswith((".xlsx", ".xlsm", ".xls", ".ods")):
                tables.update({table.name: table for table in workbook(data, name)})
            elif lower.endswith((".csv", ".txt", ".tsv")):
                tables[name] = read_csv(data, name, encoding)
        except RegisterProblem as found:
            problems.extend(found.problems)
    if problems:
        raise RegisterProblem(problems)
    if not tables:
        raise _unknown(", ".join(sorted(files))[:80] or "nothing", _EXPECTED)
    return tables


def _unknown(found: str, expected: str) -> RegisterProblem:
    return RegisterProblem([Problem(found, "", "no file of a known kind", expected)])
