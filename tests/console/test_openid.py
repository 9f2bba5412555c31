"""Signing in by another service's word: the whole round, and every word that must not be believed."""

import base64
import hashlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.console.serving import WebServer, address_of
from gateway.mail.account import Account
from gateway.sections import Oidc
from gateway.settings import SettingsProblem
from tests.console.conftest import ORIGIN, Desk
from tests.console.test_decisions import reviewer

CLIENT, SECRET = "chaperone", "s3cret"
KEY = RSAKey.generate_key(2048, {"kid": "1"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class Provider:
    """A small service that signs people in: everybody is *email*, and every claim can be spoilt."""

    issuer: str
    email: str = "rita@larkfield-tutors.example"
    claims: dict = field(default_factory=dict)
    without: tuple[str, ...] = ()
    key: object = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    says: dict = field(default_factory=dict)
    now: int = 0
    public: bool = False  # clients have no secret
    codes: dict = field(default_factory=dict)
    refused: list = field(default_factory=list)

    async def discovery(self, _: Request) -> Response:
        ways = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(ways | self.says)

    async def keys(self, _: Request) -> Response:
        return JSONResponse(KeySet([KEY]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}", 302)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.codes.pop(form["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or request.headers.get("authorization") != (None if self.public else f"Basic {basic}")
            or (self.public and (form.get("client_id"), form.get("client_secret")) != (CLIENT, None))
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            self.refused.append(dict(form))
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "4711",
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            "email": self.email,
            "email_verified": True,
        } | self.claims
        claims = {name: value for name, value in claims.items() if name not in self.without}
        header = {"alg": self.algorithm, "kid": "1"}
        signed = jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})


@pytest.fixture
async def provider(desk: Desk) -> AsyncIterator[Provider]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        made = Provider(f"http://{address_of(bound)}", now=int(desk.clock().timestamp()))
        app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", made.discovery),
                Route("/keys", made.keys),
                Route("/authorize", made.authorize),
                Route("/token", made.token, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
        server = WebServer(config)
        async with server.running(bound):
            yield made


def with_service(desk: Desk, provider: Provider, **more: object) -> None:
    oidc = Oidc(issuer=provider.issuer, client_id=CLIENT, **more)
    web = msgspec.structs.replace(desk.parts.settings.web, oidc=oidc, base_url=ORIGIN)
    desk.parts = replace(desk.parts, settings=msgspec.structs.replace(desk.parts.settings, web=web))


@pytest.fixture
def service(desk: Desk, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("CHAPERONE_OIDC_CLIENT_SECRET", SECRET)
    with_service(desk, provider)
    return provider


async def to_service(browser, following="/queue"):
    """Leave for the service; returns the address that it sends the browser back to."""
    import httpx2

    answer = await browser.get("/sign-in/elsewhere", params={"next": following})
    assert answer.status_code == 303
    async with httpx2.AsyncClient(verify=False, timeout=60) as client:  # nothing but loopback
        there = await client.get(answer.headers["location"])
    return there.headers["location"]


async def come_back(desk, following="/queue"):
    browser = desk.browser()
    return browser, await browser.get(await to_service(browser, following))


async def test_the_service_s_word_opens_the_account_of_that_address(desk, service):
    page = await desk.browser().get("/sign-in?next=/queue")
    assert 'href="/sign-in/elsewhere?next=/queue"' in page.text
    browser, answer = await come_back(desk)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert (await browser.get("/queue")).status_code == 200
    assert (await browser.get("/people")).status_code == 403  # a reviewer, as the store says
    assert not service.refused


async def test_a_name_that_is_an_address_is_found_in_any_spelling(desk, service):
    account = Account("Nina@Larkfield-Tutors.example", (), ("reviewer",))
    await desk.store.accounts.add(account, None, "test")
    service.email = "nina@larkfield-tutors.example"
    _, answer = await come_back(desk)
    assert answer.headers["location"] == "/queue"


async def test_a_second_step_of_the_account_is_asked_for_all_the_same(desk, service):
    await desk.store.accounts.set_factors("rita", b"", b'{"secret":"JBSWY3DPEHPK3PXP"}', "rita")
    browser, answer = await come_back(desk)
    assert answer.headers["location"] == "/sign-in/code"
    assert (await browser.get("/queue")).status_code == 303


async def refused(desk, answer, browser):
    assert answer.status_code == 403
    assert "That did not work" in answer.text
    assert (await browser.get("/queue")).status_code == 303
    return True


SPOILT = {
    "nonce of another sign-in": {"claims": {"nonce": "other"}},
    "no nonce": {"without": ("nonce",)},
    "another issuer": {"claims": {"iss": "https://accounts.evil.example"}},
    "another audience": {"claims": {"aud": "another client"}},
    "two audiences and for the other": {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
    "expired": {"claims": {"exp": 0}},
    "no end": {"without": ("exp",)},
    "issued tomorrow": {"claims": {"iat": 2**33}},
    "another key": {"key": OTHER_KEY},
    "our own secret as the key": {"key": OctKey.import_key(SECRET * 8), "algorithm": "HS256"},
    "no signature": {"key": OctKey.import_key("x" * 32), "algorithm": "none"},
    "an address that nobody verified": {"claims": {"email_verified": False}},
    "an address of which nothing is said": {"without": ("email_verified",)},
    "no address": {"without": ("email",)},
    "an address that has no account": {"email": "eve@larkfield-tutors.example"},
    "the token of another access token": {"claims": {"at_hash": "AAAA"}},
}


async def test_a_word_that_is_not_right_is_not_believed(desk, service):
    usual = dict(vars(service))
    for how, spoilt in SPOILT.items():
        vars(service).update(usual | spoilt)
        browser, answer = await come_back(desk)
        assert await refused(desk, answer, browser), how
    vars(service).update(usual)
    _, answer = await come_back(desk)
    assert answer.status_code == 303


async def test_a_service_that_is_another_or_unsafe_is_not_gone_to(desk, service):
    for says in (
        {"issuer": "https://accounts.evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://192.0.2.1/keys"},
        {"token_endpoint": "https://[bad"},
        {"authorization_endpoint": None},
    ):
        service.says = says
        browser = desk.browser()
        assert await refused(desk, await browser.get("/sign-in/elsewhere"), browser), says


async def test_an_answer_to_another_question_is_refused(desk, service):
    """A stranger's answer, planted in somebody's browser, signs nobody in as that stranger (login CSRF)."""
    stranger, victim = desk.browser(), desk.browser()
    theirs = await to_service(stranger)
    assert await refused(desk, await victim.get(theirs), victim)
    await to_service(victim)
    assert await refused(desk, await victim.get(theirs), victim)


async def test_an_answer_works_once_and_not_after_a_while(desk, service):
    browser = desk.browser()
    where = await to_service(browser)
    cookie = browser.cookies["elsewhere"]
    assert (await browser.get(where)).status_code == 303
    again = desk.browser()
    again.cookies.set("elsewhere", cookie)
    assert await refused(desk, await again.get(where), again)
    late = desk.browser()
    where = await to_service(late)
    desk.clock.go(minutes=11)
    assert await refused(desk, await late.get(where), late)


async def test_the_answer_of_another_service_is_refused(desk, service):
    browser = desk.browser()
    where = await to_service(browser)
    assert await refused(desk, await browser.get(f"{where}&iss=https://evil.example"), browser)


async def test_a_refusal_by_the_service_is_told_without_its_words(desk, service):
    browser = desk.browser()
    state = parse_qs(urlsplit(await to_service(browser)).query)["state"][0]
    answer = await browser.get(
        "/sign-in/elsewhere/back",
        params={"state": state, "error": "access_denied", "error_description": "<b>no</b>"},
    )
    assert await refused(desk, answer, browser)
    assert "<b>no" not in answer.text


async def test_it_leads_nowhere_else(desk, service):
    _, answer = await come_back(desk, "https://evil.example/")
    assert answer.headers["location"] == "/"


async def test_a_closed_account_stays_closed(desk, service):
    await desk.store.accounts.disable("rita", "test")
    browser, answer = await come_back(desk)
    assert await refused(desk, answer, browser)


async def test_an_address_of_two_accounts_opens_neither(desk, service):
    await desk.store.accounts.add(Account("r2", (service.email,), ("administrator",)), None, "test")
    browser, answer = await come_back(desk)
    assert await refused(desk, answer, browser)


async def test_where_it_is_configured_a_colleague_gets_an_account_and_a_stranger_none(desk, service):
    with_service(desk, service, new_accounts=("submit",))
    service.email = "new@larkfield-tutors.example"
    _, answer = await come_back(desk, "/account")
    assert answer.headers["location"] == "/account"
    listed = await desk.store.accounts.get("new@larkfield-tutors.example")
    assert listed.account.roles == ("submit",)
    service.email = "new@larkfield-tutors.example.evil.example"
    browser, answer = await come_back(desk)
    assert await refused(desk, answer, browser)


async def test_a_service_that_is_the_agency_s_own_need_not_say_verified(desk, service):
    with_service(desk, service, trust_unverified=True)
    service.without = ("email_verified",)
    _, answer = await come_back(desk)
    assert answer.headers["location"] == "/queue"


async def test_the_session_before_ends(desk, service):
    """Nobody goes on in a session that somebody else began in this browser."""
    browser = await reviewer(desk, "dana")
    before = browser.cookies["session"]
    await browser.get(await to_service(browser))
    other = desk.browser()
    other.cookies.set("session", before)
    assert (await other.get("/queue")).status_code == 303


async def test_without_a_secret_the_console_is_a_public_client(desk, provider):
    provider.public = True
    with_service(desk, provider)
    browser = desk.browser()
    answer = await browser.get(await to_service(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert not provider.refused


async def test_without_settings_there_is_no_button_and_no_page(desk):
    browser = desk.browser()
    assert "/sign-in/elsewhere" not in (await browser.get("/sign-in")).text
    assert (await browser.get("/sign-in/elsewhere")).status_code == 404
    assert (await browser.get("/sign-in/elsewhere/back?code=x&state=y")).status_code == 404


@pytest.mark.parametrize("wrong", [{"issuer": "http://accounts.example"}, {"client_secret_file": "missing"}])
def test_settings_that_cannot_be_used_stop_the_start(desk, wrong, tmp_path):
    from gateway.console.app import build

    values = {"issuer": "https://accounts.example", "client_id": CLIENT} | wrong
    if "client_secret_file" in wrong:
        values["client_secret_file"] = tmp_path / "missing"
    web = msgspec.structs.replace(desk.parts.settings.web, oidc=Oidc(**values))
    settings = msgspec.structs.replace(desk.parts.settings, web=web)
    with pytest.raises(SettingsProblem):
        build(replace(desk.parts, settings=settings))
