"""Slows down whoever guesses: a few failures in a few minutes, then a pause."""

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta

_FAILURES = 5
_WINDOW = timedelta(minutes=5)
_MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key: an address, or a name that somebody tries to sign in under."""

    def __init__(
        self, clock: Callable[[], datetime], failures: int = _FAILURES, window: timedelta = _WINDOW
    ) -> None:
        self._clock = clock
        self._failures = failures
        self._window = window
        self._seen: dict[str, list[datetime]] = {}

    def blocks(self, *keys: str) -> bool:
        """Whether one of them has failed too often."""
        return any(len(self._recent(key)) >= self._failures for key in keys)

    def failed(self, *keys: str) -> None:
        """Count a failure."""
        for key in keys:
            self._seen.setdefault(key, []).append(self._clock())
        while len(self._seen) > _MOST_KEYS:
            self._seen.pop(next(iter(self._seen)))

    def forget(self, *keys: str) -> None:
        """It was the right person after all."""
        for key in keys:
            self._seen.pop(key, None)

    def _recent(self, key: str) -> list[datetime]:
        since = self._clock() - self._window
        recent = [when for when in self._seen.get(key, ()) if when > since]
        if recent:
            self._seen[key] = recent
        else:
            self._seen.pop(key, None)
        return recent


def network_of(peer: str) -> str:
    """An IPv4 address itself; for IPv6 its /64, since one subscriber has all of that."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
