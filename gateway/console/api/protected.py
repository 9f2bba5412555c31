"""Protected messages: what opens them, and taking their files back."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.console.api.operation import Call, Operation
from gateway.console.pages import OVERSIGHT
from gateway.console.protected import known, own, take_back
from gateway.review.pickup import Waiting

Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]


class Protected(msgspec.Struct, frozen=True):
    """Whether the passphrase of a message is kept, and its files that wait on a page."""

    item: str
    passphrase_kept: bool
    pickups: tuple[Waiting, ...]


class Looking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody looks the passphrase up. It is recorded before it is shown."""

    reason: Reason


class Passphrase(msgspec.Struct, frozen=True):
    """To be read out on the telephone, never to be sent by email."""

    passphrase: str


async def list_protected(call: Call) -> tuple[str, ...]:
    """This account's own messages whose passphrases or files are kept."""
    return await own(call)


async def show_protected(call: Call) -> Protected:
    """What is kept of a message: one's own, or any for a reviewer."""
    return await _of(call, await known(call, call.part("item")))


async def look_up_passphrase(call: Call, asked: Looking) -> Passphrase:
    """The passphrase of a message, for a reason that is recorded."""
    item = await known(call, call.part("item"))
    return Passphrase(await call.parts.store.escrow.look(item, call.who, asked.reason.strip()))


async def withdraw_files(call: Call) -> Protected:
    """Nobody picks the files of a message up any more."""
    return await _of(call, await take_back(call, call.part("item")))


async def _of(call: Call, item: str) -> Protected:
    store = call.parts.store
    return Protected(item, await store.escrow.has(item), await store.pickups.of_message(item))


OPERATIONS = (
    Operation("GET", "/protected", list_protected, "protected:read", OVERSIGHT),
    Operation("GET", "/protected/{item}", show_protected, "protected:read", OVERSIGHT),
    Operation("POST", "/protected/{item}/passphrase", look_up_passphrase, "protected:read", OVERSIGHT),
    Operation("POST", "/protected/{item}/withdraw", withdraw_files, "protected:write", OVERSIGHT),
)
