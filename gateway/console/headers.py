"""
What every answer says to the browser, and which requests are not answered at all.

No script, style, picture or frame but our own; no frame around us; nothing kept in a
cache. A request under a foreign host name is refused (DNS rebinding), and so is one
that changes something and comes from a foreign page.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.quantities import LOOPBACK

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": under that, browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_YEAR = 31_536_000
_PROBES = frozenset({"/healthz", "/readyz"})  # asked by address, and they tell nothing
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Around the whole application."""

    def __init__(self, app: ASGIApp, *, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._app = app
        self._scheme = parts.scheme
        host = parts.hostname or "localhost"
        self._hosts = LOOPBACK if host in LOOPBACK else frozenset({host})
        self._headers = dict(_HEADERS)
        if parts.scheme == "https":
            self._headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it; the answer gets its headers either way."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)

    def _refusal(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if scope["path"] not in _PROBES and _name(host) not in self._hosts:
            return "This gateway does not answer under that name."
        if scope["method"] not in SAFE and not self._is_own(headers, host):
            return "This request came from another site."
        return ""

    def _is_own(self, headers: Headers, host: str) -> bool:
        """Both headers are written by the browser, not by the page; programs send neither."""
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        return headers.get("origin", f"{self._scheme}://{host}") == f"{self._scheme}://{host}"


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def content_policy(sources: Iterable[str]) -> dict[str, str]:
    """A Content-Security-Policy of one's own for an answer."""
    return {"Content-Security-Policy": "; ".join(sources)}
