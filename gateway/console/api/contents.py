"""The contents of a held message, for a reason that is recorded."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from gateway.console.api.operation import Call, Operation
from gateway.console.contents import SEALED, as_file
from gateway.console.item import Attachment, Quote, attachments_of, look, offer_for, quote, read
from gateway.console.letter import letter
from gateway.console.pages import REVIEW
from gateway.console.people import Recipient, recipients_of
from gateway.console.visitor import InTheWay
from gateway.remedy.offer import View
from gateway.review.held import Entry

Reason = Annotated[str, Meta(min_length=1, max_length=400, pattern=r"\S")]


class Found(msgspec.Struct, frozen=True):
    """What a rule found where, and what it suggests."""

    rule: str
    evidence: tuple[Quote, ...]
    suggestion: str


class Correction(msgspec.Struct, frozen=True):
    """What would leave instead, copy by copy. Decide `send_corrected` with this *digest* to send just that."""

    digest: str
    copies: tuple[View, ...]


class Contents(msgspec.Struct, frozen=True):
    """
    What is in a message. *html* is its cleaned text: no script, no address to follow.

    *damaged*: it could not be read; its source is all there is.
    """

    subject: str
    recipients: tuple[Recipient, ...]
    findings: tuple[Found, ...]
    html: str
    links: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    correction: Correction | None
    history: tuple[Entry, ...]
    damaged: bool


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody looks into a message. It is recorded, with the account, before anything is shown."""

    reason: Reason


async def open_item(call: Call, asked: Opening) -> Contents:
    """The contents of an item, for a reason that is recorded."""
    item = await look(call, call.part("item"), asked.reason.strip())
    message = read(await call.parts.store.quarantine.raw(item.held.id), item)
    shown = letter(message) if message else None
    offer = await offer_for(call, item)
    return Contents(
        subject=item.held.subject,
        recipients=recipients_of(item.envelope.rcpt_to, call.parts.register(), item.envelope.today),
        findings=tuple(
            Found(each.finding.rule, tuple(map(quote, each.finding.evidence)), each.finding.suggestion)
            for each in item.verdict.judged
        ),
        html=shown.html if shown else "",
        links=tuple(shown.links) if shown else (),
        attachments=await attachments_of(call, message) if message else (),
        correction=Correction(offer.digest, offer.after) if offer else None,
        history=item.history,
        damaged=message is None,
    )


async def item_source(call: Call, asked: Opening) -> Response:
    """The message as it came, for a reason that is recorded."""
    item = await look(call, call.part("item"), asked.reason.strip())
    raw = await call.parts.store.quarantine.raw(item.held.id)
    return Response(
        raw,
        media_type="application/octet-stream",
        headers={"Content-Disposition": as_file(f"{item.held.id}.eml"), **SEALED},
    )


async def item_file(call: Call, asked: Opening) -> Response:
    """One file of the message, for a reason that is recorded."""
    wanted = call.part("part")
    item = await look(call, call.part("item"), f"downloaded file {wanted}: {asked.reason.strip()}")
    message = read(await call.parts.store.quarantine.raw(item.held.id), item)
    part = next((each for each in (message.attachments if message else ()) if each.path == wanted), None)
    if part is None:
        raise InTheWay(404, "Nothing here", "The message has no such file.")
    name = as_file(part.filename or f"file-{wanted}")
    return Response(
        part.content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": name, **SEALED},
    )


OPERATIONS = (
    Operation("POST", "/items/{item}/open", open_item, "items:open", REVIEW),
    Operation("POST", "/items/{item}/source", item_source, "items:open", REVIEW, "application/octet-stream"),
    Operation(
        "POST", "/items/{item}/files/{part}", item_file, "items:open", REVIEW, "application/octet-stream"
    ),
)
