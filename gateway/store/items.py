"""Kept messages: rows opened into values, and the digests that find them again."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import journal
from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.codec import decode_verdict
from gateway.policy.verdict import Verdict
from gateway.remedy.edit import headers_of
from gateway.remedy.outgoing import Delivery
from gateway.review.held import Held, State
from gateway.store.core import Core
from gateway.store.crypto import Vault
from gateway.store.errors import NoSuchItem, Tampered
from gateway.store.tables import items

OPEN: tuple[State, ...] = ("waiting", "held")  # nobody has decided yet


class Glance(msgspec.Struct, frozen=True):
    """What the queue shows of a message, sealed apart so that a page opens quickly."""

    tutor: str
    subject: str


class Marks(msgspec.Struct, frozen=True):
    """
    By what a later message is recognised as another try at this one.

    Blind indexes: *same_id* of tutor and Message-ID, *same_text* of tutor, text
    and attachments; None where there is nothing to go by.
    """

    same_id: str | None
    same_text: str | None


async def row_of(connection: AsyncConnection, item: str) -> Row[Any]:
    """
    An item's row.

    Raises:
        NoSuchItem: there is none.
    """
    row = (await connection.execute(select(items).where(items.c.id == item))).first()
    if row is None:
        raise NoSuchItem
    return row


def open_envelope(core: Core, row: Row[*tuple[Any, ...]]) -> Envelope:
    """The envelope that the message came with."""
    return msgspec.json.decode(core.vault.open(f"items/{row.id}/envelope", row.envelope), type=Envelope)


async def open_verdict(core: Core, row: Row[Any]) -> Verdict:
    """Why it was stopped."""
    return decode_verdict(await core.open(f"items/{row.id}/verdict", row.verdict))


def open_held(core: Core, row: Row[Any]) -> Held:
    """The row as the queue shows it."""
    vault = core.vault
    glance = msgspec.json.decode(vault.open(f"items/{row.id}/glance", row.glance), type=Glance)
    answer = None
    if row.answer is not None:
        answer = msgspec.json.decode(vault.open(f"items/{row.id}/answer", row.answer), type=Delivery)
    return _held(row, glance, answer)


def glimpse(core: Core, row: Row[Any]) -> Held:
    """The row for a list, where a spoilt one must not hide the others: it says so itself."""
    try:
        return open_held(core, row)
    except Tampered as fault:
        journal.trouble(public("a held message was changed or lost"), fault, row.id)
        return _held(row, Glance("", ""), None, spoilt=True)


def _held(row: Row[Any], glance: Glance, answer: Delivery | None, *, spoilt: bool = False) -> Held:
    return Held(
        id=row.id,
        state=row.state,
        action=row.action,
        rules=tuple(row.rules.split()),
        tutor=glance.tutor,
        subject=glance.subject,
        recipients=row.recipients,
        size=row.size,
        sha256=row.sha256,
        policy_version=row.policy_version,
        register_version=row.register_version,
        received_at=row.received_at,
        held_at=row.held_at,
        decided_at=row.decided_at,
        expires_at=row.expires_at,
        escalated_at=row.escalated_at,
        reserved=row.reserved,
        people=row.people,
        severity=row.severity,
        answer=answer,
        purged=row.body is None,
        spoilt=spoilt,
    )


def tutor_of(envelope: Envelope) -> str:
    """The account that sent it, or where nobody signed in the sender's address."""
    return envelope.account or envelope.mail_from


def tutor_key(vault: Vault, tutor: str) -> str:
    """What the items of one tutor are found by."""
    return vault.blind(f"tutor/{canonical(tutor)}")


def person_key(vault: Vault, person: str) -> str:
    """What the items about one of the register's people are found by."""
    return vault.blind(f"person/{person}")


def subject_of(raw: bytes) -> str:
    """The subject for the queue, or "" where the message has none."""
    return headers_of(raw).first("subject")


def marks_of(vault: Vault, raw: bytes, envelope: Envelope) -> Marks:
    """The marks of a message. Decodes all of it: not for the event loop."""
    tutor = canonical(tutor_of(envelope))
    message_id = headers_of(raw).first("message-id").strip()
    pieces = tuple(_content(raw, envelope))
    content = sha256(b"".join(sha256(each).digest() for each in pieces)).hexdigest()
    return Marks(
        vault.blind(f"message-id/{tutor}/{message_id}") if message_id else None,
        vault.blind(f"content/{tutor}/{content}") if any(pieces) else None,
    )


def _content(raw: bytes, envelope: Envelope) -> Iterator[bytes]:
    """The text without its layout, since mail programs break lines anew, and each attachment decoded."""
    try:
        parts = Message.parse(raw, envelope).parts
    except MalformedMessage:
        return
    for part in parts:
        yield part.content if part.is_attachment else " ".join(part.text.split()).encode("utf-8", "replace")


def has_rule(rule: str) -> ColumnElement[bool]:
    """Whether the list of rules, separated by spaces, has this one."""
    column = items.c.rules
    return or_(
        column == rule,
        column.startswith(f"{rule} ", autoescape=True),
        column.endswith(f" {rule}", autoescape=True),
        column.contains(f" {rule} ", autoescape=True),
    )
