"""Release with remedies: what would leave in the message's place, and sending just that."""

from starlette.responses import Response

from gateway.console.decisions import obstacle
from gateway.console.item import is_open
from gateway.console.pages import REVIEW, NotOpened, Visit, page
from gateway.console.visitor import Visitor
from gateway.remedy.offer import Offer
from gateway.review.errors import WrongState
from gateway.review.held import Item
from gateway.review.standing import OfferChanged


async def preview(visit: Visit) -> Response:
    """Before and after, copy by copy."""
    item = await _item(visit)
    assert visit.parts.corrections is not None
    standing = await visit.parts.corrections.look(item.held.id)
    if item.held.state != "held" or standing.offer is None:
        raise WrongState(item.held.state)
    return _show(visit, item, standing.offer, await obstacle(visit, item))


async def send(visit: Visit) -> Response:
    """Send what was shown; where that would be something else by now, show it anew."""
    item = await _item(visit)
    try:
        progress = await send_corrected(visit, item.held.id, await visit.text("digest", 64))
    except OfferChanged as changed:
        return _show(visit, item, changed.offer, await obstacle(visit, item), changed=True)
    said = "corrected" if progress == "releasing" else "second"
    return visit.go(f"/queue?said={said}&item={item.held.id}")


async def send_corrected(visitor: Visitor, item: str, digest: str) -> str:
    """
    Send what the offer of that digest showed: "releasing", or "agreed" where a second person is needed.

    Raises:
        OfferChanged: it would be something else by now.
        NotAllowed, NoSuchItem, WrongState: as for every decision.
    """
    assert visitor.parts.corrections is not None
    assert visitor.account is not None
    corrections = visitor.parts.corrections
    corrected = await corrections.corrected(item, digest)
    progress = await visitor.parts.store.review.send(
        item,
        visitor.account,
        corrected.outgoing,
        corrected.steps,
        plan=digest,
        after=corrected.notices,
    )
    if progress == "releasing":
        await corrections.keep(item, corrected)
    return progress


async def _item(visit: Visit) -> Item:
    item = await visit.parts.store.quarantine.get(visit.item)
    if visit.parts.corrections is None or not is_open(visit, item):
        raise NotOpened
    return item


def _show(visit: Visit, item: Item, offer: Offer, against: str, *, changed: bool = False) -> Response:
    return visit.show(
        "corrected.html",
        409 if changed else 200,
        item=item,
        held=item.held,
        offer=offer,
        changed=changed,
        against=against,
    )


PAGES = [
    page("/items/{item}/corrected", preview, roles=REVIEW),
    page("/items/{item}/corrected", send, roles=REVIEW, methods=("POST",)),
]
