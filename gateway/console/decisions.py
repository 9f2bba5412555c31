"""What a reviewer decides: release, return with a note, delete."""

from starlette.responses import Response

from gateway.console.pages import REVIEW, Visit, page
from gateway.mail.account import Account
from gateway.mail.address import canonical
from gateway.review.held import Item

_LONGEST_NOTE = 2_000


async def release(visit: Visit) -> Response:
    """Send it as it was written."""
    item = await visit.parts.store.quarantine.get(visit.item)
    if is_own(visit.account, item):
        return _not_own(visit)
    await visit.parts.store.quarantine.release(
        item.held.id, visit.who, await visit.text("note", _LONGEST_NOTE)
    )
    return visit.go(f"/items/{item.held.id}?said=released")


async def give_back(visit: Visit) -> Response:
    """It does not leave, and its tutor is told why."""
    item = await visit.parts.store.quarantine.get(visit.item)
    if is_own(visit.account, item):
        return _not_own(visit)
    note = await visit.text("note", _LONGEST_NOTE)
    if not note:
        return visit.trouble(400, "A note is needed", "Please tell the tutor in a sentence what to change.")
    notice = visit.parts.notices.rejected(item.envelope, item.verdict, item.held.id, note)
    await visit.parts.store.quarantine.reject(item.held.id, visit.who, note, *([notice] if notice else []))
    return visit.go(f"/items/{item.held.id}?said={'returned' if notice else 'returned_untold'}")


async def delete(visit: Visit) -> Response:
    """It does not leave, and nobody is told."""
    item = await visit.parts.store.quarantine.get(visit.item)
    if is_own(visit.account, item):
        return _not_own(visit)
    await visit.parts.store.quarantine.reject(
        item.held.id, visit.who, await visit.text("note", _LONGEST_NOTE)
    )
    return visit.go(f"/items/{item.held.id}?said=deleted")


def is_own(account: Account | None, item: Item) -> bool:
    """Whether the message is this person's own, by account or by address."""
    if account is None:
        return False
    mine = {canonical(each) for each in (account.name, *account.addresses)}
    return bool(mine & {canonical(item.envelope.mail_from), canonical(item.envelope.account or "")} - {""})


def _not_own(visit: Visit) -> Response:
    return visit.trouble(
        403, "Your own message", "A colleague decides on messages that you wrote. Nothing was changed."
    )


PAGES = [
    page("/items/{item}/release", release, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/return", give_back, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/delete", delete, roles=REVIEW, methods=("POST",)),
]
