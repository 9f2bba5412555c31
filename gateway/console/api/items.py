"""Held messages: the list, one of them, its contents for a reason, and decisions."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from gateway.console.api.operation import Call, Operation
from gateway.console.contents import SEALED, as_file
from gateway.console.corrected import send_corrected
from gateway.console.decisions import carry_out, obstacle, one_of_several, take_back
from gateway.console.events import Board, board
from gateway.console.item import REASONS, Attachment, Quote, attachments_of, look, offer_for, quote, read
from gateway.console.letter import letter
from gateway.console.notes import veiled
from gateway.console.pages import REVIEW
from gateway.console.people import Recipient, recipients_of
from gateway.console.queue import MOST_AT_ONCE, Row, Wanted, each_once, find, row_of
from gateway.console.rendering import initials
from gateway.console.visitor import InTheWay
from gateway.mail.ids import as_id
from gateway.policy.titles import title
from gateway.policy.verdict import Clause
from gateway.remedy.offer import View
from gateway.review.held import Entry, Item, Order, State
from gateway.review.standing import OfferChanged

Text = Annotated[str, Meta(max_length=2000)]
Reason = Annotated[str, Meta(min_length=1, max_length=400, pattern=r"\S")]
Action = Literal["release", "return", "delete", "pass", "back", "send_corrected"]


class Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    Which items: those that wait, those that their tutors can put right, or those that are decided.

    Without an *order* the most serious come first, of those the oldest; of the decided the newest.
    """

    view: Literal["open", "tutor", "done"] = "open"
    rule: Annotated[str, Meta(max_length=80)] = ""
    tutor: Annotated[str, Meta(max_length=320)] = ""
    order: Order | None = None
    page: Annotated[int, Meta(ge=1, le=999_999)] = 1


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ids of items whose states are wanted, with commas between, fifty at most."""

    items: Annotated[str, Meta(max_length=600)] = ""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """
    An item before anybody has opened it: *recipients* by role, the subject as initials.

    *severity*: 2 urgent, 1 serious, 0 neither. *spoilt*: its record is damaged; nothing can be done with it.
    """

    id: str
    state: State
    rules: tuple[str, ...]
    tutor: str
    tutor_name: str
    recipients: str
    subject_initials: str
    size: int
    received_at: datetime
    held_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None
    late: bool
    severity: int
    spoilt: bool
    reserved: bool
    people: int
    relay_said: str


class Items(msgspec.Struct, frozen=True):
    """One page of the list; *count* items in all on *pages* pages."""

    items: tuple[Summary, ...]
    count: int
    pages: int


class Why(msgspec.Struct, frozen=True):
    """One finding, in words that name nobody, with the clauses behind it."""

    rule: str
    title: str
    summary: str
    action: str
    stage: str
    clauses: tuple[Clause, ...]


class Detail(msgspec.Struct, frozen=True):
    """
    An item without its contents. *against*: why this account may not decide on it; "" where it may.

    What people wrote about it is left out of the *history*; whoever opens the item gets that too.
    """

    item: Summary
    why: tuple[Why, ...]
    agreed: int
    against: str
    history: tuple[Entry, ...]


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


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What to do: `return` needs a note for the tutor, `send_corrected` the digest of a correction.

    `pass` gives it to the safeguarding lead alone, `back` is the lead's word that any reviewer may decide.
    """

    action: Action
    note: Text = ""
    digest: Annotated[str, Meta(max_length=64)] = ""


class Decided(msgspec.Struct, frozen=True):
    """What became of it; "second" where a second person has to agree before it leaves."""

    said: str
    state: State


class Several(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One decision on several items."""

    items: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_AT_ONCE)]
    action: Literal["release", "return", "delete", "pass"]
    note: Text = ""


class Outcome(msgspec.Struct, frozen=True):
    """What became of one of several."""

    item: str
    done: bool
    text: str


async def list_items(call: Call, asked: Listing) -> Items:
    """One page of the queue, the most serious first."""
    found = await find(call, Wanted(asked.view, asked.rule, asked.tutor, asked.order or "", asked.page))
    return Items(tuple(map(summary, found.rows)), found.count, found.pages)


async def watch_queue(call: Call, asked: Watched) -> Board:
    """How many wait and since when, and the states of some items: cheap to ask every few seconds."""
    return await board(call, [each for each in map(as_id, asked.items.split(",")) if each])


async def show_item(call: Call) -> Detail:
    """One item, without its contents."""
    item = await call.parts.store.quarantine.get(call.part("item"))
    return Detail(
        summary(row_of(call, item.held, item.envelope, call.parts.register())),
        tuple(
            Why(
                each.finding.rule,
                title(each.finding.rule),
                str(each.finding.summary),
                each.action.word,
                each.stage,
                each.clauses,
            )
            for each in item.verdict.judged
        ),
        await call.parts.store.review.agreed(item.held.id),
        await obstacle(call, item),
        veiled(item.history, REASONS),
    )


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


async def decide_item(call: Call, asked: Decision) -> Decided:
    """Decide on one item, under the rules of review."""
    item = await call.parts.store.quarantine.get(call.part("item"))
    note = asked.note.strip()
    _with_note(asked.action, note)
    said = (
        await _corrected(call, item, asked.digest)
        if asked.action == "send_corrected"
        else await carry_out(call, item, asked.action, note)
    )
    return Decided(said, (await call.parts.store.quarantine.get(item.held.id)).held.state)


async def undo_item(call: Call) -> Decided:
    """Take a decision back, within the seconds that the configuration gives."""
    await take_back(call, call.part("item"))
    return Decided("undone", (await call.parts.store.quarantine.get(call.part("item"))).held.state)


async def decide_several(call: Call, asked: Several) -> tuple[Outcome, ...]:
    """Decide on several items alike; each succeeds or fails by itself."""
    note = asked.note.strip()
    _with_note(asked.action, note)
    outcomes = [
        await one_of_several(call, each, asked.action, note) for each in await each_once(call, asked.items)
    ]
    return tuple(Outcome(each.item, each.done, each.text) for each in outcomes)


def summary(row: Row) -> Summary:
    """A row of the queue, as JSON has it."""
    held = row.held
    return Summary(
        id=held.id,
        state=held.state,
        rules=held.rules,
        tutor=held.tutor,
        tutor_name=row.tutor,
        recipients=row.recipients,
        subject_initials=initials(held.subject),
        size=held.size,
        received_at=held.received_at,
        held_at=held.held_at,
        decided_at=held.decided_at,
        expires_at=held.expires_at,
        late=row.late,
        severity=held.severity,
        spoilt=held.spoilt,
        reserved=held.reserved,
        people=held.people,
        relay_said=f"{held.answer.reply.code} {held.answer.reply.text}" if held.answer else "",
    )


async def _corrected(call: Call, item: Item, digest: str) -> str:
    if call.parts.corrections is None:
        raise InTheWay(409, "No correction", "This gateway corrects nothing.")
    try:
        progress = await send_corrected(call, item.held.id, digest)
    except OfferChanged:
        raise InTheWay(
            409, "Something else by now", "What would leave has changed: open the item again."
        ) from None
    return "corrected" if progress == "releasing" else "second"


def _with_note(action: str, note: str) -> None:
    if action == "return" and not note:
        raise InTheWay(400, "A note is needed", "Please tell the tutor in a sentence what to change.")


OPERATIONS = (
    Operation("GET", "/items", list_items, "items:read", REVIEW),
    Operation("GET", "/queue", watch_queue, "items:read", REVIEW),
    Operation("GET", "/items/{item}", show_item, "items:read", REVIEW),
    Operation("POST", "/items/{item}/open", open_item, "items:open", REVIEW),
    Operation("POST", "/items/{item}/source", item_source, "items:open", REVIEW, "application/octet-stream"),
    Operation(
        "POST", "/items/{item}/files/{part}", item_file, "items:open", REVIEW, "application/octet-stream"
    ),
    Operation("POST", "/items/{item}/decision", decide_item, "items:decide", REVIEW),
    Operation("POST", "/items/{item}/undo", undo_item, "items:decide", REVIEW),
    Operation("POST", "/decisions", decide_several, "items:decide", REVIEW),
)
