"""
The link under which a tutor puts one message right.

A token names the message and the day on which it ends, and carries a keyed digest
over both and over the tutor, so that nobody can make one, stretch one, or use one
for another message. Reading it changes nothing and uses nothing up: what works
only once is the decision, which the store takes.
"""

import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from gateway.mail.address import canonical
from gateway.mail.ids import as_id

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HOUR = 3600
PICK_UP = "pick-up"  # stands where a tutor does, in the tokens of pages that no tutor opens


class Token(msgspec.Struct, frozen=True):
    """A token taken apart; it says nothing until `Links.is_genuine` has agreed."""

    item: str
    ends: datetime
    proof: str


class Links:
    """Makes links and checks them. *blind* is the store's keyed digest, in hex."""

    def __init__(self, base_url: str, blind: Callable[[str], str]) -> None:
        self._base_url = base_url.rstrip("/")
        self._blind = blind

    def url(self, item: str, tutor: str, ends: datetime) -> str:
        """The address of the page for that message."""
        return f"{self._base_url}/r/{self.token(item, tutor, ends)}"

    def pick_up(self, pickup: str, ends: datetime) -> str:
        """The address of the page where files wait."""
        return f"{self._base_url}/p/{self.token(pickup, PICK_UP, ends)}"

    def token(self, item: str, tutor: str, ends: datetime) -> str:
        """Such as ``q7f3k9wdtb-f3z1a-`` and 26 more characters; case makes no difference."""
        hour = int(ends.timestamp()) // _HOUR + 1  # ends with a full hour, never early
        return f"{item.replace('-', '')}-{_number(hour)}-{self._proof(item, tutor, hour)}".lower()

    def is_genuine(self, token: Token, tutor: str) -> bool:
        """Whether this gateway made the token, for that message and that tutor."""
        hour = int(token.ends.timestamp()) // _HOUR
        return hmac.compare_digest(self._proof(token.item, tutor, hour).encode(), token.proof.encode())

    def _proof(self, item: str, tutor: str, hour: int) -> str:
        digest = bytes.fromhex(self._blind(f"link/{item}/{hour}/{canonical(tutor)}"))
        return base64.b32encode(digest).rstrip(b"=").decode()


def read_token(text: str) -> Token | None:
    """Take a token apart; None for what cannot be one."""
    parts = text.upper().split("-", 2)
    if len(text) > 64 or len(parts) != 3 or not text.isascii():
        return None
    item, hour = as_id(parts[0]), _value(parts[1])
    if not item or hour is None or len(parts[2]) != 26:
        return None
    return Token(item, datetime.fromtimestamp(hour * _HOUR, UTC), parts[2])


def _number(value: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 32)
        digits = _DIGITS[digit] + digits
    return digits


def _value(digits: str) -> int | None:
    if not 1 <= len(digits) <= 5 or not set(digits) <= set(_DIGITS):
        return None
    value = 0
    for digit in digits:
        value = value * 32 + _DIGITS.index(digit)
    return value
