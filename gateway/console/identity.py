"""
The service that vouches for people, asked by OpenID Connect.

Only where ``[web.oidc]`` names one is this imported: what it needs takes a while to load, and memory.
"""

import os
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

from gateway.console.openid import BACK, NotBelieved, Way
from gateway.mail.public import public
from gateway.quantities import LOOPBACK
from gateway.sections import Oidc, Web
from gateway.settings import SettingsProblem

_LEEWAY = 60  # seconds by which two clocks may differ
_PATIENCE = 10  # seconds that one answer of the service may take
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


class Places(msgspec.Struct, frozen=True):
    """What a service says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


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
        self._redirect = f"{web.base_url.rstrip('/')}{BACK}"
        self._secret = _secret(section)
        self._trusted = httpx2.create_ssl_context()  # once: it takes a while to read
        if not self._is_safe(section.issuer):
            raise SettingsProblem("web.oidc", "web.oidc.issuer", repr(section.issuer), "an https address")

    async def address(self, way: Way) -> str:
        """
        Where the browser goes to sign in.

        Raises:
            NotBelieved: the service does not answer, or not as it should.
        """
        try:
            places = await self._places()
        except (httpx2.HTTPError, msgspec.MsgspecError) as fault:
            raise NotBelieved(public("the service does not answer")) from fault
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
        try:
            parts = urlsplit(url)
        except ValueError:  # brackets without their match
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._section.client_id,
            self._secret or None,  # without one we are a public client, which PKCE protects
            scope="openid email",
            redirect_uri=self._redirect,
            code_challenge_method="S256",
            timeout=_PATIENCE,
            verify=self._trusted,
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
