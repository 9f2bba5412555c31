"""Signing in and out with a local account."""

from starlette.responses import Response

from gateway import journal
from gateway.console.pages import PUBLIC, Visit, own_path, page
from gateway.console.throttle import network_of


async def form(visit: Visit) -> Response:
    """Ask for name and password."""
    following = own_path(visit.request.query_params.get("next", ""))
    if visit.session:
        return visit.go(following)
    return visit.show("sign_in.html", following=following, name="", problem="")


async def sign_in(visit: Visit) -> Response:
    """Check them. Whoever signs in gets a new session, whatever the browser held before."""
    name = await visit.text("name", 320)
    password = (await visit.form()).get("password", "")
    following = own_path(await visit.text("next"))
    throttle = visit.request.app.state.throttle
    keys = (f"peer {network_of(visit.peer)}", f"name {name.casefold()}")
    if throttle.blocks(*keys):
        journal.event("console_sign_in_blocked")
        problem = "Too many attempts. Please wait five minutes, then try again."
        return visit.show("sign_in.html", 429, following=following, name=name, problem=problem)
    account = None
    if name and isinstance(password, str) and 0 < len(password) <= 1_000:
        account = await visit.parts.store.accounts.verify(name, password)
    if account is None:
        throttle.failed(*keys)
        journal.event("console_sign_in_failed")
        problem = "That name and password do not go together. Please check both."
        return visit.show("sign_in.html", 403, following=following, name=name, problem=problem)
    throttle.forget(keys[1])
    await _end(visit)
    secret = await visit.parts.sessions.begin(account, peer=visit.peer)
    response = visit.go(following)
    visit.keep_cookie(response, "session", secret)
    visit.drop_cookie(response, "visitor")
    return response


async def sign_out(visit: Visit) -> Response:
    """End the session, here and on the server."""
    await _end(visit)
    response = visit.go("/sign-in")
    visit.drop_cookie(response, "session")
    return response


async def _end(visit: Visit) -> None:
    old = visit.request.cookies.get(visit.cookie("session"), "")
    if old:
        await visit.parts.sessions.end(old)


PAGES = [
    page("/sign-in", form, roles=PUBLIC),
    page("/sign-in", sign_in, roles=PUBLIC, methods=("POST",)),
    page("/sign-out", sign_out, roles=PUBLIC, methods=("POST",)),
]
