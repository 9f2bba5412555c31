"""Sessions in memory: they end with the process. Used where the store keeps none."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from gateway.mail.account import Account
from gateway.review.session import Session

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)


class _Kept(msgspec.Struct):
    session: Session
    seen_at: datetime


class MemorySessions:
    """Keeps a digest of each secret, so that a look into memory's dump signs nobody in."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}

    async def begin(self, account: Account, *, peer: str) -> str:  # noqa: ARG002 -- the store records it
        """Sign somebody in; returns the secret."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        session = Session(id=secrets.token_hex(6), account=account, begun_at=now)
        self._kept[_digest(token)] = _Kept(session, now)
        return token

    async def find(self, token: str) -> Session | None:
        """Whose secret that is."""
        kept = self._kept.get(_digest(token))
        now = self._clock()
        if kept is None:
            return None
        if now - kept.seen_at > IDLE or now - kept.session.begun_at > LONGEST:
            del self._kept[_digest(token)]
            return None
        kept.seen_at = now
        return kept.session

    async def end(self, token: str) -> None:
        """Sign out."""
        self._kept.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
