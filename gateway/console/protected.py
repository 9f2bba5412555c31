"""Protected messages: what opens them, for a tutor who lost it, and taking files back. Every look is on record."""

from collections.abc import Iterable

from starlette.responses import Response

from gateway.console.pages import REVIEW, SIGNED_IN, Visit, page
from gateway.console.visitor import Visitor
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem

_LONGEST_REASON = 500


async def listing(visit: Visit) -> Response:
    """One's own messages whose passphrases or files are kept."""
    return visit.show("protected.html", ids=await own(visit))


async def one(visit: Visit) -> Response:
    """The form that asks why, and the files that wait."""
    return await _show(visit, await known(visit, visit.item))


async def look(visit: Visit) -> Response:
    """The passphrase; that somebody looked, and why, is recorded before."""
    item, reason = await known(visit, visit.item), await visit.text("reason", _LONGEST_REASON)
    if not reason:
        return await _show(visit, item, 400, missing=True)
    found = await visit.parts.store.escrow.look(item, visit.who, reason)
    return await _show(visit, item, passphrase=found)


async def withdraw(visit: Visit) -> Response:
    """Nobody picks the files up any more."""
    return visit.go(f"/protected/{await take_back(visit, visit.item)}")


async def take_back(visitor: Visitor, item: str) -> str:
    """Withdraw the files of a message that they may know of; NoSuchItem. Returns its id."""
    item = await known(visitor, item)
    await visitor.parts.store.pickups.revoke(item, visitor.who)
    return item


async def _show(
    visit: Visit, item: str, status: int = 200, *, passphrase: str = "", missing: bool = False
) -> Response:
    store = visit.parts.store
    return visit.show(
        "protected_one.html",
        status,
        item=item,
        passphrase=passphrase,
        missing=missing,
        is_kept=await store.escrow.has(item),
        pickups=await store.pickups.of_message(item),
    )


async def own(visitor: Visitor) -> tuple[str, ...]:
    """Their own messages whose passphrases or files are kept."""
    assert visitor.account is not None
    names: Iterable[str] = dict.fromkeys((visitor.account.name, *visitor.account.addresses))
    store = visitor.parts.store
    found: list[str] = []
    for name in names:
        found += await store.escrow.of_tutor(name)
        found += await store.pickups.of_tutor(name)
    return tuple(dict.fromkeys(found))


async def known(visitor: Visitor, item: str) -> str:
    """The message's id, if they may know of it; NoSuchItem."""
    item = as_id(item)
    if not item or not (visitor.may(REVIEW) or item in await own(visitor)):
        raise NoSuchItem
    return item


PAGES = [
    page("/protected", listing, roles=SIGNED_IN),
    page("/protected/{item}", one, roles=SIGNED_IN),
    page("/protected/{item}", look, roles=SIGNED_IN, methods=("POST",)),
    page("/protected/{item}/withdraw", withdraw, roles=SIGNED_IN, methods=("POST",)),
]
