"""
One held message: why it was stopped, for anybody who may review; what is in it, for
whoever has said why they look.

That somebody looked stands in the audit trail before anything is shown, and the trail
itself says whether they still may: for a quarter of an hour, in the same session.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.responses import Response

from gateway.console.decisions import BLOCKS, obstacle
from gateway.console.letter import letter
from gateway.console.notes import veiled
from gateway.console.pages import LEAD, REVIEW, Visit, page
from gateway.console.people import recipients_of, spoken, tutor_name
from gateway.console.visitor import Visitor
from gateway.mail.document import Document
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.mime import Part
from gateway.policy.finding import Evidence
from gateway.remedy.offer import Offer
from gateway.review.held import Item
from gateway.review.rules import NotAllowed

OPEN_FOR = timedelta(minutes=15)
REASONS = (
    "To decide on this message",
    "The tutor asked about it",
    "A safeguarding concern",
    "A data protection request",
)
_LONGEST_QUOTE = 400


class Quote(msgspec.Struct, frozen=True):
    """A piece of the message: *matter* is what was found, between *before* and *after*."""

    where: str
    before: str
    matter: str
    after: str
    why: str


class Attachment(msgspec.Struct, frozen=True):
    """A file of the message, as the worker found it."""

    path: str
    name: str
    size: int
    media_type: str
    protection: str


def is_open(visit: Visit, item: Item) -> bool:
    """Whether this session's owner has opened the message, not too long ago."""
    return visit.session is not None and has_opened(visit, item, visit.session.begun_at)


def has_opened(visitor: Visitor, item: Item, begun: datetime | None = None) -> bool:
    """Whether somebody has opened the message, not too long ago and not before *begun*."""
    if is_closed_to(visitor, item):
        return False
    since = visitor.parts.clock() - OPEN_FOR
    since = max(begun, since) if begun else since
    return any(
        entry.what == "opened" and entry.who == visitor.who and entry.at >= since for entry in item.history
    )


def is_closed_to(visit: Visitor, item: Item) -> bool:
    """Whether it is for the safeguarding lead's eyes, and these are not theirs."""
    return item.held.reserved and not visit.may(LEAD)


async def show(visit: Visit) -> Response:
    """The item, with as much as this person may see just now."""
    item = await visit.parts.store.quarantine.get(visit.item)
    register = visit.parts.register()
    recipients = recipients_of(item.envelope.rcpt_to, register, item.envelope.today)
    values: dict[str, Any] = {
        "item": item,
        "held": item.held,
        "closed_to": is_closed_to(visit, item),
        "tutor": tutor_name(item.held.tutor, register),
        "recipients": recipients,
        "spoken": spoken(recipients, register),
        "reasons": REASONS,
        "against": await obstacle(visit, item),
    }
    if not is_open(visit, item):
        return visit.show("item_closed.html", **values, history=veiled(item.history, REASONS))
    raw = await visit.parts.store.quarantine.raw(item.held.id)
    message = read(raw, item)
    body = letter(message) if message else None
    return visit.show(
        "item.html",
        **values,
        history=item.history,
        quote=quote,
        blocks=BLOCKS,
        agreed=await visit.parts.store.review.agreed(item.held.id) if item.held.people > 1 else 0,
        lead=visit.may(LEAD),
        letter=body,
        concerns=[
            each
            for each in await visit.parts.store.concerns.about(item.held.id)
            if each.by == visit.who or visit.may(LEAD)
        ],
        offer=await offer_for(visit, item),
        sender=message.senders[0].display if message and message.senders else "",
        attachments=await attachments_of(visit, message) if message else (),
    )


async def open_it(visit: Visit) -> Response:
    """Say why, and have it recorded; then look."""
    reason = await visit.text("reason", 100)
    more = await visit.text("more", 400)
    if reason not in REASONS and not more:
        return visit.trouble(400, "A reason is needed", "Please say why you open this message.")
    said = ": ".join(filter(None, [reason if reason in REASONS else "", more]))
    await look(visit, visit.item, said)
    return visit.go(f"/items/{visit.item}")


async def look(visitor: Visitor, item: str, reason: str) -> Item:
    """
    An item with everything in it; that they looked, and why, is recorded before.

    Raises:
        NotAllowed: it is for the safeguarding lead alone.
        NoSuchItem: there is none.
    """
    if is_closed_to(visitor, await visitor.parts.store.quarantine.get(item)):
        raise NotAllowed("reserved")
    return await visitor.parts.store.quarantine.look(item, visitor.who, reason)


def read(raw: bytes, item: Item) -> Message | None:
    """The message, or None where its structure is damaged."""
    try:
        return Message.parse(raw, item.envelope)
    except MalformedMessage:
        return None


async def offer_for(visit: Visitor, item: Item) -> Offer | None:
    """What the gateway could put right; None where it can do nothing, or all is decided."""
    if visit.parts.corrections is None or item.held.state != "held":
        return None
    offer = (await visit.parts.corrections.look(item.held.id)).offer
    return offer if offer and offer.after and offer.steps else None


async def attachments_of(visit: Visitor, message: Message) -> tuple[Attachment, ...]:
    """The files of a message, as the workers find them."""
    parts = message.attachments
    found = await visit.parts.documents.read(parts) if parts else {}
    return tuple(_attachment(part, found.get(part.path)) for part in parts)


def _attachment(part: Part, document: Document | None) -> Attachment:
    return Attachment(
        path=part.path,
        name=part.filename or "without a name",
        size=document.size if document else len(part.encoded),
        media_type=document.media_type if document else part.content_type,
        protection=document.protection if document else "unknown",
    )


def quote(evidence: Evidence) -> Quote:
    """The evidence, parted so that what was found can be highlighted."""
    text = evidence.quote[:_LONGEST_QUOTE]
    start, end = evidence.start, min(evidence.end, len(text))
    if not 0 <= start < end:
        start, end = 0, len(text)
    return Quote(evidence.where, text[:start], text[start:end], text[end:], evidence.why)


PAGES = [
    page("/items/{item}", show, roles=REVIEW),
    page("/items/{item}/open", open_it, roles=REVIEW, methods=("POST",)),
]
