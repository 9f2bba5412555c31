"""The OpenAPI 3.1 description, written from the operations themselves."""

import inspect
import re
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import Response

from gateway import __version__
from gateway.console.api.operation import ROOT, Operation
from gateway.console.pages import PUBLIC

_REFERENCE = "#/components/schemas/{name}"
_PART = re.compile(r"\{(\w+)(?::(\w+))?\}")
_TROUBLE = {
    "400": "What was sent is not understood",
    "401": "There is no token, or not one that is in force",
    "403": "Not for this account, this message or this token",
    "404": "There is nothing of that name",
    "409": "It is not in the state for that",
    "413": "Too much was sent",
    "415": "The body is no JSON",
    "503": "The store did not answer; nothing was changed",
}


class Problem(msgspec.Struct, frozen=True):
    """What is in the way (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def document(operations: Iterable[Operation]) -> dict[str, Any]:
    """All of it, as JSON values."""
    operations = tuple(operations)
    types = [each.answer for each in operations] + [each.asked for each in operations if each.method != "GET"]
    kinds = [each for each in types if each is not None and each is not Response]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REFERENCE)
    of = dict(zip(map(repr, kinds), schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        path = ROOT + _PART.sub(r"{\1}", each.path)
        paths.setdefault(path, {})[each.method.lower()] = _operation(each, of)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chaperone",
            "version": __version__,
            "description": "The review console for programs. Every operation needs a token with its scope, and the "
            "role of the token’s account.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {
                status: {
                    "description": text,
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    },
                }
                for status, text in _TROUBLE.items()
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation, of: dict[str, Any]) -> dict[str, Any]:
    title, _, more = (inspect.getdoc(operation.run) or "").partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.run.__name__,
        "summary": title,
        "tags": [operation.path.split("/")[1]],
        "parameters": [*_path(operation), *_query(operation)],
        "responses": {str(operation.status): _answer(operation, of), **_troubles()},
    }
    if operation.roles == PUBLIC:
        described["security"] = []
    else:
        scope = f"Scope: `{operation.scope}`. " if operation.scope else ""
        described["description"] = f"{scope}Roles: {', '.join(sorted(operation.roles))}.\n{more}".strip()
        described["security"] = [{"token": [operation.scope] if operation.scope else []}]
    if operation.asked is not None and operation.method != "GET":
        content = {"application/json": {"schema": of[repr(operation.asked)]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path(operation: Operation) -> Iterable[dict[str, Any]]:
    for name, kind in _PART.findall(operation.path):
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
        if kind == "int":
            schema = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(operation: Operation) -> Iterable[dict[str, Any]]:
    if operation.asked is None or operation.method != "GET":
        return
    (reference,), found = msgspec.json.schema_components([operation.asked], ref_template=_REFERENCE)
    described = found[reference["$ref"].rpartition("/")[2]]
    for name, schema in described["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in described.get("required", ()),
            "schema": schema,
        }


def _answer(operation: Operation, of: dict[str, Any]) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": "Done"}
    schema = {} if operation.answer is Response else {"schema": of[repr(operation.answer)]}
    return {"description": "Done", "content": {operation.media_type: schema}}


def _troubles() -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in _TROUBLE}
