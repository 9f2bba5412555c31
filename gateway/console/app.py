"""The console, put together."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway import journal
from gateway.console import (
    account,
    accounts,
    audit,
    concerns,
    contents,
    corrected,
    decisions,
    deputies,
    events,
    exceptions,
    health,
    imports,
    item,
    openid,
    outbox,
    policy,
    protected,
    queue,
    recipient_keys,
    register,
    reports,
    sign_in,
    tokens,
)
from gateway.console.api import routes
from gateway.console.api.operation import ROOT, problem
from gateway.console.headers import Guard
from gateway.console.pages import Page, Visit
from gateway.console.parts import Parts
from gateway.console.rendering import Templates
from gateway.console.throttle import Throttle
from gateway.console.visitor import InTheWay
from gateway.mail.public import public


def pages() -> list[Page]:
    """Every page of the console itself."""
    modules = (
        health,
        sign_in,
        openid,
        queue,
        events,
        item,
        contents,
        decisions,
        corrected,
        concerns,
        outbox,
        imports,
        register,
        reports,
        policy,
        exceptions,
        deputies,
        audit,
        accounts,
        recipient_keys,
        account,
        protected,
        tokens,
        routes,
    )
    return [each for module in modules for each in module.PAGES]


def build(parts: Parts, more: Iterable[Page] = ()) -> Starlette:
    """
    The application; *more* are pages that others bring.

    Raises:
        SettingsProblem: what signs people in elsewhere cannot be used.
    """
    app = Starlette(
        routes=[*pages(), *more],
        middleware=[Middleware(Guard, base_url=parts.settings.web.base_url)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.router.redirect_slashes = False
    app.state.parts = parts
    app.state.templates = Templates(parts.settings, parts.clock)
    app.state.throttle = Throttle(parts.clock)
    web = parts.settings.web
    app.state.service = None
    if web.oidc:
        from gateway.console.identity import Service

        app.state.service = Service(web.oidc, web)
    app.state.watchers = events.watchers()
    return app


async def _refused(request: Request, refusal: Exception) -> Response:
    """No such page, a wrong method, a form that is too long."""
    assert isinstance(refusal, HTTPException)
    visit = Visit(request, request.app.state.parts, request.app.state.templates, None)
    texts = {
        404: ("Nothing here", "There is no such page."),
        405: ("Not like this", "This page cannot be used that way."),
        413: ("Too much", "What was sent is too long."),
    }
    title, text = texts.get(
        refusal.status_code, ("That did not work", "The request could not be understood.")
    )
    if request.url.path.startswith(f"{ROOT}/"):
        response = problem(InTheWay(refusal.status_code, title, text))
    else:
        response = visit.trouble(refusal.status_code, title, text)
    response.headers.update(refusal.headers or {})
    if refusal.status_code == 405:
        response.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return response


def _methods(request: Request) -> set[str]:
    """What the path can be asked for: each method has a route of its own."""
    return {
        method
        for each in request.app.routes
        if isinstance(each, Route) and each.path_regex.match(request.url.path)
        for method in each.methods or ()
    }


async def _failed(request: Request, fault: Exception) -> Response:
    """A fault of ours: a reference for the log, and nothing about what it was."""
    ticket = journal.trouble(public("a page of the console failed"), fault)
    if request.url.path.startswith(f"{ROOT}/"):
        return problem(InTheWay(500, "Something went wrong", f"Nothing was lost. Reference {ticket}"))
    return PlainTextResponse(
        f"Something went wrong here. Nothing was lost. Reference {ticket}\n", status_code=500
    )
