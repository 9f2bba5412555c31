"""Held messages: the list, and one of them without its contents."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.console.api.operation import Call, Operation
from gateway.console.decisions import obstacle
from gateway.console.events import Board, board
from gateway.console.item import REASONS
from gateway.console.notes import veiled
from gateway.console.pages import REVIEW
from gateway.console.queue import Row, Wanted, find, row_of
from gateway.console.rendering import initials
from gateway.mail.ids import as_id
from gateway.policy.titles import title
from gateway.policy.verdict import Clause
from gateway.review.held import Entry, Order, State


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


OPERATIONS = (
    Operation("GET", "/items", list_items, "items:read", REVIEW),
    Operation("GET", "/queue", watch_queue, "items:read", REVIEW),
    Operation("GET", "/items/{item}", show_item, "items:read", REVIEW),
)
