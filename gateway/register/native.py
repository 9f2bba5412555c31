"""
The register as native JSON: read with every defect named, written back as it was.

The shape is that of the model; `kind` and a contact's `school` are the
register's own and neither read nor written.
"""

import codecs
import json
import types
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import Any, get_args, get_origin

import msgspec

from gateway.register.check import Flaw, flaws, oddities
from gateway.register.model import People, School, SchoolContact
from gateway.register.opening import without_secrets
from gateway.register.problems import Problem, Reading, RegisterProblem, shown

_UTF8 = "a JSON file in UTF-8"
_KINDS = {str: "text in quotes", bool: "true or false", date: 'a date such as "2012-04-03"'}
# Keys that stand in the file only where somebody filled them in; all others are always written.
_ONLY_IF_SET = {
    "pupils": {"photo_consent_on", "left_on"},
    "staff": {"preferred_name", "other_names"},
    "carers": {"secret"},
}


def read_native(data: bytes, file: str, today: date | None = None) -> Reading:
    """
    Read a register. *file* is its name, for messages; dates of birth may not lie after *today*.

    Raises:
        RegisterProblem: it is no native JSON, or has bad rows; all of them are named.
    """
    document = _json(data, file)
    if not isinstance(document, dict):
        keys = ", ".join(People.__struct_fields__)
        raise RegisterProblem([Problem(file, "", shown(document), f"an object with the keys {keys}")])
    problems = [Problem(file, *found) for found in _misfits(document, People, "", document)]
    if problems:
        raise RegisterProblem(problems)
    people = msgspec.convert(document, People)

    def named(found: Iterable[Flaw]) -> tuple[Problem, ...]:
        places = ((f"{flaw.kind}[{flaw.position}].{flaw.key}", flaw[3:]) for flaw in found)
        return tuple(Problem(file, _place(document, path), *rest) for path, rest in places)

    defects = named(flaws(people, today))
    if defects:
        raise RegisterProblem(defects)
    return Reading(people, named(oddities(people)))


def write_native(people: People, *, secrets: bool = False) -> bytes:
    """The register as native JSON in UTF-8, one record a line; the families' *secrets* only if asked for."""
    document = msgspec.to_builtins(people if secrets else without_secrets(people))
    lines = []
    for kind in People.__struct_fields__:
        records = ",\n".join(f"    {_text(_written(record, kind))}" for record in document[kind])
        lines.append(f'  "{kind}": [\n{records}\n  ]' if records else f'  "{kind}": []')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _text(record: dict[str, Any]) -> str:
    return msgspec.json.encode(record).decode()


def _written(record: dict[str, Any], kind: str) -> dict[str, Any]:
    """What of a record belongs in the file."""
    optional = _ONLY_IF_SET.get(kind, set())
    kept = {key: value for key, value in record.items() if value or key not in optional}
    if kept.get("contract"):
        kept["contract"] = {key: value for key, value in kept["contract"].items() if value is not None}
    if kind == "schools":
        kept["staff"] = [
            {key: value for key, value in contact.items() if key != "school" and (value or key != "id")}
            for contact in record["staff"]
        ]
    return kept


def _json(data: bytes, file: str) -> Any:
    """Decode and parse; every way in which that can fail has its own words."""

    def trouble(found: str, expected: str, remedy: str = "", where: str = "") -> RegisterProblem:
        return RegisterProblem([Problem(file, where, found, expected, remedy)])

    if not data.strip():
        raise trouble("an empty file", _UTF8, "Has the export finished?")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise trouble("a file in UTF-16", _UTF8, "Save it as UTF-8.")
    if data.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")):
        raise trouble("another kind of file (a workbook, archive or document)", _UTF8)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        found = f"the byte 0x{data[problem.start]:02x}, which is no UTF-8"
        raise trouble(found, _UTF8, "Save it as UTF-8.", f"line {line}") from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        bare = text.strip()
        if problem.pos >= len(text.rstrip()) or (bare.startswith("{") and not bare.endswith("}")):
            raise trouble(
                "the end of the file in the middle of the data",
                _UTF8,
                "It was cut off: export it again.",
                where,
            ) from None
        raise trouble(f"no JSON ({problem.msg})", _UTF8, "", where) from None
    except _Doubled as problem:
        raise trouble(f"the key {shown(problem.args[0])} twice in one object", "each key once") from None
    except RecursionError:
        raise trouble("lists or objects in one another without end", _UTF8) from None
    except ValueError as problem:
        raise trouble("a number that is none", "text, true or false", str(problem)[:60]) from None


class _Doubled(Exception):
    """A key stands twice in one object; the later would silently replace the earlier."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Doubled(key)
            seen.add(key)
    return record


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON.")


def _misfits(value: Any, kind: Any, path: str, document: Any) -> Iterator[tuple[str, str, str, str]]:
    """Where the value does not have the shape of the type: (where, found, expected, remedy)."""
    if isinstance(kind, types.UnionType):
        if value is None and type(None) in get_args(kind):
            return
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            yield _place(document, path), shown(value), "a list", "Put it in square brackets."
            return
        inner = get_args(kind)[0]
        for position, each in enumerate(value):
            yield from _misfits(each, inner, f"{path}[{position}]", document)
    elif issubclass(kind, msgspec.Struct):
        yield from _record(value, kind, path, document)
    else:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            # The value of a secret stands in no message.
            found = "no text" if path.endswith(".secret") else shown(value)
            yield (
                _place(document, path),
                found,
                _KINDS.get(kind, "a value"),
                _advice(value, kind, hidden=path.endswith(".secret")),
            )


def _record(
    value: Any, kind: type[msgspec.Struct], path: str, document: Any
) -> Iterator[tuple[str, str, str, str]]:
    if not isinstance(value, dict):
        yield _place(document, path), shown(value), "an object in curly brackets", ""
        return
    with_faults = False
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        with_faults = True
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    if kind is SchoolContact:
        del known["school"]
    if not with_faults and kind not in (People, School, SchoolContact):
        return
    dot = f"{path}." if path else ""
    for key in value:
        if key not in known:
            close = get_close_matches(key, known, 1)
            hint = f"{close[0]}, perhaps?" if close else ""
            yield _place(document, f"{dot}{key}"), "an unknown key", f"one of {', '.join(known)}", hint
    for name, field in known.items():
        if name in value:
            yield from _misfits(value[name], field.type, f"{dot}{name}", document)
        elif field.required:
            yield _place(document, f"{dot}{name}"), "nothing", "this key: it is required", ""


def _advice(value: Any, kind: Any, *, hidden: bool) -> str:
    if kind is str and isinstance(value, int) and not isinstance(value, bool) and not hidden:
        return f'Put it in quotes: "{str(value)[:20]}".'
    if kind is bool and isinstance(value, str | int):
        return "Write it without quotes, as true or false."
    if kind is date and isinstance(value, str):
        return "Write year, month and day, and a day that the calendar has."
    if value is None:
        return "Leave the key out where nothing is known."
    return ""


def _place(document: Any, path: str) -> str:
    """The path, with the record's own id beside its number: ``pupils[3] (id "p4").emails[0]``."""
    head, bracket, rest = path.partition("[")
    if not bracket:
        return path
    number, _, rest = rest.partition("]")
    try:
        key = document[head][int(number)]["id"]
    except (KeyError, IndexError, TypeError):
        return path
    return f"{head}[{number}] (id {shown(key)}){rest}"
