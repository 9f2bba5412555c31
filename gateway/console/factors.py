"""
Second steps of signing in: one-time codes (RFC 6238), passkeys (WebAuthn), spare codes.

A value; the store keeps it sealed and lets each change through once, so that neither a
code nor a passkey's counter can be used twice, on any node.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pyotp

_STEP = 30
_SPARE_CODES = 8
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class Passkey(msgspec.Struct, frozen=True):
    """A key in somebody's telephone or stick."""

    id: bytes
    public_key: bytes
    count: int
    name: str


class Factors(msgspec.Struct, frozen=True):
    """
    What an account signs in with besides its password.

    *last_step* is the time step of the code that was used last; *spare* holds digests.
    """

    secret: str = ""
    last_step: int = 0
    spare: tuple[str, ...] = ()
    passkeys: tuple[Passkey, ...] = ()

    @property
    def any(self) -> bool:
        """Whether a second step is asked for."""
        return bool(self.secret or self.passkeys)

    def after_code(self, code: str, now: datetime) -> "Factors | None":
        """These factors with the code used up; None where it is wrong, or was used before."""
        code = "".join(code.split()).lower()
        digest = _digest(code)
        if any(hmac.compare_digest(digest, each) for each in self.spare):
            return msgspec.structs.replace(self, spare=tuple(each for each in self.spare if each != digest))
        if not self.secret or not (code.isascii() and code.isdigit()):
            return None
        step = int(now.timestamp()) // _STEP
        for candidate in (step, step - 1, step + 1):  # clocks differ a little
            right = hmac.compare_digest(pyotp.TOTP(self.secret).generate_otp(candidate), code)
            if right and candidate > self.last_step:
                return msgspec.structs.replace(self, last_step=candidate)
        return None


def read(data: bytes) -> Factors:
    """Factors as the store keeps them; b"" for none."""
    return msgspec.json.decode(data, type=Factors) if data else Factors()


def write(factors: Factors) -> bytes:
    """For the store."""
    return msgspec.json.encode(factors)


def new_secret() -> str:
    """The shared secret of one-time codes, in base 32."""
    return pyotp.random_base32()


def uri(secret: str, name: str, agency: str) -> str:
    """What an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=agency)


def spare_codes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """New spare codes, and the digests to keep of them."""
    codes = tuple("".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(_SPARE_CODES))
    return codes, tuple(map(_digest, codes))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


class Site(msgspec.Struct, frozen=True):
    """Where passkeys are good: the console's own host and origin."""

    host: str
    origin: str
    name: str

    @classmethod
    def of(cls, base_url: str, name: str) -> "Site":
        """From the address that people type."""
        parts = urlsplit(base_url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name)

    def creation(self, who: str, factors: Factors, challenge: bytes) -> str:
        """What the browser is asked for a new passkey, as JSON."""
        import webauthn
        from webauthn.helpers import structs

        options = webauthn.generate_registration_options(
            rp_id=self.host,
            rp_name=self.name,
            user_name=who,
            user_id=who.encode(),
            challenge=challenge,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=each.id) for each in factors.passkeys
            ],
        )
        return webauthn.options_to_json(options)

    def created(self, answer: dict[str, Any], challenge: bytes, name: str) -> Passkey | None:
        """The new passkey; None where the answer is not right."""
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            verified = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return Passkey(verified.credential_id, verified.credential_public_key, verified.sign_count, name)

    def request(self, challenge: bytes) -> str:
        """What the browser is asked to sign in, as JSON."""
        import webauthn
        from webauthn.helpers import structs

        options = webauthn.generate_authentication_options(
            rp_id=self.host,
            challenge=challenge,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options)

    def signed(self, answer: dict[str, Any], challenge: bytes, factors: Factors) -> Factors | None:
        """The factors with the passkey's counter moved on; None where the answer is not right."""
        key = next((each for each in factors.passkeys if _id(answer) == each.id), None)
        if key is None:
            return None
        import webauthn
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            verified = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=key.public_key,
                credential_current_sign_count=key.count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        moved = msgspec.structs.replace(key, count=verified.new_sign_count)
        return msgspec.structs.replace(
            factors, passkeys=tuple(moved if each is key else each for each in factors.passkeys)
        )


def _id(answer: dict[str, Any]) -> bytes:
    import webauthn

    try:
        return webauthn.base64url_to_bytes(str(answer.get("rawId", "")))
    except ValueError:
        return b""


def owner(answer: dict[str, Any]) -> str:
    """The account's name that the passkey was made for; "" where it does not say."""
    import webauthn

    try:
        handle = str(answer["response"]["userHandle"])
        return webauthn.base64url_to_bytes(handle).decode()
    except (KeyError, TypeError, ValueError):
        return ""
