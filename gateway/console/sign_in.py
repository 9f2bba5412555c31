"""
Signing in and out: a password and, where an account has one, a second step; or a passkey alone.

Whoever gets in gets a new session, whatever the browser held before. Failures count
by place and by name, and an unknown name takes as long and reads the same as a wrong
password.
"""

import secrets
from datetime import timedelta

import msgspec
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from gateway import journal
from gateway.console import factors
from gateway.console.pages import PUBLIC, Visit, own_path, page
from gateway.console.parts import Parts
from gateway.console.throttle import network_of
from gateway.mail.account import Account
from gateway.mail.public import public
from gateway.review.errors import StoreTrouble
from gateway.review.session import TicketSpent

_HALFWAY = timedelta(minutes=5)  # from the password to the code
_TOLD_EVERY = timedelta(hours=1)
_WAIT = "Too many attempts. Please wait five minutes, then try again."


class _Halfway(msgspec.Struct, frozen=True):
    """Somebody who has given the right password, and where they want to go."""

    name: str
    following: str


async def form(visit: Visit) -> Response:
    """Ask for name and password."""
    following = own_path(visit.request.query_params.get("next", ""))
    if visit.session:
        return visit.go(following)
    return visit.show("sign_in.html", following=following, name="", problem="")


async def sign_in(visit: Visit) -> Response:
    """Check them."""
    name = await visit.text("name", 320)
    password = (await visit.form()).get("password", "")
    following = own_path(await visit.text("next"))
    throttle = visit.request.app.state.throttle
    keys = _keys(visit, name)
    if throttle.blocks(*keys):
        journal.event("console_sign_in_blocked")
        return visit.show("sign_in.html", 429, following=following, name=name, problem=_WAIT)
    account = None
    if name and isinstance(password, str) and 0 < len(password) <= 1_000:
        account = await visit.parts.store.accounts.verify(name, password)
    if account is None:
        journal.event("console_sign_in_failed")
        problem = "That name and password do not go together. Please check both."
        response = visit.show("sign_in.html", 403, following=following, name=name, problem=problem)
        return _failed(visit, response, keys, name)
    throttle.forget(keys[1])
    return await enter(visit, account, following)


async def enter(visit: Visit, account: Account, following: str) -> Response:
    """The first step is done; on to the second where the account has one, else in."""
    if factors.read(await visit.parts.store.accounts.factors(account.name)).any:
        halfway = msgspec.json.encode(_Halfway(account.name, following))
        ticket = await visit.parts.store.tickets.issue("second_step", "", _HALFWAY, halfway)
        response = visit.go("/sign-in/code")
        visit.keep_cookie(response, "halfway", ticket, int(_HALFWAY.total_seconds()))
        return response
    return await begin(visit, account, following)


async def code_form(visit: Visit) -> Response:
    """Ask for the code."""
    if await _halfway(visit) is None:
        return visit.go("/sign-in")
    return visit.show("code.html", problem="")


async def code(visit: Visit) -> Response:
    """Check it; it is used up by that."""
    halfway = await _halfway(visit)
    if halfway is None:
        return visit.go("/sign-in")
    throttle = visit.request.app.state.throttle
    keys = _keys(visit, f"code {halfway.name}")
    if throttle.blocks(*keys):
        return visit.show("code.html", 429, problem=_WAIT)
    accounts = visit.parts.store.accounts
    kept = await accounts.factors(halfway.name)
    after = factors.read(kept).after_code(await visit.text("code", 40), visit.parts.clock())
    if after is None or not await accounts.set_factors(
        halfway.name, kept, factors.write(after), halfway.name
    ):
        response = visit.show("code.html", 403, problem="That code is not right, or was used before.")
        return _failed(visit, response, keys, halfway.name)
    try:
        await visit.parts.store.tickets.use(visit.request.cookies[visit.cookie("halfway")], "second_step")
    except TicketSpent:
        return visit.go("/sign-in")
    throttle.forget(keys[1])
    return await _begin_by_name(visit, halfway.name, halfway.following)


async def passkey_options(visit: Visit) -> Response:
    """What the browser's passkeys are asked; the challenge is good for one answer."""
    challenge = secrets.token_bytes(32)
    ticket = await visit.parts.store.tickets.issue("passkey", "", _HALFWAY, challenge)
    response = Response(site(visit).request(challenge), media_type="application/json")
    visit.keep_cookie(response, "passkey", ticket, int(_HALFWAY.total_seconds()))
    return response


async def passkey(visit: Visit) -> Response:
    """Somebody signs in with a passkey, which stands for both steps."""
    throttle = visit.request.app.state.throttle
    keys = _keys(visit, "passkey")[:1]
    if throttle.blocks(*keys):
        return JSONResponse({"problem": _WAIT}, 429)
    try:
        answer = msgspec.json.decode(await visit.text("answer", 20_000), type=dict)
        challenge = (
            await visit.parts.store.tickets.use(
                visit.request.cookies.get(visit.cookie("passkey"), ""), "passkey"
            )
        ).data
    except (msgspec.MsgspecError, TicketSpent):
        return JSONResponse({"problem": "Please try again."}, 403)
    name = factors.owner(answer)
    accounts = visit.parts.store.accounts
    kept = await accounts.factors(name) if name else b""
    after = site(visit).signed(answer, challenge, factors.read(kept))
    if after is None or not await accounts.set_factors(name, kept, factors.write(after), name):
        throttle.failed(*keys)
        return JSONResponse({"problem": "That passkey is not known here."}, 403)
    following = own_path(await visit.text("next"))
    response = await _begin_by_name(visit, name, following)
    return _as_json(response, following)


async def sign_out(visit: Visit) -> Response:
    """End the session, here and on the server."""
    await _end(visit)
    response = visit.go("/sign-in")
    visit.drop_cookie(response, "session")
    return response


async def begin(visit: Visit, account: Account, following: str) -> Response:
    """A new session, and on to where they wanted to go."""
    await _end(visit)
    secret = await visit.parts.store.sessions.begin(account, peer=visit.peer)
    response = visit.go(following)
    visit.keep_cookie(response, "session", secret)
    for each in ("visitor", "halfway", "passkey"):
        visit.drop_cookie(response, each)
    return response


def site(visit: Visit) -> factors.Site:
    """Where passkeys of this console are good."""
    return factors.Site.of(visit.parts.settings.web.base_url, visit.parts.settings.agency.name)


def _failed(visit: Visit, response: Response, keys: tuple[str, str], name: str) -> Response:
    """Count it; where the account is shut for a while by that, say so to those whom it concerns."""
    throttle = visit.request.app.state.throttle
    throttle.failed(*keys)
    if throttle.blocks(keys[1]):
        # After the answer, so that it comes as fast for a name that nobody has.
        response.background = BackgroundTask(_tell, visit.parts, name, visit.peer)
    return response


async def _tell(parts: Parts, name: str, peer: str) -> None:
    try:
        listed = await parts.store.accounts.get(name)
        if listed is None or listed.disabled_at is not None:
            return
        account = listed.account
        notices = parts.notices.locked_out(account.name, account.addresses, peer)
        await parts.store.tell(f"locked out {account.name}", _TOLD_EVERY, *notices)
    except StoreTrouble as fault:
        journal.trouble(public("nobody could be told of a lock-out"), fault)


async def _begin_by_name(visit: Visit, name: str, following: str) -> Response:
    listed = await visit.parts.store.accounts.get(name)
    if listed is None or listed.disabled_at is not None:
        return visit.trouble(403, "Not any more", "This account is closed.")
    return await begin(visit, listed.account, following)


async def _halfway(visit: Visit) -> _Halfway | None:
    secret = visit.request.cookies.get(visit.cookie("halfway"), "")
    ticket = await visit.parts.store.tickets.look(secret, "second_step") if secret else None
    return msgspec.json.decode(ticket.data, type=_Halfway) if ticket and ticket.valid else None


async def _end(visit: Visit) -> None:
    old = visit.request.cookies.get(visit.cookie("session"), "")
    if old:
        await visit.parts.store.sessions.end(old)


def _keys(visit: Visit, name: str) -> tuple[str, str]:
    return f"peer {network_of(visit.peer)}", f"name {name.casefold()}"


def _as_json(response: Response, following: str) -> Response:
    """The same cookies, for a script that goes on by itself."""
    if response.status_code != 303:
        return JSONResponse({"problem": "This account is closed."}, response.status_code)
    answer = JSONResponse({"next": following})
    answer.raw_headers += [each for each in response.raw_headers if each[0] == b"set-cookie"]
    return answer


PAGES = [
    page("/sign-in", form, roles=PUBLIC),
    page("/sign-in", sign_in, roles=PUBLIC, methods=("POST",)),
    page("/sign-in/code", code_form, roles=PUBLIC),
    page("/sign-in/code", code, roles=PUBLIC, methods=("POST",)),
    page("/sign-in/passkey/options", passkey_options, roles=PUBLIC, methods=("POST",)),
    page("/sign-in/passkey", passkey, roles=PUBLIC, methods=("POST",)),
    page("/sign-out", sign_out, roles=PUBLIC, methods=("POST",)),
]
