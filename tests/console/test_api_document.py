"""The OpenAPI document is what the API does: compared with its routes, and tried by schemathesis."""

import asyncio
import re
from dataclasses import replace

import httpx2
import msgspec
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from gateway.console.api.document import document
from gateway.console.api.routes import OPERATIONS, PAGES
from gateway.console.pages import PUBLIC
from gateway.console.serving import bind, serving
from gateway.console.tokens import SCOPES
from tests.console.letters import fill

EXAMPLES = 3  # for each operation
# What no schema says (a return needs a note, an exception must not be too wide) is told with 400 as well.
MEANING = positive_data_acceptance


async def described(desk):
    return (await desk.browser().get("/api/v1/openapi.json")).json()


async def test_the_document_names_every_route_and_no_other(desk):
    found = {
        (method.upper(), path)
        for path, methods in (await described(desk))["paths"].items()
        for method in methods
    }
    routes = {
        (method, re.sub(r":\w+}", "}", page.path)) for page in PAGES for method in page.methods - {"HEAD"}
    }
    assert found == routes


async def test_the_document_says_who_may_use_what(desk):
    document = await described(desk)
    for page in PAGES:
        (method,) = page.methods - {"HEAD"}
        said = document["paths"][re.sub(r":\w+}", "}", page.path)][method.lower()]
        if page.roles == PUBLIC:
            assert said["security"] == []
            continue
        assert set(re.search(r"Roles: (.*)\.", said["description"])[1].split(", ")) == page.roles
        assert all(scope in SCOPES for scope in said["security"][0]["token"])
        assert said["summary"].endswith(".")


def test_what_is_described_goes_by_names_that_tell_nothing_of_the_code():
    assert not [name for name in document(OPERATIONS)["components"]["schemas"] if "." in name]


def test_every_operation_has_a_name_of_its_own():
    names = [page.name for page in PAGES]
    assert len(set(names)) == len(names)


async def test_the_api_keeps_to_its_document_whatever_it_is_sent(desk):
    """Valid and invalid requests alike: no 500, and nothing that the document does not say."""
    await fill(desk)
    token = await desk.token("olga", *SCOPES)
    bound, own = bind(desk.parts.settings)
    async with serving(replace(desk.parts, settings=own), bound) as address:
        document = msgspec.json.decode(
            (await httpx2.AsyncClient(timeout=60).get(f"http://{address}/api/v1/openapi.json")).content
        )
        await asyncio.to_thread(_try_everything, document, f"http://{address}", token)


def _try_everything(document: dict, site: str, token: str) -> None:
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {token}"}
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def attempt(case: schemathesis.Case) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(base_url=site, headers=headers, timeout=60, excluded_checks=[MEANING])

        attempt()
    assert tried > len(PAGES)
