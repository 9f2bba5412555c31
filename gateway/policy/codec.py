"""A verdict as JSON and back, for the store."""

from typing import Any

import msgspec

from gateway.mail.public import Public
from gateway.policy.verdict import Verdict


def encode_verdict(verdict: Verdict) -> bytes:
    """The verdict with all its findings, evidence included: private, to be stored encrypted."""
    return msgspec.json.encode(verdict, enc_hook=str)  # Public is a str of its own kind


def decode_verdict(data: bytes) -> Verdict:
    """
    Take a stored verdict back.

    Raises:
        msgspec.ValidationError: it is not one.
    """
    return msgspec.json.decode(data, type=Verdict, dec_hook=_text)


def _text(kind: type[Any], found: Any) -> Any:
    """A summary was `Public` when it was stored, so it may be called so again."""
    if kind is Public:
        return Public(found)
    raise NotImplementedError(f"no reader for {kind}")
