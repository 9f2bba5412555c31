"""Reports of breaches and concerns: written by who has opened the message, read by them and the lead."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from gateway.console.api.operation import Call, Operation
from gateway.console.concerns import LONGEST, file_it, may_read, pdf_of, readable
from gateway.console.item import has_opened
from gateway.console.pages import REVIEW
from gateway.console.visitor import InTheWay
from gateway.review.concern import Concern, Kind, Told

Words = Annotated[str, Meta(max_length=LONGEST)]
Needed = Annotated[str, Meta(min_length=1, max_length=LONGEST, pattern=r"\S")]


class NewConcern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """
    What is reported, in the reporter's words: what happened and whom it is about, at least.

    With *reserve* only the safeguarding lead opens and decides the message from now on.
    """

    kind: Kind
    happened: Needed
    affected: Needed
    noticed: Words = ""
    data: Words = ""
    risk: Words = ""
    done: Words = ""
    informed: Words = ""
    reserve: bool = False


class Filed(msgspec.Struct, frozen=True):
    """The report's id."""

    id: str


async def list_concerns(call: Call) -> tuple[Concern, ...]:
    """The reports about an item that this account may read."""
    item = await call.parts.store.quarantine.get(call.part("item"))
    found = await call.parts.store.concerns.about(item.held.id)
    return tuple(each for each in found if may_read(call, each))


async def report_concern(call: Call, asked: NewConcern) -> Filed:
    """Report a breach or a concern about an item that was opened in the last quarter of an hour."""
    item = await call.parts.store.quarantine.get(call.part("item"))
    if not has_opened(call, item):
        raise InTheWay(403, "This message is closed", "Open it first, with a reason; that is recorded.")
    told = msgspec.convert(
        {name: getattr(asked, name).strip() for name in Told.__struct_fields__}, Told, strict=True
    )
    return Filed(await file_it(call, item, asked.kind, told, reserve=asked.reserve))


async def show_concern(call: Call) -> Concern:
    """One report, for its author and the safeguarding lead."""
    return await readable(call, call.part("item"), call.part("report"))


async def concern_pdf(call: Call) -> Response:
    """The same on paper; that it was taken away is recorded."""
    return await pdf_of(call, await readable(call, call.part("item"), call.part("report")))


OPERATIONS = (
    Operation("GET", "/items/{item}/concerns", list_concerns, "concerns:read", REVIEW),
    Operation("POST", "/items/{item}/concerns", report_concern, "concerns:write", REVIEW),
    Operation("GET", "/items/{item}/concerns/{report}", show_concern, "concerns:read", REVIEW),
    Operation(
        "GET", "/items/{item}/concerns/{report}/pdf", concern_pdf, "concerns:read", REVIEW, "application/pdf"
    ),
)
