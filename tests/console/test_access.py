"""Who may come where: every route against every role. A route that is not in the table fails."""

import pytest

from gateway.console.app import pages
from gateway.console.pages import PUBLIC
from tests.console.conftest import PEOPLE

# What each page is for. Whoever adds a page says here who may see it.
EVERYBODY = "everybody"
REVIEWERS = {"reviewer", "safeguarding_lead"}
TABLE = {
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/assets/{name}"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("POST", "/sign-out"): EVERYBODY,
    ("GET", "/"): REVIEWERS,
    ("GET", "/queue"): REVIEWERS,
    ("GET", "/items/{item}"): REVIEWERS,
    ("POST", "/items/{item}/open"): REVIEWERS,
    ("GET", "/items/{item}/body"): REVIEWERS,
    ("GET", "/items/{item}/source"): REVIEWERS,
    ("GET", "/items/{item}/files/{part}"): REVIEWERS,
    ("POST", "/items/{item}/release"): REVIEWERS,
    ("POST", "/items/{item}/return"): REVIEWERS,
    ("POST", "/items/{item}/delete"): REVIEWERS,
}
ROUTES = [
    (method, route.path, route.roles) for route in pages() for method in sorted(route.methods - {"HEAD"})
]


def test_every_route_has_its_line_in_the_table_and_every_line_its_route():
    assert {(method, path) for method, path, _ in ROUTES} == set(TABLE)


@pytest.mark.parametrize(("method", "path", "roles"), ROUTES)
def test_a_route_s_rule_is_the_one_in_the_table(method, path, roles):
    expected = TABLE[method, path]
    assert roles == (PUBLIC if expected == EVERYBODY else expected)


def filled(path: str, item: str) -> str:
    return path.format(item=item, name="console.css", part="2", token="x", key="x", rule="x", number="1")


@pytest.fixture
async def browsers(desk):
    """Everybody, signed in."""
    found = {}
    for name in PEOPLE:
        found[name] = desk.browser()
        assert (await found[name].sign_in(name)).status_code == 303
    return found


async def test_nobody_gets_past_a_rule(desk, browsers):
    """By role, on the server: for pages, forms and files alike."""
    item = await desk.hold("Subject: x\n\ny")
    before = (await desk.store.quarantine.get(item)).history
    for method, path, _ in ROUTES:
        expected = TABLE[method, path]
        if expected == EVERYBODY:
            continue
        for name, browser in browsers.items():
            if expected.intersection(PEOPLE[name].roles):
                continue
            answer = await (browser.send if method == "POST" else browser.get)(filled(path, item))
            assert answer.status_code == 403, f"{name} {method} {path}"
            assert item not in answer.text
    assert (await desk.store.quarantine.get(item)).history == before


async def test_nobody_without_a_session_gets_past_a_rule(desk):
    item = await desk.hold("Subject: x\n\ny")
    for method, path, _ in ROUTES:
        if TABLE[method, path] == EVERYBODY:
            continue
        browser = desk.browser()
        if method == "GET":
            answer = await browser.get(filled(path, item))
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), path
        else:
            assert (await browser.send(filled(path, item))).status_code == 401, path


@pytest.mark.parametrize(
    "item", ["AAAAA-AAAAA", "nonsense", "..%2F..%2Fetc%2Fpasswd", "%00", "'--", "{{7*7}}"]
)
async def test_an_id_that_is_none_finds_nothing(desk, browsers, item):
    for suffix in ("", "/body", "/source", "/files/1"):
        assert (await browsers["rita"].get(f"/items/{item}{suffix}")).status_code == 404


async def test_a_role_that_is_taken_away_counts_at_once(desk):
    """An account that is disabled has no session any more."""
    pytest.skip("sessions in the store") if not hasattr(desk.store, "sessions") else None
