"""One's own account: where it is signed in, its password, its second step."""

import secrets
from datetime import timedelta

import msgspec
from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from gateway.console import factors
from gateway.console.pages import SIGNED_IN, Visit, page
from gateway.console.sign_in import begin, site
from gateway.review.session import TicketSpent

SHORTEST = 10
_SETUP = timedelta(minutes=15)
_MOST_PASSKEYS = 10
_WAIT = "Please wait five minutes, then try again. If this was not you, sign out everywhere and tell your administrator."


async def account(visit: Visit) -> Response:
    """What there is."""
    assert visit.account is not None
    kept = factors.read(await visit.parts.store.accounts.factors(visit.who))
    return visit.show(
        "account.html",
        sessions=await visit.parts.store.sessions.of(visit.who),
        factors=kept,
        problem="",
        said=visit.request.query_params.get("said", ""),
    )


async def everywhere(visit: Visit) -> Response:
    """Sign out everywhere, here too."""
    await visit.parts.store.sessions.end_all(visit.who, visit.who)
    response = visit.go("/sign-in")
    visit.drop_cookie(response, "session")
    return response


async def password(visit: Visit) -> Response:
    """A new password; every session ends, this browser gets a new one."""
    form = await visit.form()
    old, new = form.get("old", ""), form.get("new", "")
    throttle = visit.request.app.state.throttle
    key = f"password {visit.who}"
    if not isinstance(old, str) or not isinstance(new, str) or not SHORTEST <= len(new) <= 1_000:
        return visit.trouble(400, "Too short", f"A password has {SHORTEST} characters or more.")
    if throttle.blocks(key):
        return visit.trouble(429, "Too many attempts", _WAIT)
    accounts = visit.parts.store.accounts
    found = await accounts.verify(visit.who, old[:1_000])
    if found is None:
        return await _wrong(visit, key, "The old password is not right.")
    throttle.forget(key)
    await accounts.add(found, new, visit.who)
    return await begin(visit, found, "/account?said=password")


async def code_setup(visit: Visit) -> Response:
    """A new secret for one-time codes, shown until its first code was typed in."""
    secret = factors.new_secret()
    ticket = await visit.parts.store.tickets.issue("totp", visit.who[:80], _SETUP, secret.encode())
    response = _shown(visit, secret)
    visit.keep_cookie(response, "setup", ticket, int(_SETUP.total_seconds()))
    return response


async def code_confirm(visit: Visit) -> Response:
    """The first code: from now on a second step is asked for."""
    cookie = visit.request.cookies.get(visit.cookie("setup"), "")
    ticket = await visit.parts.store.tickets.look(cookie, "totp") if cookie else None
    if ticket is None or not ticket.valid or ticket.subject != visit.who[:80]:
        return visit.go("/account")
    accounts = visit.parts.store.accounts
    kept = await accounts.factors(visit.who)
    fresh = msgspec.structs.replace(factors.read(kept), secret=ticket.data.decode(), last_step=0, spare=())
    after = fresh.after_code(await visit.text("code", 40), visit.parts.clock())
    if after is None:
        return _shown(visit, ticket.data.decode(), problem="That code is not right. Please try the next one.")
    codes, digests = factors.spare_codes()
    after = msgspec.structs.replace(after, spare=digests)
    await visit.parts.store.tickets.use(cookie, "totp")
    if not await accounts.set_factors(visit.who, kept, factors.write(after), visit.who):
        return visit.go("/account")
    return visit.show("spare_codes.html", codes=codes)


async def code_remove(visit: Visit) -> Response:
    """No codes any more; one is asked for a last time."""
    accounts = visit.parts.store.accounts
    kept = await accounts.factors(visit.who)
    throttle = visit.request.app.state.throttle
    key = f"name code {visit.who.casefold()}"
    if throttle.blocks(key):
        return visit.trouble(429, "Too many attempts", _WAIT)
    before = factors.read(kept)
    if before.after_code(await visit.text("code", 40), visit.parts.clock()) is None:
        return await _wrong(visit, key, "That code is not right.")
    after = msgspec.structs.replace(before, secret="", spare=(), last_step=0)
    await accounts.set_factors(visit.who, kept, factors.write(after), visit.who)
    return visit.go("/account?said=code_removed")


async def passkey_options(visit: Visit) -> Response:
    """What the browser is asked for a new passkey."""
    kept = factors.read(await visit.parts.store.accounts.factors(visit.who))
    challenge = secrets.token_bytes(32)
    ticket = await visit.parts.store.tickets.issue("new_passkey", visit.who[:80], _SETUP, challenge)
    response = Response(site(visit).creation(visit.who, kept, challenge), media_type="application/json")
    visit.keep_cookie(response, "setup", ticket, int(_SETUP.total_seconds()))
    return response


async def passkey_add(visit: Visit) -> Response:
    """Keep the new passkey."""
    cookie = visit.request.cookies.get(visit.cookie("setup"), "")
    try:
        answer = msgspec.json.decode(await visit.text("answer", 40_000), type=dict)
        ticket = await visit.parts.store.tickets.use(cookie, "new_passkey")
    except (msgspec.MsgspecError, TicketSpent):
        return JSONResponse({"problem": "Please try again."}, 400)
    name = await visit.text("name", 60) or "Passkey"
    new = site(visit).created(answer, ticket.data, name) if ticket.subject == visit.who[:80] else None
    accounts = visit.parts.store.accounts
    kept = await accounts.factors(visit.who)
    before = factors.read(kept)
    if new is None or len(before.passkeys) >= _MOST_PASSKEYS:
        return JSONResponse({"problem": "That passkey could not be used."}, 400)
    after = msgspec.structs.replace(before, passkeys=(*before.passkeys, new))
    if not await accounts.set_factors(visit.who, kept, factors.write(after), visit.who):
        return JSONResponse({"problem": "Please try again."}, 409)
    return JSONResponse({"next": "/account?said=passkey"})


async def passkey_remove(visit: Visit) -> Response:
    """Forget a passkey."""
    accounts = visit.parts.store.accounts
    kept = await accounts.factors(visit.who)
    before = factors.read(kept)
    gone = await visit.text("id", 2_000)
    after = msgspec.structs.replace(
        before, passkeys=tuple(each for each in before.passkeys if each.id.hex() != gone)
    )
    await accounts.set_factors(visit.who, kept, factors.write(after), visit.who)
    return visit.go("/account?said=passkey_removed")


async def _wrong(visit: Visit, key: str, text: str) -> Response:
    """Count what did not match; where that was once too often, the audit trail says so, and so does the page."""
    throttle = visit.request.app.state.throttle
    throttle.failed(key)
    if throttle.blocks(key):
        await visit.parts.store.audit.record("password_guessed", "account", visit.who)
        text = f"{text} It was wrong five times, which is recorded. {_WAIT}"
    return visit.trouble(403, "Not changed", text)


def _shown(visit: Visit, secret: str, problem: str = "") -> Response:
    import segno

    text = factors.uri(secret, visit.who, visit.parts.settings.agency.name)
    picture = Markup(segno.make(text, error="m").svg_inline(scale=1, omitsize=True, svgclass="qr"))  # noqa: S704 -- ours
    return visit.show(
        "code_setup.html", 403 if problem else 200, secret=secret, uri=text, qr=picture, problem=problem
    )


PAGES = [
    page("/account", account, roles=SIGNED_IN),
    page("/account/everywhere", everywhere, roles=SIGNED_IN, methods=("POST",)),
    page("/account/password", password, roles=SIGNED_IN, methods=("POST",)),
    page("/account/code", code_setup, roles=SIGNED_IN, methods=("POST",)),
    page("/account/code/confirm", code_confirm, roles=SIGNED_IN, methods=("POST",)),
    page("/account/code/remove", code_remove, roles=SIGNED_IN, methods=("POST",)),
    page("/account/passkey/options", passkey_options, roles=SIGNED_IN, methods=("POST",)),
    page("/account/passkey", passkey_add, roles=SIGNED_IN, methods=("POST",)),
    page("/account/passkey/remove", passkey_remove, roles=SIGNED_IN, methods=("POST",)),
]
