"""Who may sign in: inviting, changing roles, closing accounts; and accepting an invitation."""

from datetime import timedelta

import msgspec
from starlette.responses import Response

from gateway.console.account import SHORTEST
from gateway.console.pages import ADMIN, PUBLIC, Visit, page
from gateway.console.rendering import ROLE_NAMES
from gateway.console.sign_in import begin
from gateway.console.visitor import InTheWay, Visitor
from gateway.mail.account import Account
from gateway.register.check import is_address
from gateway.review.errors import NoSuchItem
from gateway.review.session import TicketSpent

INVITATION = "invitation"
_GOOD_FOR = timedelta(days=3)


async def people(visit: Visit) -> Response:
    """Every account."""
    return visit.show(
        "people.html",
        accounts=await visit.parts.store.accounts.list(),
        roles=ROLE_NAMES,
        said=visit.request.query_params.get("said", ""),
    )


async def invite(visit: Visit) -> Response:
    """A link that somebody makes their account with; shown once, and sent by whoever made it."""
    name = await visit.text("name", 320)
    addresses = (await visit.text("addresses")).split()
    link = await invite_somebody(visit, Account(name, tuple(addresses), await _roles(visit)))
    return visit.show("invited.html", name=name, link=link)


async def invite_somebody(visitor: Visitor, account: Account) -> str:
    """
    The link by which somebody makes this account.

    Raises:
        InTheWay: something is missing, or there is one of that name.
    """
    name, roles = account.name, account.roles
    if not name or not roles or not all(map(is_address, account.addresses)):
        raise InTheWay(400, "Something is missing", "A name, at least one role, and proper addresses.")
    if await visitor.parts.store.accounts.get(name):
        raise InTheWay(409, "There already", "There is an account of that name.")
    account = Account(name, account.addresses or ((name,) if is_address(name) else ()), roles)
    store = visitor.parts.store
    token = await store.tickets.issue(INVITATION, "", _GOOD_FOR, msgspec.json.encode(account))
    await store.audit.record("invited", "account", visitor.who, name=name, roles=" ".join(roles))
    return f"{visitor.parts.settings.web.base_url.rstrip('/')}/invitation/{token}"


async def change(visit: Visit) -> Response:
    """Other roles or addresses."""
    name, addresses = await visit.text("name", 320), (await visit.text("addresses")).split()
    await change_account(visit, Account(name, tuple(addresses), await _roles(visit)))
    return visit.go("/people?said=changed")


async def change_account(visitor: Visitor, account: Account) -> None:
    """
    Give an account these addresses and roles.

    Raises:
        NoSuchItem: there is none of that name.
        InTheWay: something is missing, or they would lose their own role.
    """
    listed = await visitor.parts.store.accounts.get(account.name)
    if listed is None:
        raise NoSuchItem
    if not account.roles or not all(map(is_address, account.addresses)):
        raise InTheWay(400, "Something is missing", "At least one role, and proper addresses.")
    if listed.account.name == visitor.who and "administrator" not in account.roles:
        raise InTheWay(400, "Not your own", "Another administrator has to take this role from you.")
    changed = msgspec.structs.replace(account, name=listed.account.name)
    await visitor.parts.store.accounts.change(changed, visitor.who)


async def close(visit: Visit) -> Response:
    """Nobody signs in under that name any more."""
    await close_account(visit, await visit.text("name", 320))
    return visit.go("/people?said=closed")


async def close_account(visitor: Visitor, name: str) -> None:
    """
    Close somebody else's account.

    Raises:
        NoSuchItem: there is none of that name.
        InTheWay: it is their own.
    """
    listed = await visitor.parts.store.accounts.get(name)
    if listed is None:
        raise NoSuchItem
    if listed.account.name == visitor.who:
        raise InTheWay(400, "Not your own", "Another administrator has to close your account.")
    await visitor.parts.store.accounts.disable(name, visitor.who)


async def sign_out(visit: Visit) -> Response:
    """Somebody has to sign in again, everywhere."""
    await sign_out_everywhere(visit, await visit.text("name", 320))
    return visit.go("/people?said=signed_out")


async def sign_out_everywhere(visitor: Visitor, name: str) -> int:
    """
    End every session of an account; returns how many there were.

    Raises:
        NoSuchItem: there is none of that name.
    """
    listed = await visitor.parts.store.accounts.get(name)
    if listed is None:
        raise NoSuchItem
    return await visitor.parts.store.sessions.end_all(listed.account.name, visitor.who)


async def invitation(visit: Visit) -> Response:
    """The page behind the link. Looking changes nothing, so that no scanner uses it up."""
    ticket = await visit.parts.store.tickets.look(visit.request.path_params["token"], INVITATION)
    if ticket is None or not ticket.valid:
        return _spent(visit)
    invited = msgspec.json.decode(ticket.data, type=Account)
    return visit.show("invitation.html", invited=invited, shortest=SHORTEST, problem="")


async def accept(visit: Visit) -> Response:
    """Make the account, once, and sign in."""
    secret = visit.request.path_params["token"]
    password = (await visit.form()).get("password", "")
    ticket = await visit.parts.store.tickets.look(secret, INVITATION)
    if ticket is None or not ticket.valid:
        return _spent(visit)
    invited = msgspec.json.decode(ticket.data, type=Account)
    if not isinstance(password, str) or not SHORTEST <= len(password) <= 1_000:
        problem = f"A password has {SHORTEST} characters or more."
        return visit.show("invitation.html", 400, invited=invited, shortest=SHORTEST, problem=problem)
    try:
        await visit.parts.store.tickets.use(secret, INVITATION)
    except TicketSpent:
        return _spent(visit)
    if await visit.parts.store.accounts.get(invited.name):
        return visit.trouble(409, "There already", "There is an account of that name.")
    await visit.parts.store.accounts.add(invited, password, invited.name)
    return await begin(visit, invited, "/account")


def _spent(visit: Visit) -> Response:
    return visit.trouble(
        410, "This link is used up", "It was used before, or is too old. Please ask for a new one."
    )


async def _roles(visit: Visit) -> tuple[str, ...]:
    sent = (await visit.form()).getlist("role")
    return tuple(role for role in ROLE_NAMES if role in sent)


PAGES = [
    page("/people", people, roles=ADMIN),
    page("/people/invite", invite, roles=ADMIN, methods=("POST",)),
    page("/people/change", change, roles=ADMIN, methods=("POST",)),
    page("/people/sign-out", sign_out, roles=ADMIN, methods=("POST",)),
    page("/people/close", close, roles=ADMIN, methods=("POST",)),
    page("/invitation/{token}", invitation, roles=PUBLIC),
    page("/invitation/{token}", accept, roles=PUBLIC, methods=("POST",)),
]
