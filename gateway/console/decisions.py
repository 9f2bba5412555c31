"""What a reviewer decides: release, return with a note, delete; one message or several; and take it back."""

import msgspec
from starlette.responses import Response

from gateway.console.pages import REVIEW, Visit, page
from gateway.console.queue import chosen, row_of
from gateway.console.visitor import InTheWay, Visitor
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.held import Item
from gateway.review.rules import NotAllowed, Obstacle

_LONGEST_NOTE = 2_000
# Ready words for a note, which the reviewer may change.
BLOCKS = (
    ("Use initials", "Please use the pupil’s initials in the subject, and send the message again."),
    ("Copy a parent", "Please send this to a parent or carer as well; we do not write to pupils alone."),
    ("Protect the file", "Please put a password on the file, and tell it to the reader by telephone."),
    ("Use Bcc", "Please put the families into Bcc, so that they do not see each other’s addresses."),
    ("Call me", "Please call me before you send this again."),
)


_TEXTS = {
    "release": "It is on its way.",
    "return": "It goes back to its tutor.",
    "delete": "It was deleted.",
    "pass": "The safeguarding lead will decide.",
}
_SECOND = "Recorded. A second person has to agree."
_REFUSED: dict[Obstacle, str] = {
    "role": "Your account does not decide.",
    "own": "It is your own message: a colleague decides.",
    "reserved": "It is for the safeguarding lead.",
    "late": "It was too late.",
}


class Outcome(msgspec.Struct, frozen=True):
    """What became of one of several messages."""

    item: str
    done: bool
    text: str


async def decide(visit: Visit) -> Response:
    """Carry out one decision on one message."""
    action = visit.request.path_params["action"]
    item = await visit.parts.store.quarantine.get(visit.item)
    note = await _note(visit)
    if action == "return" and not note:
        return visit.trouble(400, "A note is needed", "Please tell the tutor in a sentence what to change.")
    said = await carry_out(visit, item, action, note)
    if not said:
        return visit.trouble(404, "Nothing here", "There is no such decision.")
    return visit.go(f"/queue?said={said}&item={item.held.id}")


async def carry_out(visit: Visitor, item: Item, action: str, note: str) -> str:
    """
    Do it; returns what is to be said of it, "" for a word that is no decision.

    Raises:
        NotAllowed: this person may not decide on it.
        WrongState: somebody has decided already.
    """
    assert visit.account is not None
    notices, review, key = visit.parts.notices, visit.parts.store.review, item.held.id
    match action:
        case "release":
            told = notices.released(item.envelope, key)
            progress = await review.release(key, visit.account, note, after=[told] if told else [])
            return "released" if progress == "releasing" else "second"
        case "return":
            notice = notices.rejected(item.envelope, item.verdict, key, note)
            await review.reject(key, visit.account, note, *([notice] if notice else []))
            return "returned"
        case "delete":
            await review.reject(key, visit.account, note)
            return "deleted"
        case "pass":
            await review.pass_on(key, visit.account, note, *notices.passed_on(item.envelope, item.verdict))
            return "passed"
        case "back":
            await review.hand_back(key, visit.account, note)
            return "handed_back"
    return ""


async def obstacle(visit: Visitor, item: Item) -> str:
    """What stands against this person deciding, in words; "" for nothing."""
    assert visit.account is not None
    why = await visit.parts.store.review.obstacle(item, visit.account)
    return _REFUSED[why] if why else ""


async def undo(visit: Visit) -> Response:
    """Take it back, as long as nothing has left."""
    await take_back(visit, visit.item)
    return visit.go(f"/queue?said=undone&item={as_id(visit.item)}")


async def take_back(visit: Visitor, item: str) -> None:
    """
    Undo a decision.

    Raises:
        NotAllowed, NoSuchItem, InTheWay: it is not theirs to undo, or it is too late.
    """
    assert visit.account is not None
    try:
        await visit.parts.store.review.undo(item, visit.account)
    except WrongState:
        raise InTheWay(409, "Too late", "It was done already and cannot be taken back.") from None


async def several(visit: Visit) -> Response:
    """First what would happen to each of the ticked messages, then, confirmed, what did."""
    action = await visit.text("action")
    note = await _note(visit)
    items = await chosen(visit)
    if action not in _TEXTS or not items:
        return visit.trouble(400, "Nothing was ticked", "Please tick the messages that you mean.")
    if await visit.text("confirmed") and (note or action != "return"):
        outcomes = [await one_of_several(visit, each, action, note) for each in items]
        return visit.show("several_done.html", outcomes=outcomes)
    register = visit.parts.register()
    rows = [
        (row_of(visit, each.held, each.envelope, register), each, await obstacle(visit, each))
        for each in items
    ]
    return visit.show("several.html", rows=rows, action=action, blocks=BLOCKS)


async def one_of_several(visit: Visitor, item: Item, action: str, note: str) -> Outcome:
    """One of several decisions; what stands against it is told and stops none of the others."""
    try:
        said = await carry_out(visit, item, action, note)
    except NotAllowed as refused:
        return Outcome(item.held.id, False, _REFUSED[refused.why])
    except (WrongState, NoSuchItem):
        return Outcome(item.held.id, False, "Somebody had decided already.")
    return Outcome(item.held.id, True, _SECOND if said == "second" else _TEXTS[action])


async def _note(visit: Visit) -> str:
    """The reviewer's words, behind the ready ones that they chose."""
    block = await visit.text("block", 3)
    ready = BLOCKS[int(block)][1] if block.isascii() and block.isdigit() and int(block) < len(BLOCKS) else ""
    return "\n".join(filter(None, [ready, await visit.text("note", _LONGEST_NOTE)]))


PAGES = [
    page("/queue/several", several, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/undo", undo, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/decide/{action}", decide, roles=REVIEW, methods=("POST",)),
]
