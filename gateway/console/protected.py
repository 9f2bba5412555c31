"""Protected messages: what opens them, for a tutor who lost it. Every look is on record."""

from collections.abc import Iterable

from starlette.responses import Response

from gateway.console.pages import REVIEW, SIGNED_IN, Visit, page
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem

_LONGEST_REASON = 500


async def listing(visit: Visit) -> Response:
    """One's own messages whose passphrases are kept."""
    return visit.show("protected.html", ids=await _own(visit))


async def one(visit: Visit) -> Response:
    """The form that asks why."""
    return visit.show("protected_one.html", item=await _item(visit), passphrase="", missing=False)


async def look(visit: Visit) -> Response:
    """The passphrase; that somebody looked, and why, is recorded before."""
    item, reason = await _item(visit), await visit.text("reason", _LONGEST_REASON)
    if not reason:
        return visit.show("protected_one.html", 400, item=item, passphrase="", missing=True)
    found = await visit.parts.store.escrow.look(item, visit.who, reason)
    return visit.show("protected_one.html", item=item, passphrase=found, missing=False)


async def _own(visit: Visit) -> tuple[str, ...]:
    assert visit.account is not None
    names: Iterable[str] = dict.fromkeys((visit.account.name, *visit.account.addresses))
    escrow = visit.parts.store.escrow
    return tuple(dict.fromkeys([each for name in names for each in await escrow.of_tutor(name)]))


async def _item(visit: Visit) -> str:
    """The message in the path, if whoever is signed in may know what opens it."""
    item = as_id(visit.item)
    if not item or not (visit.may(REVIEW) or item in await _own(visit)):
        raise NoSuchItem
    return item


PAGES = [
    page("/protected", listing, roles=SIGNED_IN),
    page("/protected/{item}", one, roles=SIGNED_IN),
    page("/protected/{item}", look, roles=SIGNED_IN, methods=("POST",)),
]
