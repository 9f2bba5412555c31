"""What a reviewer decides: release, return with a note, delete; one message or several; and take it back."""

from datetime import timedelta

import msgspec
from starlette.responses import Response

from gateway.console.pages import REVIEW, Visit, page
from gateway.console.queue import chosen, row_of
from gateway.mail.account import Account
from gateway.mail.address import canonical
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.held import Item

_LONGEST_NOTE = 2_000
# What is said in the queue after a decision.
_SAID = {"release": "released", "return": "returned", "delete": "deleted"}
# Ready words for a note, which the reviewer may change.
BLOCKS = (
    ("Use initials", "Please use the pupil’s initials in the subject, and send the message again."),
    ("Copy a parent", "Please send this to a parent or carer as well; we do not write to pupils alone."),
    ("Protect the file", "Please put a password on the file, and tell it to the reader by telephone."),
    ("Use Bcc", "Please put the families into Bcc, so that they do not see each other’s addresses."),
    ("Call me", "Please call me before you send this again."),
)


class Outcome(msgspec.Struct, frozen=True):
    """What became of one of several messages."""

    item: str
    done: bool
    text: str


async def decide(visit: Visit) -> Response:
    """Carry out one decision on one message."""
    action = visit.request.path_params["action"]
    item = await visit.parts.store.quarantine.get(visit.item)
    if is_own(visit.account, item):
        return visit.trouble(
            403, "Your own message", "A colleague decides on messages that you wrote. Nothing was changed."
        )
    note = await _note(visit)
    if action == "return" and not note:
        return visit.trouble(400, "A note is needed", "Please tell the tutor in a sentence what to change.")
    if not await carry_out(visit, item, action, note):
        return visit.trouble(404, "Nothing here", "There is no such decision.")
    return visit.go(f"/queue?said={_SAID[action]}&item={item.held.id}")


async def carry_out(visit: Visit, item: Item, action: str, note: str) -> bool:
    """
    Do it; False for a word that is no decision.

    Raises:
        WrongState: somebody has decided already.
    """
    parts = visit.parts
    key, delay = item.held.id, timedelta(seconds=parts.settings.review.undo)
    match action:
        case "release":
            told = parts.notices.released(item.envelope, key)
            await parts.store.quarantine.release(
                key, visit.who, note, after=[told] if told else [], delay=delay
            )
        case "return":
            notice = parts.notices.rejected(item.envelope, item.verdict, key, note)
            await parts.store.quarantine.reject(
                key, visit.who, note, *([notice] if notice else []), delay=delay
            )
        case "delete":
            await parts.store.quarantine.reject(key, visit.who, note)
        case _:
            return False
    return True


async def undo(visit: Visit) -> Response:
    """Take it back, as long as nothing has left."""
    try:
        await visit.parts.store.quarantine.undo(visit.item, visit.who)
    except WrongState:
        return visit.trouble(409, "Too late", "It was done already and cannot be taken back.")
    return visit.go(f"/queue?said=undone&item={as_id(visit.item)}")


async def several(visit: Visit) -> Response:
    """First what would happen to each of the ticked messages, then, confirmed, what did."""
    action = await visit.text("action")
    note = await _note(visit)
    items = await chosen(visit)
    if action not in _SAID or not items:
        return visit.trouble(400, "Nothing was ticked", "Please tick the messages that you mean.")
    if await visit.text("confirmed") and (note or action != "return"):
        outcomes = [await _one_of_several(visit, each, action, note) for each in items]
        return visit.show("several_done.html", outcomes=outcomes)
    register = visit.parts.register()
    rows = [
        (row_of(visit, each.held, each.envelope, register), each, is_own(visit.account, each))
        for each in items
    ]
    return visit.show("several.html", rows=rows, action=action, blocks=BLOCKS)


async def _one_of_several(visit: Visit, item: Item, action: str, note: str) -> Outcome:
    if is_own(visit.account, item):
        return Outcome(item.held.id, False, "It is your own message: a colleague decides.")
    try:
        await carry_out(visit, item, action, note)
    except (WrongState, NoSuchItem):
        return Outcome(item.held.id, False, "Somebody had decided already.")
    texts = {
        "release": "It is on its way.",
        "return": "It goes back to its tutor.",
        "delete": "It was deleted.",
    }
    return Outcome(item.held.id, True, texts[action])


async def _note(visit: Visit) -> str:
    """The reviewer's words, behind the ready ones that they chose."""
    block = await visit.text("block", 3)
    ready = BLOCKS[int(block)][1] if block.isascii() and block.isdigit() and int(block) < len(BLOCKS) else ""
    return "\n".join(filter(None, [ready, await visit.text("note", _LONGEST_NOTE)]))


def is_own(account: Account | None, item: Item) -> bool:
    """Whether the message is this person's own, by account or by address."""
    if account is None:
        return False
    mine = {canonical(each) for each in (account.name, *account.addresses)}
    return bool(mine & {canonical(item.envelope.mail_from), canonical(item.envelope.account or "")} - {""})


PAGES = [
    page("/queue/several", several, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/undo", undo, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/decide/{action}", decide, roles=REVIEW, methods=("POST",)),
]
