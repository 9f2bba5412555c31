"""How much one tutor may send within an hour, so that a stolen password does not write to everybody."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

_HOUR = 3_600.0
_REMEMBERED = 100_000


class Rate:
    """At most *limit* in any hour for each name; 0 is no limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def takes(self, name: str) -> bool:
        """Count one more, if the hour has room for it."""
        if not self.limit:
            return True
        now = self._clock()
        times = self._times.setdefault(name, deque())
        self._times.move_to_end(name)
        while times and times[0] <= now - _HOUR:
            times.popleft()
        if len(times) >= self.limit:
            return False
        times.append(now)
        while len(self._times) > _REMEMBERED:
            self._times.popitem(last=False)
        return True
