"""The queue: what waits for a decision, the most pressing first."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Literal, get_args
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from gateway.console.pages import REVIEW, SIGNED_IN, Visit, page
from gateway.console.people import recipients_of, spoken, tutor_name
from gateway.console.visitor import Visitor
from gateway.mail.envelope import Envelope
from gateway.mail.ids import as_id
from gateway.register.register import Register
from gateway.review.held import Filter, Held, Item, Order, State

_PAGE = 25
MOST_AT_ONCE = 100
# What the choice at the top of the list says, and what it shows.
_VIEWS: dict[str, tuple[str, tuple[State, ...]]] = {
    "open": ("Waiting", ("held", "releasing")),
    "tutor": ("With their tutors", ("waiting",)),
    "done": ("Decided", ("released", "rejected", "repaired", "discarded", "superseded", "expired")),
}
_ORDERS: dict[Order, str] = {
    "serious": "most serious",
    "oldest": "oldest",
    "newest": "newest",
}


class Row(msgspec.Struct, frozen=True):
    """An item, as the queue shows it before anybody has opened it."""

    held: Held
    tutor: str
    recipients: str
    share: int  # of the target, in per cent, at most 100
    late: bool


class Listed(msgspec.Struct, frozen=True):
    """A page of the queue; *count* items in all. *others* are tutors of that name besides the one shown."""

    rows: tuple[Row, ...]
    count: int
    others: tuple[str, ...]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.count // _PAGE))


class Wanted(msgspec.Struct, frozen=True):
    """What the visitor asked to see."""

    view: str = "open"
    rule: str = ""
    tutor: str = ""
    order: Order | Literal[""] = ""  # "" for the view's own
    number: int = 1

    def link(self, **changed: object) -> str:
        """The address of the same list with something changed."""
        values = msgspec.structs.asdict(msgspec.structs.replace(self, **changed))
        usual = msgspec.structs.asdict(Wanted())
        query = {name: value for name, value in values.items() if value != usual[name]}
        return f"/queue?{urlencode(query)}" if query else "/queue"


async def queue(visit: Visit) -> Response:
    """One page of the list, narrowed as the visitor asked."""
    wanted = _wanted(visit.request.query_params)
    if as_id(wanted.tutor):
        return visit.go(f"/items/{as_id(wanted.tutor)}")
    listed = await find(visit, wanted)
    return visit.show(
        "queue.html",
        rows=listed.rows,
        wanted=wanted,
        views=_VIEWS,
        orders=_ORDERS,
        usual=_usual(wanted),
        count=listed.count,
        pages=listed.pages,
        rules=sorted(visit.parts.policy().rules),
        others=listed.others,
        tutors=sorted({name for name, _ in _staff(visit.parts.register())}),
        said=visit.request.query_params.get("said", ""),
        item=as_id(visit.request.query_params.get("item", "")),
        undo=visit.parts.settings.review.undo,
    )


async def find(visitor: Visitor, wanted: Wanted) -> Listed:
    """The items that somebody asked for."""
    register, quarantine = visitor.parts.register(), visitor.parts.store.quarantine
    tutors = _tutors(wanted.tutor, register)
    narrowed = Filter(
        states=_VIEWS[wanted.view][1],
        rule=wanted.rule,
        tutor=tutors[0] if tutors else "",
        order=wanted.order or _usual(wanted),
    )
    found: tuple[Held, ...] = ()
    count = 0
    if tutors or not wanted.tutor:
        found, count = await quarantine.page(narrowed, _PAGE, (wanted.number - 1) * _PAGE)
    envelopes = await quarantine.envelopes(each.id for each in found)
    rows = tuple(row_of(visitor, each, envelopes.get(each.id), register) for each in found)
    return Listed(rows, count, tuple(tutors[1:]))


def row_of(visit: Visitor, held: Held, envelope: Envelope | None, register: Register) -> Row:
    """An item with what the queue says of it; without an *envelope*, nothing of its readers."""
    target = timedelta(seconds=visit.parts.settings.review.escalate_after)
    end = held.decided_at or visit.parts.clock()
    waited = end - held.held_at
    return Row(
        held,
        tutor_name(held.tutor, register),
        spoken(recipients_of(envelope.rcpt_to, register, envelope.today), register) if envelope else "",
        min(100, max(0, round(100 * waited / target))) if target else 100,
        waited > target,
    )


def _wanted(query: Mapping[str, str]) -> Wanted:
    number = query.get("number", "1")
    view = query.get("view", "open")
    return Wanted(
        view=view if view in _VIEWS else "open",
        rule=query.get("rule", "")[:80],
        tutor=query.get("tutor", "").strip()[:320],
        order=next((each for each in get_args(Order) if each == query.get("order")), ""),
        number=max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
    )


def _usual(wanted: Wanted) -> Order:
    """The order of a view where nobody asks for another."""
    return "newest" if wanted.view == "done" else "serious"


def _tutors(text: str, register: Register) -> list[str]:
    """The addresses of the tutors that somebody means by a name, or the address itself."""
    if not text:
        return []
    if "@" in text:
        return [text]
    wanted = text.casefold()
    found = [address for name, address in _staff(register) if wanted in name.casefold()]
    return found or [text]  # the name of an account


def _staff(register: Register) -> list[tuple[str, str]]:
    return [
        (f"{each.given_name} {each.family_name}".strip(), each.emails[0])
        for each in register.people.staff
        if each.emails
    ]


async def chosen(visit: Visit) -> tuple[Item, ...]:
    """The items that were ticked, each once."""
    ids = (await visit.form()).getlist("item")
    return await each_once(visit, (each for each in ids if isinstance(each, str)))


async def each_once(visitor: Visitor, ids: Iterable[str]) -> tuple[Item, ...]:
    """
    The items of those ids, as many as are decided at once.

    Raises:
        NoSuchItem: there is none under one of them.
    """
    wanted = dict.fromkeys(map(as_id, ids))
    wanted.pop("", None)
    quarantine = visitor.parts.store.quarantine
    return tuple(await asyncio.gather(*(quarantine.get(each) for each in list(wanted)[:MOST_AT_ONCE])))


async def home(visit: Visit) -> Response:
    """Where somebody who comes in starts: at the first place that they may go to."""
    places = visit.places()
    return visit.go(places[0].path if places else "/account")


PAGES = [
    page("/", home, roles=SIGNED_IN),
    page("/queue", queue, roles=REVIEW),
]
