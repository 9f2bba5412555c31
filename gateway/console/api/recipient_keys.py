"""Recipients' keys: list them, put a file in, take it out."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.console.api.operation import Call, Operation
from gateway.console.pages import ADMIN
from gateway.console.recipient_keys import LIMIT, added, known, removed
from gateway.review.known_key import KeyFile


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate or OpenPGP key: the file's name, whose ending tells the kind, and its *content* in base64."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    content: bytes


async def list_keys(call: Call) -> tuple[KeyFile, ...]:
    """Files with recipients' keys: the store's, and those of the folder, which have no id."""
    return await known(call)


async def add_key(call: Call, asked: NewKey) -> KeyFile:
    """Keep a file with keys, if one of them can be used."""
    return await added(call, asked.name, asked.content)


async def remove_key(call: Call) -> None:
    """Keep a file no longer."""
    await removed(call, call.part("key"))


OPERATIONS = (
    Operation("GET", "/keys", list_keys, "keys:read", ADMIN),
    Operation("POST", "/keys", add_key, "keys:write", ADMIN, limit=LIMIT * 4 // 3 + 10_000),
    Operation("DELETE", "/keys/{key}", remove_key, "keys:write", ADMIN),
)
