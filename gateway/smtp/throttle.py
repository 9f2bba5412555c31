"""Slows down whoever guesses passwords: by address, and by account."""

import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_REMEMBERED = 100_000  # addresses and accounts; the oldest are forgotten first


class Throttle:
    """
    Counts failures in a sliding window of *period* seconds.

    An address with *limit* failures is turned away until some of them are old. An
    account is never locked, since that would let anybody lock a tutor out: each
    failure makes the next attempt wait longer, up to *longest* seconds.
    """

    def __init__(
        self,
        limit: int,
        period: float,
        longest: float = 8.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._period = period
        self._longest = longest
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def turns_away(self, peer: str) -> bool:
        """Whether an address has failed too often."""
        return len(self._recent(network_of(peer))) >= self._limit

    def wait(self, name: str) -> float:
        """The seconds that an attempt under this name has to wait."""
        failures = len(self._recent(_account(name)))
        return min(self._longest, 0.25 * math.pow(2, min(failures - 3, 10))) if failures > 3 else 0.0

    def failed(self, peer: str, name: str) -> None:
        """Count a failure."""
        now = self._clock()
        for key in (network_of(peer), _account(name)):
            self._failures.setdefault(key, deque(maxlen=self._limit)).append(now)
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """An account whose password is known starts anew; an address does not."""
        self._failures.pop(_account(name), None)

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key)
        if failures is None:
            return deque()
        oldest = self._clock() - self._period
        while failures and failures[0] < oldest:
            failures.popleft()
        if not failures:
            del self._failures[key]
        return failures


def network_of(peer: str) -> str:
    """The address itself, or the /64 of an IPv6 address, which one customer holds as a whole."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    mapped = getattr(address, "ipv4_mapped", None)
    if address.version == 6 and mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(mapped or address)


def _account(name: str) -> str:
    return f"account {name.strip().casefold()}"
