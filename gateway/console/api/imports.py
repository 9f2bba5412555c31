"""A new register: the plan first, then its confirmation."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.console.api.operation import Call, Operation
from gateway.console.imports import LIMIT, confirmed, plan_of
from gateway.console.pages import ADMIN
from gateway.console.visitor import InTheWay
from gateway.register.imports.difference import Group
from gateway.register.problems import RegisterProblem

_MOST = 20  # problems


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: *content* in base64."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    content: bytes


class Upload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """CSV, .xlsx, JSON, or a OneRoster .zip."""

    files: Annotated[tuple[File, ...], Meta(min_length=1, max_length=50)]


class Plan(msgspec.Struct, frozen=True):
    """
    What the files would change. Confirm it by its *ticket*, once, within a quarter of an hour.

    *excessive* are the kinds of which more would disappear than is usual; *leavers* left long ago and are not kept.
    """

    ticket: str
    groups: tuple[Group, ...]
    oddities: tuple[str, ...]
    leavers: int
    excessive: tuple[str, ...]


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With *removals* more people may disappear than is usual."""

    removals: bool = False


class Imported(msgspec.Struct, frozen=True):
    """The version of the register that is in force within seconds."""

    version: str


async def plan_import(call: Call, asked: Upload) -> Plan:
    """What a new register would change, person by person. Changes nothing."""
    try:
        planned = await plan_of(call, {each.name: each.content for each in asked.files})
    except RegisterProblem as wrong:
        text = "; ".join(map(str, wrong.problems[:_MOST]))
        raise InTheWay(400, "The files cannot be used", text) from None
    return Plan(
        planned.ticket,
        planned.groups,
        tuple(map(str, planned.oddities)),
        planned.leavers,
        planned.excessive,
    )


async def confirm_import(call: Call, asked: Confirmation) -> Imported:
    """Make the import that was planned under that ticket, by the account that planned it."""
    return Imported(await confirmed(call, call.part("ticket"), removals=asked.removals))


OPERATIONS = (
    Operation(
        "POST", "/register/imports", plan_import, "register:write", ADMIN, limit=LIMIT * 4 // 3 + 10_000
    ),
    Operation("POST", "/register/imports/{ticket}", confirm_import, "register:write", ADMIN),
)
