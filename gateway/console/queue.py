"""The queue: what waits for a decision, the most pressing first."""

import asyncio
from datetime import timedelta

import msgspec
from starlette.responses import Response

from gateway.console.pages import REVIEW, Visit, page
from gateway.console.people import recipients_of, spoken, tutor_name
from gateway.review.held import Held, Item

_PAGE = 25
# How long an item should wait at most.
TARGET = timedelta(hours=4)


class Row(msgspec.Struct, frozen=True):
    """An item, as the queue shows it before anybody has opened it."""

    held: Held
    tutor: str
    recipients: str
    share: int  # of the target, in per cent, at most 100
    late: bool


async def queue(visit: Visit) -> Response:
    """What waits, the oldest first."""
    quarantine = visit.parts.store.quarantine
    number = max(1, _number(visit.request.query_params.get("page", "1")))
    found = await quarantine.list(limit=_PAGE + 1, offset=(number - 1) * _PAGE)
    items = await asyncio.gather(*(quarantine.get(each.id) for each in found[:_PAGE]))
    rows = [_row(visit, each) for each in items]
    return visit.show("queue.html", rows=rows, number=number, more=len(found) > _PAGE)


def _row(visit: Visit, item: Item) -> Row:
    register = visit.parts.register()
    waited = visit.parts.clock() - item.held.held_at
    return Row(
        item.held,
        tutor_name(item.held.tutor, register),
        spoken(recipients_of(item.envelope.rcpt_to, register, item.envelope.today), register),
        min(100, max(0, round(100 * waited / TARGET))),
        waited > TARGET,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


async def home(visit: Visit) -> Response:
    """Where somebody who comes in starts."""
    return visit.go("/queue")


PAGES = [
    page("/", home, roles=REVIEW),
    page("/queue", queue, roles=REVIEW),
]
