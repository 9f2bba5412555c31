"""Who may come where: every route against every role. A route that is not in the table fails."""

import pytest

from gateway.console.api.routes import OPERATIONS
from gateway.console.app import pages
from gateway.console.pages import PUBLIC
from gateway.console.tokens import SCOPES
from gateway.mail.account import Account
from tests.console.conftest import PEOPLE, bearer

# What each page is for. Whoever adds a page says here who may see it.
EVERYBODY = "everybody"
REVIEWERS = {"reviewer", "safeguarding_lead"}
ADMINISTRATORS = {"administrator"}
OVERSEERS = REVIEWERS | ADMINISTRATORS | {"auditor"}
AUDITORS = {"auditor", "administrator", "safeguarding_lead"}
ACCOUNTS = OVERSEERS | {"submit"}
TABLE = {
    ("GET", "/healthz"): EVERYBODY,
    ("GET", "/readyz"): EVERYBODY,
    ("GET", "/assets/{name}"): EVERYBODY,
    ("GET", "/sign-in"): EVERYBODY,
    ("POST", "/sign-in"): EVERYBODY,
    ("GET", "/sign-in/code"): EVERYBODY,
    ("POST", "/sign-in/code"): EVERYBODY,
    ("POST", "/sign-in/passkey/options"): EVERYBODY,
    ("POST", "/sign-in/passkey"): EVERYBODY,
    ("GET", "/sign-in/elsewhere"): EVERYBODY,
    ("GET", "/sign-in/elsewhere/back"): EVERYBODY,
    ("POST", "/sign-out"): EVERYBODY,
    ("GET", "/invitation/{token}"): EVERYBODY,
    ("POST", "/invitation/{token}"): EVERYBODY,
    ("GET", "/"): ACCOUNTS,
    ("GET", "/account"): ACCOUNTS,
    ("POST", "/account/everywhere"): ACCOUNTS,
    ("POST", "/account/password"): ACCOUNTS,
    ("POST", "/account/code"): ACCOUNTS,
    ("POST", "/account/code/confirm"): ACCOUNTS,
    ("POST", "/account/code/remove"): ACCOUNTS,
    ("POST", "/account/passkey/options"): ACCOUNTS,
    ("POST", "/account/passkey"): ACCOUNTS,
    ("POST", "/account/passkey/remove"): ACCOUNTS,
    ("GET", "/protected"): ACCOUNTS,
    ("GET", "/protected/{item}"): ACCOUNTS,
    ("POST", "/protected/{item}"): ACCOUNTS,
    ("POST", "/protected/{item}/withdraw"): ACCOUNTS,
    ("GET", "/queue"): REVIEWERS,
    ("GET", "/queue/events"): REVIEWERS,
    ("POST", "/queue/several"): REVIEWERS,
    ("GET", "/items/{item}"): REVIEWERS,
    ("POST", "/items/{item}/open"): REVIEWERS,
    ("GET", "/items/{item}/body"): REVIEWERS,
    ("GET", "/items/{item}/source"): REVIEWERS,
    ("GET", "/items/{item}/files/{part}"): REVIEWERS,
    ("GET", "/items/{item}/corrected"): REVIEWERS,
    ("POST", "/items/{item}/corrected"): REVIEWERS,
    ("POST", "/items/{item}/undo"): REVIEWERS,
    ("GET", "/items/{item}/reports/new"): REVIEWERS,
    ("POST", "/items/{item}/reports/new"): REVIEWERS,
    ("GET", "/items/{item}/reports/{report}"): REVIEWERS,
    ("GET", "/items/{item}/reports/{report}/pdf"): REVIEWERS,
    ("POST", "/items/{item}/decide/{action}"): REVIEWERS,
    ("GET", "/outbox"): OVERSEERS,
    ("POST", "/outbox/{number:int}/retry"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/outbox/{number:int}/cancel"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/register"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/register/import"): ADMINISTRATORS,
    ("POST", "/register/import"): ADMINISTRATORS,
    ("POST", "/register/import/confirm"): ADMINISTRATORS,
    ("GET", "/register/{kind}/{key}"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/reports"): OVERSEERS,
    ("GET", "/reports/{table}.csv"): OVERSEERS,
    ("GET", "/policy"): OVERSEERS,
    ("GET", "/exceptions"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/exceptions/new"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/exceptions/new"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/exceptions/{exception}"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/exceptions/{exception}/{action}"): ADMINISTRATORS,
    ("GET", "/deputies"): OVERSEERS,
    ("POST", "/deputies"): ADMINISTRATORS | {"safeguarding_lead"},
    ("POST", "/deputies/{appointment}/end"): ADMINISTRATORS | {"safeguarding_lead"},
    ("GET", "/account/tokens"): OVERSEERS,
    ("POST", "/account/tokens"): OVERSEERS,
    ("POST", "/account/tokens/revoke"): OVERSEERS,
    ("GET", "/audit"): AUDITORS,
    ("POST", "/audit/verify"): AUDITORS,
    ("POST", "/audit/export"): AUDITORS,
    ("GET", "/keys"): ADMINISTRATORS,
    ("POST", "/keys"): ADMINISTRATORS,
    ("POST", "/keys/remove"): ADMINISTRATORS,
    ("GET", "/people"): ADMINISTRATORS,
    ("POST", "/people/invite"): ADMINISTRATORS,
    ("POST", "/people/change"): ADMINISTRATORS,
    ("POST", "/people/close"): ADMINISTRATORS,
    ("POST", "/people/sign-out"): ADMINISTRATORS,
}
API = {
    ("GET", "/openapi.json"): EVERYBODY,
    ("GET", "/items"): REVIEWERS,
    ("GET", "/queue"): REVIEWERS,
    ("GET", "/items/{item}"): REVIEWERS,
    ("GET", "/items/{item}/concerns"): REVIEWERS,
    ("POST", "/items/{item}/concerns"): REVIEWERS,
    ("GET", "/items/{item}/concerns/{report}"): REVIEWERS,
    ("GET", "/items/{item}/concerns/{report}/pdf"): REVIEWERS,
    ("GET", "/protected"): OVERSEERS,
    ("GET", "/protected/{item}"): OVERSEERS,
    ("POST", "/protected/{item}/passphrase"): OVERSEERS,
    ("POST", "/protected/{item}/withdraw"): OVERSEERS,
    ("POST", "/register/imports"): ADMINISTRATORS,
    ("POST", "/register/imports/{ticket}"): ADMINISTRATORS,
    ("POST", "/audit/export.csv"): AUDITORS,
    ("POST", "/audit/export.pdf"): AUDITORS,
    ("POST", "/items/{item}/open"): REVIEWERS,
    ("POST", "/items/{item}/source"): REVIEWERS,
    ("POST", "/items/{item}/files/{part}"): REVIEWERS,
    ("POST", "/items/{item}/decision"): REVIEWERS,
    ("POST", "/items/{item}/undo"): REVIEWERS,
    ("POST", "/decisions"): REVIEWERS,
    ("GET", "/exceptions"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/exceptions"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/exceptions/trial"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/exceptions/{exception}"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/exceptions/{exception}/decision"): ADMINISTRATORS,
    ("GET", "/deputies"): OVERSEERS,
    ("POST", "/deputies"): ADMINISTRATORS | {"safeguarding_lead"},
    ("DELETE", "/deputies/{appointment}"): ADMINISTRATORS | {"safeguarding_lead"},
    ("GET", "/outbox"): OVERSEERS,
    ("POST", "/outbox/{number:int}/retry"): REVIEWERS | ADMINISTRATORS,
    ("POST", "/outbox/{number:int}/cancel"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/register"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/register/{kind}/{key}"): REVIEWERS | ADMINISTRATORS,
    ("GET", "/policy"): OVERSEERS,
    ("GET", "/reports"): OVERSEERS,
    ("GET", "/audit"): AUDITORS,
    ("POST", "/audit/verify"): AUDITORS,
    ("POST", "/audit/export"): AUDITORS,
    ("GET", "/keys"): ADMINISTRATORS,
    ("POST", "/keys"): ADMINISTRATORS,
    ("DELETE", "/keys/{key}"): ADMINISTRATORS,
    ("GET", "/me"): OVERSEERS,
    ("GET", "/users"): ADMINISTRATORS,
    ("POST", "/users"): ADMINISTRATORS,
    ("PUT", "/users/{name}"): ADMINISTRATORS,
    ("DELETE", "/users/{name}"): ADMINISTRATORS,
    ("DELETE", "/users/{name}/sessions"): ADMINISTRATORS,
    ("GET", "/tokens"): OVERSEERS,
    ("POST", "/tokens"): OVERSEERS,
    ("DELETE", "/tokens/{token}"): OVERSEERS,
    ("GET", "/sessions"): OVERSEERS,
    ("DELETE", "/sessions"): OVERSEERS,
}
TABLE |= {(method, f"/api/v1{path}"): who for (method, path), who in API.items()}
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
    values = {
        "item": item,
        "action": "release",
        "part": "2",
        "kind": "pupil",
        "key": "p1",
        "table": "rules",
        "report": "0",
        "ticket": "0",
    }
    values |= {"exception": item, "appointment": item}
    return path.replace("{number:int}", "1").format(name="console.css", token="x", **values)


def is_api(path: str) -> bool:
    """Those are asked with tokens."""
    return path.startswith("/api/")


@pytest.fixture
async def browsers(desk):
    """Everybody, signed in; how that is done has tests of its own, and takes its time."""
    found = {}
    for name, account in PEOPLE.items():
        found[name] = desk.browser()
        found[name].cookies.set("session", await desk.store.sessions.begin(account, peer="192.0.2.7"))
        assert (await found[name].get("/account")).status_code == 200
    return found


async def test_nobody_gets_past_a_rule(desk, browsers):
    """By role, on the server: for pages, forms and files alike."""
    item = await desk.hold("Subject: x\n\ny")
    before = (await desk.store.quarantine.get(item)).history
    for method, path, _ in ROUTES:
        expected = TABLE[method, path]
        if expected == EVERYBODY or is_api(path):
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
        if TABLE[method, path] == EVERYBODY or is_api(path):
            continue
        browser = desk.browser()
        if method == "GET":
            answer = await browser.get(filled(path, item))
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), path
        else:
            assert (await browser.send(filled(path, item))).status_code == 401, path


async def test_no_token_gets_past_a_rule(desk):
    """Whatever its scopes: what the account may not do, its token may not do either."""
    item = await desk.hold("Subject: x\n\ny")
    before = (await desk.store.quarantine.get(item)).history
    tokens = {name: await desk.token(name, *SCOPES) for name in PEOPLE}
    client = desk.browser().client
    for method, path, _ in ROUTES:
        if not is_api(path) or TABLE[method, path] == EVERYBODY:
            continue
        for name, token in tokens.items():
            if TABLE[method, path].intersection(PEOPLE[name].roles):
                continue
            answer = await client.request(method, filled(path, item), headers=bearer(token), json={})
            assert answer.status_code == 403, f"{name} {method} {path}"
            assert item not in answer.text
    assert (await desk.store.quarantine.get(item)).history == before


async def test_no_token_gets_past_its_scopes(desk):
    """Somebody with every role, whose token has every scope but the one."""
    item = await desk.hold("Subject: x\n\ny")
    client = desk.browser().client
    for operation in OPERATIONS:
        if not operation.scope:
            continue
        token = await desk.token("olga", *(each for each in SCOPES if each != operation.scope))
        path = filled(f"/api/v1{operation.path}", item)
        answer = await client.request(operation.method, path, headers=bearer(token), json={})
        assert answer.status_code == 403, path
        assert operation.scope in answer.json()["detail"]


async def test_no_cookie_opens_the_api(desk, browsers):
    """So no page of another site can use it through somebody's browser."""
    for method, path, _ in ROUTES:
        if is_api(path) and TABLE[method, path] != EVERYBODY:
            answer = await browsers["olga"].client.request(method, filled(path, "AAAAA-AAAAA"), json={})
            assert answer.status_code == 401, path
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "item", ["AAAAA-AAAAA", "nonsense", "..%2F..%2Fetc%2Fpasswd", "%00", "'--", "{{7*7}}"]
)
async def test_an_id_that_is_none_finds_nothing(desk, browsers, item):
    for suffix in ("", "/body", "/source", "/files/1"):
        assert (await browsers["rita"].get(f"/items/{item}{suffix}")).status_code == 404


async def test_a_role_that_is_taken_away_counts_at_once(desk, browsers):
    """So does closing an account: neither has a session any more."""
    assert (await browsers["rita"].get("/queue")).status_code == 200
    rita = PEOPLE["rita"]
    await desk.store.accounts.change(Account(rita.name, rita.addresses, ("submit",)), "adam")
    await desk.store.accounts.disable("dana", "adam")
    for name in ("rita", "dana"):
        assert (await browsers[name].get("/queue")).status_code == 303, name
