"""How much one tutor may send within an hour, so that a stolen password does not write to everybody."""

import fcntl
import mmap
import struct
import tempfile
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol

import msgspec

from gateway.sections import Smtp

_HOUR = 3_600.0
_REMEMBERED = 100_000
_MINUTES = 61  # the hour, and the minute that has just begun
_SLOT = struct.Struct(f"<QQ{_MINUTES}I")  # whose it is, the last minute that was counted, messages by minute
_SLOTS = 8_192
_NEAR = 16  # places where a name's count may stand


class Rate(Protocol):
    """At most *limit* in any hour for each name; 0 is no limit."""

    limit: int

    def takes(self, name: str) -> bool:
        """Count one more, if the hour has room for it."""
        ...


class OwnRate:
    """Counted to the second, in this process."""

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


class SharedRate:
    """
    Counted to the minute, in memory that the processes share which are forked after it was made.

    A name is known by a digest, its count stands in one of a few places that the digest
    gives; where all are taken, the one that was counted longest ago is given up. The lock is a
    file's, which the kernel lets go when a process dies.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock  # the same in every process of a machine
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)
        self._lock = tempfile.TemporaryFile()  # noqa: SIM115 -- as long as the process

    def takes(self, name: str) -> bool:
        """Count one more, if the hour has room for it."""
        if not self.limit:
            return True
        digest = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little") or 1
        minute = int(self._clock() / 60)
        fcntl.lockf(self._lock, fcntl.LOCK_EX)
        try:
            return self._count(digest, minute)
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN)

    def _count(self, digest: int, minute: int) -> bool:
        place, last, counts = self._find(digest)
        for each in range(min(minute - last, _MINUTES)):  # minutes that went by uncounted
            counts[(minute - each) % _MINUTES] = 0
        if sum(counts) >= self.limit:
            return False
        counts[minute % _MINUTES] += 1
        _SLOT.pack_into(self._memory, place, digest, minute, *counts)
        return True

    def _find(self, digest: int) -> tuple[int, int, list[int]]:
        """Where a name's count stands, or may stand: its place, its last minute, its counts."""
        oldest, since = 0, 2**64
        for near in range(_NEAR):
            place = (digest + near) % _SLOTS * _SLOT.size
            whose, last, *counts = _SLOT.unpack_from(self._memory, place)
            if whose == digest:
                return place, last, counts
            if last < since:
                oldest, since = place, last
        return oldest, 0, [0] * _MINUTES


class Hourly(msgspec.Struct, frozen=True):
    """What each tutor may send within an hour: messages, and recipients *named* for them."""

    messages: Rate
    named: Rate

    @classmethod
    def of(cls, smtp: Smtp) -> "Hourly":
        """By the settings. Several workers count together if this is made before they are forked."""
        kind = SharedRate if smtp.workers > 1 else OwnRate
        return cls(kind(smtp.max_messages_per_hour), kind(smtp.max_recipients_per_hour))
