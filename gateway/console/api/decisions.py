"""Decisions on held messages, one at a time or several alike."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.console.api.operation import Call, Operation
from gateway.console.corrected import send_corrected
from gateway.console.decisions import carry_out, one_of_several, take_back
from gateway.console.pages import REVIEW
from gateway.console.queue import MOST_AT_ONCE, each_once
from gateway.console.visitor import InTheWay
from gateway.review.held import Item, State
from gateway.review.standing import OfferChanged

Text = Annotated[str, Meta(max_length=2000)]
Action = Literal["release", "return", "delete", "pass", "back", "send_corrected"]


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
    Operation("POST", "/items/{item}/decision", decide_item, "items:decide", REVIEW),
    Operation("POST", "/items/{item}/undo", undo_item, "items:decide", REVIEW),
    Operation("POST", "/decisions", decide_several, "items:decide", REVIEW),
)
