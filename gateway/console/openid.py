"""
Signing in by another service's word: OpenID Connect, the authorization code flow with PKCE.

Nothing about the service is kept between two sign-ins: where its pages and keys are is
asked each time. State, nonce and verifier wait in a ticket that works once, whose secret
is in this browser's cookie and nowhere else. (OpenID Connect Core 1.0; RFC 7636, RFC 9207)
"""

import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import RedirectResponse, Response

from gateway import journal
from gateway.console.pages import PUBLIC, Visit, own_path, page
from gateway.console.sign_in import enter
from gateway.mail.account import Account
from gateway.mail.address import canonical
from gateway.mail.public import Public, public
from gateway.sections import Oidc

if TYPE_CHECKING:
    from gateway.console.identity import Service

_ON_THE_WAY = timedelta(minutes=10)
BACK = "/sign-in/elsewhere/back"


class NotBelieved(Exception):
    """The service's word is not good enough; *why* is for the log."""

    def __init__(self, why: Public) -> None:
        super().__init__(why)
        self.why = why


class Way(msgspec.Struct, frozen=True):
    """Somebody who has gone to the service, and is expected back."""

    state: str
    nonce: str
    verifier: str
    following: str


async def go(visit: Visit) -> Response:
    """Off to the service."""
    service = _service(visit)
    if service is None:
        return visit.trouble(404, "Nothing here", "There is no such page.")
    following = own_path(visit.request.query_params.get("next", ""))
    way = Way(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), following)
    try:
        address = await service.address(way)
    except NotBelieved as fault:
        return _refused(visit, fault)
    ticket = await visit.parts.store.tickets.issue("oidc", "", _ON_THE_WAY, msgspec.json.encode(way))
    response = RedirectResponse(address, 303)
    visit.keep_cookie(response, "elsewhere", ticket, int(_ON_THE_WAY.total_seconds()))
    return response


async def back(visit: Visit) -> Response:
    """Back with the service's word for somebody."""
    service, query = _service(visit), visit.request.query_params
    section = visit.parts.settings.web.oidc
    if service is None or section is None:
        return visit.trouble(404, "Nothing here", "There is no such page.")
    try:
        way = await _way(visit, query.get("state", ""))
        if query.get("iss", section.issuer).rstrip("/") != section.issuer.rstrip("/"):
            raise NotBelieved(public("the answer is another service's"))  # RFC 9207, 2.4
        if not query.get("code"):
            raise NotBelieved(public("the service refused"))
        email = await service.email(way, query["code"], int(visit.parts.clock().timestamp()))
        account = await _account(visit, section, email)
    except NotBelieved as fault:
        return _refused(visit, fault)
    response = await enter(visit, account, way.following)
    visit.drop_cookie(response, "elsewhere")
    return response


async def _way(visit: Visit, state: str) -> Way:
    """What was kept when this browser left; good for one return."""
    secret = visit.request.cookies.get(visit.cookie("elsewhere"), "")
    ticket = await visit.parts.store.tickets.look(secret, "oidc") if secret else None
    if ticket is None or not ticket.valid:
        raise NotBelieved(public("this browser is not expected back"))
    way = msgspec.json.decode(ticket.data, type=Way)
    if not hmac.compare_digest(way.state.encode(), state.encode()):
        raise NotBelieved(public("the answer is to another question"))
    await visit.parts.store.tickets.use(secret, "oidc")
    return way


async def _account(visit: Visit, section: Oidc, email: str) -> Account:
    """The one open account of that name or address; its roles are the store's, never the service's."""
    wanted = canonical(email)
    accounts = visit.parts.store.accounts
    found = [
        each
        for each in await accounts.list()
        if wanted in map(canonical, (each.account.name, *each.account.addresses))
    ]
    if (
        not found
        and section.new_accounts
        and wanted.rpartition("@")[2] in visit.parts.settings.agency.domains
    ):
        account = Account(email, (email,), section.new_accounts)
        await accounts.add(account, None, email)
        return account
    if len(found) != 1:
        raise NotBelieved(public("{count} accounts have the address", count=len(found)))
    if found[0].disabled_at is not None:
        raise NotBelieved(public("the account is closed"))
    return found[0].account


def _service(visit: Visit) -> "Service | None":
    service: Service | None = visit.request.app.state.service
    return service


def _refused(visit: Visit, fault: NotBelieved) -> Response:
    """One answer for all of it: whoever tries learns nothing, the log knows."""
    journal.event("console_oidc_refused", why=fault.why)
    return visit.show(
        "sign_in.html",
        403,
        following="/",
        name="",
        problem="That did not work. Please try again, or ask an administrator for an account.",
    )


PAGES = [
    page("/sign-in/elsewhere", go, roles=PUBLIC),
    page(BACK, back, roles=PUBLIC),
]
