"""The outbox: what is on its way to the mail server, and what it said."""

from collections.abc import Mapping

from starlette.responses import Response

from gateway.console.pages import ADMIN, OVERSIGHT, REVIEW, Visit, page
from gateway.console.visitor import InTheWay, Visitor
from gateway.review.errors import WrongState

_PAGE = 100
VIEWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "open": ("On its way", ("waiting", "parked", "ready", "sending")),
    "failed": ("Refused", ("failed",)),
    "withdrawn": ("Taken back", ("withdrawn",)),
}
MOVERS = ADMIN | REVIEW


async def outbox(visit: Visit) -> Response:
    """Mail by what has become of it; it names nobody."""
    view = visit.request.query_params.get("view", "open")
    view = view if view in VIEWS else "open"
    mails = await visit.parts.store.postmaster.list(VIEWS[view][1], _PAGE + 1)
    return visit.show(
        "outbox.html",
        mails=mails[:_PAGE],
        more=len(mails) > _PAGE,
        view=view,
        views=VIEWS,
        may_move=visit.may(MOVERS),
        said=visit.request.query_params.get("said", ""),
    )


async def retry(visit: Visit) -> Response:
    """Try it now and not only when its pause is over."""
    return await _move(visit, "retry")


async def cancel(visit: Visit) -> Response:
    """Take it out; a held message is held again."""
    return await _move(visit, "cancel")


async def _move(visit: Visit, action: str) -> Response:
    await move(visit, visit.request.path_params["number"], action)
    return visit.go(f"/outbox?said={action}")


async def move(visitor: Visitor, number: int, action: str) -> None:
    """
    Retry or cancel a mail.

    Raises:
        NoSuchItem, InTheWay: it is not there any more.
    """
    postmaster = visitor.parts.store.postmaster
    try:
        await (postmaster.retry if action == "retry" else postmaster.cancel)(number, visitor.who)
    except WrongState:
        raise InTheWay(409, "Too late", "That mail has left already, or is just leaving.") from None


PAGES = [
    page("/outbox", outbox, roles=OVERSIGHT),
    page("/outbox/{number:int}/retry", retry, roles=MOVERS, methods=("POST",)),
    page("/outbox/{number:int}/cancel", cancel, roles=MOVERS, methods=("POST",)),
]
