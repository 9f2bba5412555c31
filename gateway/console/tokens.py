"""Tokens for programs: everybody makes their own, so that nobody borrows another's role."""

from datetime import timedelta

from starlette.responses import Response

from gateway.console.pages import ADMIN, OVERSIGHT, Visit, page
from gateway.console.visitor import InTheWay, Visitor
from gateway.review.errors import NoSuchItem
from gateway.review.session import ApiToken

SCOPES = {
    "items:read": "see the queue",
    "items:open": "open messages",
    "items:decide": "decide on messages",
    "concerns:read": "read reports of breaches and concerns",
    "concerns:write": "report breaches and concerns",
    "protected:read": "look up passphrases, and what waits to be picked up",
    "protected:write": "withdraw files",
    "exceptions:read": "see exceptions",
    "exceptions:write": "propose and decide on exceptions",
    "deputies:read": "see who stands in",
    "deputies:write": "appoint deputies",
    "outbox:read": "see the outbox",
    "outbox:write": "move mail in the outbox",
    "register:read": "look people up",
    "register:write": "import a register",
    "keys:read": "see recipients’ keys",
    "keys:write": "add and remove recipients’ keys",
    "policy:read": "see the policy",
    "reports:read": "see reports",
    "audit:read": "read, check and export the record",
    "users:read": "see accounts",
    "users:write": "invite, change and close accounts",
    "account:read": "see its own account’s tokens and sessions",
    "account:write": "make and revoke its own account’s tokens and end sessions",
}
LONGEST = 366  # days


async def make(
    visitor: Visitor, label: str, scopes: tuple[str, ...], days: int, within: frozenset[str] | None = None
) -> tuple[str, str]:
    """
    A token for whoever asks: its id, and the secret, shown this once.

    *within* are the scopes of the token that asks, if it is one: no token makes a mightier one.

    Raises:
        InTheWay: something is missing, or a scope is not theirs to give.
    """
    assert visitor.account is not None
    if not label or not scopes or not 1 <= days <= LONGEST or not SCOPES.keys() >= set(scopes):
        raise InTheWay(400, "Something is missing", f"A name, at least one scope, and 1 to {LONGEST} days.")
    if within is not None and not within >= set(scopes):
        raise InTheWay(403, "Not in its scopes", "A token gives away no scope that it has not got.")
    ordered = tuple(each for each in SCOPES if each in scopes)
    return await visitor.parts.store.tokens.make(
        visitor.who, label, ordered, timedelta(days=days), visitor.who
    )


async def theirs(visitor: Visitor) -> tuple[ApiToken, ...]:
    """The tokens that somebody sees: their own, an administrator everybody's."""
    found = await visitor.parts.store.tokens.list()
    return tuple(
        each
        for each in found
        if each.revoked_at is None and (visitor.may(ADMIN) or each.account.name == visitor.who)
    )


async def revoke(visitor: Visitor, token: str) -> None:
    """
    It opens nothing any more.

    Raises:
        NoSuchItem: there is none that they may see.
    """
    if token not in {each.id for each in await theirs(visitor)}:
        raise NoSuchItem
    await visitor.parts.store.tokens.revoke(token, visitor.who)


async def tokens(visit: Visit) -> Response:
    """The tokens, and a form for another."""
    return await _show(visit)


async def make_it(visit: Visit) -> Response:
    """A new one; its secret stands on this page and nowhere again."""
    sent = (await visit.form()).getlist("scope")
    days = await visit.text("days", 4)
    _, secret = await make(
        visit,
        await visit.text("label", 60),
        tuple(each for each in sent if isinstance(each, str)),
        int(days) if days.isascii() and days.isdigit() else 0,
    )
    return await _show(visit, secret)


async def revoke_it(visit: Visit) -> Response:
    """End it."""
    await revoke(visit, await visit.text("id", 20))
    return visit.go("/account/tokens?said=revoked")


async def _show(visit: Visit, secret: str = "") -> Response:
    said = visit.request.query_params.get("said", "")
    return visit.show(
        "tokens.html", found=await theirs(visit), scopes=SCOPES, secret=secret, longest=LONGEST, said=said
    )


PAGES = [
    page("/account/tokens", tokens, roles=OVERSIGHT),
    page("/account/tokens", make_it, roles=OVERSIGHT, methods=("POST",)),
    page("/account/tokens/revoke", revoke_it, roles=OVERSIGHT, methods=("POST",)),
]
