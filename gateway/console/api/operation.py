"""
One operation of the API: a path, a scope, the roles of its page, and a function.

The function's own signature says what it takes and gives: *asked* is the query of a
GET and the JSON body of anything else, a struct either way; what it returns is sent
as JSON, nothing as 204. The OpenAPI document is written from the same signature.

Whoever calls brings a token (RFC 6750). Cookies are not looked at, so no other site
can act through somebody's browser.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.console.pages import PUBLIC, Page, Roles
from gateway.console.parts import Parts
from gateway.console.rendering import Templates
from gateway.console.visitor import KNOWN, InTheWay, in_the_way
from gateway.mail.account import Account
from gateway.review.session import ApiToken

ROOT = "/api/v1"
_LIMIT = 262_144
_LONG = 100_000  # what is longer is read in a thread


class Call:
    """One request of a program: whose token it brought, and what that account may do."""

    def __init__(self, request: Request, token: ApiToken | None, roles: frozenset[str]) -> None:
        self.request = request
        self.parts: Parts = request.app.state.parts
        self.token = token
        self.roles = roles

    @property
    def account(self) -> Account | None:
        """Whom the program acts for."""
        return self.token.account if self.token else None

    @property
    def who(self) -> str:
        """The name for the audit trail."""
        return self.token.account.name if self.token else ""

    def may(self, roles: Roles) -> bool:
        """Whether the account has one of the roles."""
        return not roles.isdisjoint(self.roles)

    def moment(self, when: datetime) -> str:
        """A time in words, in the agency's time zone."""
        templates: Templates = self.request.app.state.templates
        return templates.moment(when)

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])


class Operation(msgspec.Struct, frozen=True):
    """One method of one path. *scope* is what a token needs besides the account's role; "" for none."""

    method: str
    path: str
    run: Callable[..., Awaitable[Any]]
    scope: str
    roles: Roles
    media_type: str = "application/json"
    limit: int = _LIMIT

    @property
    def asked(self) -> Any:
        """The type of the query or body; None for neither."""
        names = list(inspect.signature(self.run).parameters)[1:]
        return get_type_hints(self.run)[names[0]] if names else None

    @property
    def answer(self) -> Any:
        """The type of what is given back; None for nothing."""
        found = get_type_hints(self.run)["return"]
        return None if found is type(None) else found

    @property
    def status(self) -> int:
        """Of an answer that is none of trouble."""
        return 204 if self.answer is None else 200


def problem(found: InTheWay) -> Response:
    """What is in the way, as RFC 9457 has it."""
    body = {"type": "about:blank", "title": found.title, "status": found.status, "detail": found.text}
    headers = {"WWW-Authenticate": 'Bearer realm="Chaperone"'} if found.status == 401 else {}
    return Response(
        msgspec.json.encode(body), found.status, headers=headers, media_type="application/problem+json"
    )


def route(operation: Operation) -> Page:
    """The operation as a route that answers whatever comes."""
    asked_type = operation.asked

    async def answer(request: Request) -> Response:
        try:
            call = await _call(request, operation)
            asked = () if asked_type is None else (await _asked(request, operation, asked_type),)
            given = await operation.run(call, *asked)
        except KNOWN as fault:
            return problem(in_the_way(fault))
        if isinstance(given, Response):
            return given
        if given is None:
            return Response(status_code=204)
        return Response(msgspec.json.encode(given), media_type=operation.media_type)

    made = Page(
        ROOT + operation.path,
        answer,
        methods=[operation.method],
        name=f"{operation.method} {operation.path}",
        max_body_size=operation.limit,
    )
    made.roles = operation.roles
    return made


async def _call(request: Request, operation: Operation) -> Call:
    """
    Who calls, once it is clear that they may.

    Raises:
        InTheWay: no token, a wrong one, one without the scope, or not their role.
    """
    if operation.roles == PUBLIC:
        return Call(request, None, frozenset())
    parts: Parts = request.app.state.parts
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    token = await parts.store.tokens.find(secret.strip()) if kind.lower() == "bearer" else None
    if token is None:
        raise InTheWay(401, "No token", "Send a token that is in force, as “Authorization: Bearer chp_…”.")
    acting = await parts.store.deputies.acting(token.account.name)
    call = Call(request, token, acting.union(token.account.roles))
    if not call.may(operation.roles):
        raise InTheWay(403, "Not for your role", "The token’s account has no role for this.")
    if operation.scope and operation.scope not in token.scopes:
        raise InTheWay(403, "Not in its scopes", f"The token needs the scope {operation.scope}.")
    return call


async def _asked(request: Request, operation: Operation, wanted: Any) -> Any:
    """The query or the body, checked."""
    try:
        if operation.method == "GET":
            query = request.query_params
            if len(query.multi_items()) != len(query):
                raise InTheWay(400, "Not understood", "A parameter stands twice in the query.")
            return msgspec.convert(dict(query), wanted, strict=False)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise InTheWay(415, "Not understood", "The body has to be application/json.")
        body = await request.body()
        if len(body) > _LONG:
            return await asyncio.to_thread(msgspec.json.decode, body, type=wanted)
        return msgspec.json.decode(body, type=wanted)
    except msgspec.MsgspecError as wrong:
        # Says what was expected where, and of what was sent no more than the names of fields.
        raise InTheWay(400, "Not understood", str(wrong)) from None
