"""Protected messages: what opens them, for a tutor who lost it, and taking files back. Every look is on record."""

from collections.abc import Iterable

from starlette.responses import Response

from gateway.console.pages import REVIEW, SIGNED_IN, Visit, page
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem

_LONGEST_REASON = 500


async def listing(visit: Visit) -> Response:
    """One's own messages whose passphrases or files are kept."""
    return visit.show("protected.html", ids=await _own(visit))


async def one(visit: Visit) -> Response:
    """The form that asks why, and the files that wait."""
    return await _show(visit, await _item(visit))


async def look(visit: Visit) -> Response:
    """The passphrase; that somebody looked, and why, is recorded before."""
    item, reason = await _item(visit), await visit.text("reason", _LONGEST_REASON)
    if not reason:
        return await _show(visit, item, 400, missing=True)
    found = await visit.parts.store.escrow.look(item, visit.who, reason)
    return await _show(visit, item, passphrase=found)


async def withdraw(visit: Visit) -> Response:
    """Nobody picks the files up any more."""
    item = await _item(visit)
    await visit.parts.store.pickups.revoke(item, visit.who)
    return visit.go(f"/protected/{item}")


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


async def _own(visit: Visit) -> tuple[str, ...]:
    assert visit.account is not None
    names: Iterable[str] = dict.fromkeys((visit.account.name, *visit.account.addresses))
    store = visit.parts.store
    found: list[str] = []
    for name in names:
        found += await store.escrow.of_tutor(name)
        found += await store.pickups.of_tutor(name)
    return tuple(dict.fromkeys(found))


async def _item(visit: Visit) -> str:
    """The message in the path, if whoever is signed in may know of it."""
    item = as_id(visit.item)
    if not item or not (visit.may(REVIEW) or item in await _own(visit)):
        raise NoSuchItem
    return item


PAGES = [
    page("/protected", listing, roles=SIGNED_IN),
    page("/protected/{item}", one, roles=SIGNED_IN),
    page("/protected/{item}", look, roles=SIGNED_IN, methods=("POST",)),
    page("/protected/{item}/withdraw", withdraw, roles=SIGNED_IN, methods=("POST",)),
]
