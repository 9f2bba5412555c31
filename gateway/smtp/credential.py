"""How somebody signs in at the relay: what is sent with AUTH, and whom it names (RFC 4616, RFC 7628, XOAUTH2)."""

import re
from base64 import b64encode

import msgspec

_XOAUTH2 = re.compile(rb"user=([^\x01]+)\x01auth=Bearer [^\x01]+\x01\x01")
_OAUTHBEARER = re.compile(
    rb"n,a=([^,\x01]+),\x01(?:[^\x01]+\x01)*auth=Bearer [^\x01]+\x01(?:[^\x01]+\x01)*\x01"
)


class Credential(msgspec.Struct, frozen=True):
    """
    *response* is the initial response in base64; it never goes into a log.

    *password* is kept for relays that know LOGIN only; "" for a token.
    """

    name: str
    mechanism: str
    response: str
    password: str = ""

    def __repr__(self) -> str:
        """Nothing of the secret."""
        return f"Credential({self.mechanism})"


def with_password(name: str, password: str) -> Credential:
    """A name and password, for PLAIN."""
    response = b64encode(b"\0".join((b"", name.encode(), password.encode()))).decode()
    return Credential(name, "PLAIN", response, password)


def with_token(mechanism: str, response: bytes) -> Credential | None:
    """A bearer token, passed on as the client gave it; None where it cannot be read."""
    match = {"XOAUTH2": _XOAUTH2, "OAUTHBEARER": _OAUTHBEARER}[mechanism].fullmatch(response)
    if match is None:
        return None
    name = match[1].decode("utf-8", "replace").replace("=2C", ",").replace("=3D", "=")
    return Credential(name, mechanism, b64encode(response).decode())
