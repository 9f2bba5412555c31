"""A plan in words for whoever confirms it: who comes, who goes, and what becomes of whom."""

from collections.abc import Iterable
from typing import Any

import msgspec

from gateway.register.imports.plan import Plan
from gateway.register.model import People
from gateway.register.problems import shown
from gateway.register.register import with_contacts

_LISTED = 50  # people of a kind, added, changed or removed


class Field(msgspec.Struct, frozen=True):
    """One field of one person, before and after."""

    name: str
    before: str
    after: str


class Touched(msgspec.Struct, frozen=True):
    """One person or school whom an import touches; *fields* where it changes them."""

    id: str
    name: str
    fields: tuple[Field, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """What happens to one kind of people. The counts are of all, the lists hold the first fifty."""

    kind: str
    before: int
    added: int
    changed: int
    removed: int
    comers: tuple[Touched, ...]
    changes: tuple[Touched, ...]
    leavers: tuple[Touched, ...]


def difference(old: People, new: People, plan: Plan) -> tuple[Group, ...]:
    """The plan with names, for those kinds that change at all."""
    old, new = with_contacts(old), with_contacts(new)
    groups = []
    for change in plan.changes:
        if not (change.added or change.changed or change.removed):
            continue
        # A leaver who is not kept any more may be in neither; then the id says who it was.
        before = {each.id: each for each in getattr(old, change.kind)}
        after = {each.id: each for each in getattr(new, change.kind)}
        groups.append(
            Group(
                change.kind,
                change.before,
                len(change.added),
                len(change.changed),
                len(change.removed),
                _named(after, change.added),
                tuple(
                    Touched(key, _name(after[key]), tuple(_fields(before[key], after[key])))
                    for key in change.changed[:_LISTED]
                    if key in before and key in after
                ),
                _named(before, change.removed),
            )
        )
    return tuple(groups)


def _named(records: dict[str, Any], keys: tuple[str, ...]) -> tuple[Touched, ...]:
    return tuple(Touched(key, _name(records[key]) if key in records else key) for key in keys[:_LISTED])


def _name(record: Any) -> str:
    parts = (
        getattr(record, "given_name", ""),
        getattr(record, "family_name", ""),
        getattr(record, "name", ""),
    )
    return " ".join(filter(None, parts)) or str(record.id)


def _fields(before: Any, after: Any) -> Iterable[Field]:
    for name in before.__struct_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Field(name.replace("_", " "), _value(old), _value(new))


def _value(value: Any) -> str:
    match value:
        case tuple():
            return ", ".join(map(_value, value)) or "none"
        case msgspec.Struct():
            return ", ".join(
                f"{name.replace('_', ' ')} {_value(getattr(value, name))}" for name in value.__struct_fields__
            )
        case bool():
            return "yes" if value else "no"
        case None | "":
            return "none"
        case str():
            return shown(value).strip('"')
        case _:
            return str(value)
