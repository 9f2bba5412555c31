"""The whole API: its operations, and the document that describes them."""

from functools import cache

import msgspec
from starlette.responses import Response

from gateway.console.api import (
    access,
    concerns,
    contents,
    decisions,
    imports,
    insight,
    items,
    matters,
    protected,
    recipient_keys,
)
from gateway.console.api.document import document
from gateway.console.api.operation import Call, Operation, route
from gateway.console.pages import PUBLIC


async def openapi(call: Call) -> Response:  # noqa: ARG001 -- every operation gets one
    """This description."""
    return Response(_encoded(), media_type="application/json")


@cache
def _encoded() -> bytes:
    return msgspec.json.encode(document(OPERATIONS))


OPERATIONS: tuple[Operation, ...] = (
    *items.OPERATIONS,
    *contents.OPERATIONS,
    *decisions.OPERATIONS,
    *matters.OPERATIONS,
    *concerns.OPERATIONS,
    *protected.OPERATIONS,
    *insight.OPERATIONS,
    *imports.OPERATIONS,
    *recipient_keys.OPERATIONS,
    *access.OPERATIONS,
    Operation("GET", "/openapi.json", openapi, "", PUBLIC),
)
PAGES = [route(each) for each in OPERATIONS]
