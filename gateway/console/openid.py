"""
Signing in by another service's word: OpenID Connect, the authorization code flow with PKCE.

Nothing about the service is kept between two sign-ins: where its pages and keys are is
asked each time. State, nonce and verifier wait in a ticket that works once, whose secret
is in this browser's cookie and nowhere else. (OpenID Connect Core 1.0; RFC 7636, RFC 9207)
"""

import hmac
import os
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.responses import RedirectResponse, Response

from gateway import journal
from gateway.console.headers import LOOPBACK
from gateway.console.pages import PUBLIC, Visit, own_path, page
from gateway.console.sign_in import enter
from gateway.mail.account import Account
from gateway.mail.address import canonical
from gateway.mail.public import Public, public
from gateway.sections import Oidc, Web
from gateway.settings import SettingsProblem

_ON_THE_WAY = timedelta(minutes=10)
_LEEWAY = 60  # seconds by which two clocks may differ
_PATIENCE = 10  # seconds that one answer of the service may take
_BACK = "/sign-in/elsewhere/back"
# Signatures with a key of the service's own. Never "none", nor one made with the secret that we share.
_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)


class NotBelieved(Exception):
    """The service's word is not good enough; *why* is for the log."""

    def __init__(self, why: Public) -> None:
        super().__init__(why)
        self.why = why


class Places(msgspec.Struct, frozen=True):
    """What a service says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Way(msgspec.Struct, frozen=True):
    """Somebody who has gone to the service, and is expected back."""

    state: str
    nonce: str
    verifier: str
    following: str


class Claims(msgspec.Struct, frozen=True):
    """What of an ID token is used here."""

    email: str = ""
    email_verified: bool | str = False  # some services write "true"


class Service:
    """
    The service that vouches for people.

    Raises:
        SettingsProblem: its secret cannot be read, or it would be asked in the clear.
    """

    def __init__(self, section: Oidc, web: Web) -> None:
        self._section = section
        self._issuer = section.issuer.rstrip("/")
        self._redirect = f"{web.base_url.rstrip('/')}{_BACK}"
        self._secret = _secret(section)
        self._trusted = httpx2.create_ssl_context()  # once: it takes a while to read
        if not self._is_safe(section.issuer):
            raise SettingsProblem("web.oidc", "web.oidc.issuer", repr(section.issuer), "an https address")

    async def address(self, way: Way) -> str:
        """Where the browser goes to sign in."""
        places = await self._places()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                places.authorization_endpoint, state=way.state, nonce=way.nonce, code_verifier=way.verifier
            )
        return str(url)

    async def email(self, way: Way, code: str, now: int) -> str:
        """
        The address that the service vouches for; *now* in seconds.

        Raises:
            NotBelieved: what it says is not right, or it does not answer.
        """
        try:
            places = await self._places()
            async with self._client() as client:
                basic = "client_secret_basic" in places.token_endpoint_auth_methods_supported
                client.token_endpoint_auth_method = (
                    "none" if not self._secret else "client_secret_basic" if basic else "client_secret_post"
                )
                token = await client.fetch_token(places.token_endpoint, code=code, code_verifier=way.verifier)
            keys = KeySet.import_key_set(msgspec.json.decode(await self._fetch(places.jwks_uri)))
            opened = jwt.decode(str(token["id_token"]), keys, algorithms=list(_ALGORITHMS))
            expected: Any = {"iss": {"essential": True, "value": places.issuer},
                        "aud": {"essential": True, "value": self._section.client_id}}  # fmt: skip
            shared = {"nonce": way.nonce, "client_id": self._section.client_id}
            shared["access_token"] = token.get("access_token")
            CodeIDToken(opened.claims, opened.header, expected, shared).validate(now, _LEEWAY)
            claims = msgspec.convert(opened.claims, Claims)
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, KeyError, TypeError) as fault:
            raise NotBelieved(public("the token could not be had or is not right")) from fault
        if not claims.email:
            raise NotBelieved(public("the token names no address"))
        if claims.email_verified not in (True, "true") and not self._section.trust_unverified:
            raise NotBelieved(public("the address is not verified"))
        return claims.email

    async def _places(self) -> Places:
        found = await self._fetch(f"{self._issuer}/.well-known/openid-configuration")
        places = msgspec.json.decode(found, type=Places)
        if places.issuer.rstrip("/") != self._issuer:
            raise NotBelieved(public("the service calls itself otherwise"))
        if not all(
            map(self._is_safe, (places.authorization_endpoint, places.token_endpoint, places.jwks_uri))
        ):
            raise NotBelieved(public("the service wants to be asked in the clear"))
        return places

    async def _fetch(self, url: str) -> bytes:
        async with httpx2.AsyncClient(timeout=_PATIENCE, verify=self._trusted) as client:
            return (await client.get(url)).raise_for_status().content

    def _is_safe(self, url: str) -> bool:
        """TLS; in the clear only within one machine, for trying things out."""
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._section.client_id,
            self._secret or None,
            scope="openid email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=_PATIENCE,
            verify=self._trusted,
        )


async def go(visit: Visit) -> Response:
    """Off to the service."""
    service = _service(visit)
    if service is None:
        return visit.trouble(404, "Nothing here", "There is no such page.")
    following = own_path(visit.request.query_params.get("next", ""))
    way = Way(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), following)
    try:
        address = await service.address(way)
    except (httpx2.HTTPError, msgspec.MsgspecError, NotBelieved) as fault:
        return _refused(visit, fault)
    ticket = await visit.parts.store.tickets.issue("oidc", "", _ON_THE_WAY, msgspec.json.encode(way))
    response = RedirectResponse(address, 303)
    visit.keep_cookie(response, "elsewhere", ticket, int(_ON_THE_WAY.total_seconds()))
    return response


async def back(visit: Visit) -> Response:
    """Back with the service's word for somebody."""
    service, query = _service(visit), visit.request.query_params
    section = visit.parts.settings.web.oidc
    if service is None or section is None:
        return visit.trouble(404, "Nothing here", "There is no such page.")
    try:
        way = await _way(visit, query.get("state", ""))
        if query.get("iss", section.issuer).rstrip("/") != section.issuer.rstrip("/"):
            raise NotBelieved(public("the answer is another service's"))  # RFC 9207, 2.4
        if not query.get("code"):
            raise NotBelieved(public("the service refused"))
        email = await service.email(way, query["code"], int(visit.parts.clock().timestamp()))
        account = await _account(visit, section, email)
    except NotBelieved as fault:
        return _refused(visit, fault)
    response = await enter(visit, account, way.following)
    visit.drop_cookie(response, "elsewhere")
    return response


async def _way(visit: Visit, state: str) -> Way:
    """What was kept when this browser left; good for one return."""
    secret = visit.request.cookies.get(visit.cookie("elsewhere"), "")
    ticket = await visit.parts.store.tickets.look(secret, "oidc") if secret else None
    if ticket is None or not ticket.valid:
        raise NotBelieved(public("this browser is not expected back"))
    way = msgspec.json.decode(ticket.data, type=Way)
    if not hmac.compare_digest(way.state.encode(), state.encode()):
        raise NotBelieved(public("the answer is to another question"))
    await visit.parts.store.tickets.use(secret, "oidc")
    return way


async def _account(visit: Visit, section: Oidc, email: str) -> Account:
    """The one open account of that name or address; its roles are the store's, never the service's."""
    wanted = canonical(email)
    accounts = visit.parts.store.accounts
    found = [
        each
        for each in await accounts.list()
        if wanted in map(canonical, (each.account.name, *each.account.addresses))
    ]
    if (
        not found
        and section.new_accounts
        and wanted.rpartition("@")[2] in visit.parts.settings.agency.domains
    ):
        account = Account(email, (email,), section.new_accounts)
        await accounts.add(account, None, email)
        return account
    if len(found) != 1:
        raise NotBelieved(public("{count} accounts have the address", count=len(found)))
    if found[0].disabled_at is not None:
        raise NotBelieved(public("the account is closed"))
    return found[0].account


def _service(visit: Visit) -> Service | None:
    service: Service | None = visit.request.app.state.service
    return service


def _refused(visit: Visit, fault: Exception) -> Response:
    """One answer for all of it: whoever tries learns nothing, the log knows."""
    why = fault.why if isinstance(fault, NotBelieved) else public("the service does not answer")
    journal.event("console_oidc_refused", why=why)
    return visit.show(
        "sign_in.html",
        403,
        following="/",
        name="",
        problem="That did not work. Please try again, or ask an administrator for an account.",
    )


def _secret(section: Oidc) -> str:
    if section.client_secret_file is None:
        return os.environ.get("CHAPERONE_OIDC_CLIENT_SECRET", "")
    try:
        return section.client_secret_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsProblem(
            "web.oidc", "web.oidc.client_secret_file", type(problem).__name__, "a file with the secret in it"
        ) from None


PAGES = [
    page("/sign-in/elsewhere", go, roles=PUBLIC),
    page(_BACK, back, roles=PUBLIC),
]
