"""
Pages: a path, who may come there, and what happens.

A route without a rule cannot be made: `page` asks for the roles. Whatever changes
something is a POST, whose token is checked before the page's own code sees it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.console.parts import Parts
from gateway.console.rendering import Templates
from gateway.console.visitor import KNOWN, in_the_way
from gateway.mail.account import Account
from gateway.mail.ids import as_id
from gateway.review.errors import WrongState
from gateway.review.session import Session

Roles = frozenset[str]
PUBLIC: Roles = frozenset({"anybody"})
REVIEW: Roles = frozenset({"reviewer", "safeguarding_lead"})
ADMIN: Roles = frozenset({"administrator"})
LEAD: Roles = frozenset({"safeguarding_lead"})
AUDIT: Roles = frozenset({"auditor", "administrator", "safeguarding_lead"})
OVERSIGHT: Roles = REVIEW | ADMIN | AUDIT  # whoever works with the console at all
SIGNED_IN: Roles = OVERSIGHT | {"submit"}
_FORM_LIMIT = 262_144


class NotOpened(Exception):
    """The contents of a message were asked for by somebody who has not said why they look."""


class Visit:
    """One request: who comes, what they sent, and how to answer."""

    def __init__(self, request: Request, parts: Parts, templates: Templates, session: Session | None) -> None:
        self.request = request
        self.parts = parts
        self.session = session
        self.roles: frozenset[str] = frozenset()
        self._templates = templates
        self._form: FormData | None = None
        self._visitor = request.cookies.get(self.cookie("visitor"), "")
        self._new_visitor = False

    @property
    def account(self) -> Account | None:
        """Who is signed in."""
        return self.session.account if self.session else None

    @property
    def who(self) -> str:
        """The name for the audit trail."""
        return self.session.account.name if self.session else ""

    @property
    def secure(self) -> bool:
        """Whether the console is reached by https."""
        return self.parts.settings.web.base_url.startswith("https:")

    def cookie(self, name: str) -> str:
        """A cookie's name; its prefix makes browsers insist on https, this host and no other path."""
        return f"__Host-{name}" if self.secure else name

    def places(self) -> "list[Place]":
        """The pages that whoever is signed in can go to; the first of them stand in the bar at the top."""
        path = self.request.url.path
        return [
            Place(name, target, icon, path.startswith((target, *aliases)))
            for name, target, icon, roles, aliases in _PLACES
            if self.may(roles)
        ]

    def may(self, roles: Roles) -> bool:
        """Whether whoever is signed in has one of the roles."""
        return roles == PUBLIC or not roles.isdisjoint(self.roles)

    @property
    def peer(self) -> str:
        """The address that the request came from."""
        return self.request.client.host if self.request.client else ""

    @property
    def item(self) -> str:
        """The id in the path."""
        return str(self.request.path_params.get("item", ""))

    async def form(self) -> FormData:
        """What was sent."""
        if self._form is None:
            self._form = await self.request.form(max_files=5, max_fields=2_000)
        return self._form

    async def text(self, name: str, longest: int = 2_000) -> str:
        """One field of the form, without space around it; "" where it is missing."""
        found = (await self.form()).get(name, "")
        return found.strip()[:longest] if isinstance(found, str) else ""

    def token(self) -> str:
        """What a form must send along: nobody else can know it, and it is worth nothing to anybody else."""
        secret = self.request.cookies.get(self.cookie("session"), "") if self.session else self._visitor
        if not secret:
            secret = self._visitor = secrets.token_urlsafe(32)
            self._new_visitor = True
        return hmac.digest(secret.encode(), b"form", hashlib.sha256).hex()

    async def has_token(self) -> bool:
        """Whether the form came from one of our pages, shown to this same browser."""
        sent = (await self.form()).get("token", "")
        return isinstance(sent, str) and hmac.compare_digest(sent.encode(), self.token().encode())

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        return self._with_visitor(HTMLResponse(self._templates.page(template, self, values), status))

    def moment(self, when: datetime) -> str:
        """A time in words, in the agency's time zone."""
        return self._templates.moment(when)

    def go(self, path: str) -> Response:
        """On to another page of ours, by GET."""
        return RedirectResponse(path, 303)

    def trouble(self, status: int, title: str, text: str) -> Response:
        """A page that says what is in the way and what to do about it, with the way back to the message."""
        item = self.item or self.request.query_params.get("item", "")
        back = as_id(item) if self.may(REVIEW) and status in (400, 403, 409) else ""
        return self.show("trouble.html", status, title=title, text=text, back=back)

    def keep_cookie(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Give the browser something to keep: not for scripts, not for other sites."""
        response.set_cookie(
            self.cookie(name), value, max_age=seconds, secure=self.secure, httponly=True, samesite="lax"
        )

    def drop_cookie(self, response: Response, name: str) -> None:
        """The browser forgets it."""
        response.delete_cookie(self.cookie(name), secure=self.secure, httponly=True, samesite="lax")

    def _with_visitor(self, response: Response) -> Response:
        if self._new_visitor:
            self.keep_cookie(response, "visitor", self._visitor)
        return response


class Place(NamedTuple):
    """A page to go to: an entry of the bar at the top, or under one's name."""

    name: str
    path: str
    icon: str
    here: bool


_PLACES: tuple[tuple[str, str, str, Roles, tuple[str, ...]], ...] = (
    ("Queue", "/queue", "queue", REVIEW, ("/items",)),
    ("Outbox", "/outbox", "sent", OVERSIGHT, ()),
    ("Register", "/register", "register", REVIEW | ADMIN, ()),
    ("Reports", "/reports", "reports", OVERSIGHT, ()),
    ("Policy", "/policy", "policy", OVERSIGHT, ()),
    ("Exceptions", "/exceptions", "exceptions", REVIEW | ADMIN, ()),
    ("Audit", "/audit", "audit", AUDIT, ()),
    ("People", "/people", "people", ADMIN, ()),
    ("Keys", "/keys", "key", ADMIN, ()),
    ("Absence", "/deputies", "clock", REVIEW | ADMIN | AUDIT, ()),
    ("Protected", "/protected", "key", SIGNED_IN, ()),
)

Endpoint = Callable[[Visit], Awaitable[Response]]


class Page(Route):
    """A route with its rule."""

    roles: Roles


def page(
    path: str,
    endpoint: Endpoint,
    *,
    roles: Roles,
    methods: Collection[str] = ("GET",),
    limit: int = _FORM_LIMIT,
    token: bool = True,
) -> Page:
    """
    Make a route.

    *limit* is the most bytes of a form. Without *token* the endpoint answers for its
    POSTs itself (the API, whose callers bring a token of another kind).
    """

    async def answer(request: Request) -> Response:
        visit = await _visit(request)
        try:
            return await _guarded(visit, endpoint, roles, token)
        except NotOpened:
            return visit.trouble(
                403,
                "This message is closed",
                "Please go back to it and say why you open it; that is recorded.",
            )
        except WrongState as wrong:
            return visit.show("decided.html", 409, state=wrong.state, item=visit.item)
        except KNOWN as fault:
            found = in_the_way(fault)
            return visit.trouble(found.status, found.title, found.text)

    route = Page(path, answer, methods=list(methods), name=path, max_body_size=limit)
    route.roles = roles
    return route


async def _visit(request: Request) -> Visit:
    parts: Parts = request.app.state.parts
    visit = Visit(request, parts, request.app.state.templates, None)
    token = request.cookies.get(visit.cookie("session"), "")
    visit.session = await parts.store.sessions.find(token) if token else None
    if visit.session is not None:
        account = visit.session.account
        visit.roles = (await parts.store.deputies.acting(account.name)).union(account.roles)
    return visit


async def _guarded(visit: Visit, endpoint: Endpoint, roles: Roles, token: bool) -> Response:
    request = visit.request
    if not visit.may(roles):
        if visit.session is None and request.method in ("GET", "HEAD"):
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return visit.go(f"/sign-in?next={quote(wanted, safe='/')}")
        if visit.session is None:
            return visit.trouble(401, "Please sign in", "Your session has ended. Nothing was changed.")
        return visit.trouble(403, "Not for your role", "Your account is not meant to see this page.")
    if request.method == "POST" and token and not await visit.has_token():
        return visit.trouble(
            403,
            "Please try again",
            "This form was open for too long, or in another session. Nothing was changed.",
        )
    return await endpoint(visit)


def own_path(text: str, otherwise: str = "/") -> str:
    """The text, if it is a path on this site and nothing but; so no link leads elsewhere through us."""
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if plain and not parts.scheme and not parts.netloc and "\\" not in text else otherwise
