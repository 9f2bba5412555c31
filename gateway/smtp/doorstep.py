"""
Those who have connected and are not let in yet: the kernel's own queue in front of a listening socket.

The event loop takes one connection in at each of its turns, so that those inside are served as fast as ever and a
rush waits outside, where nobody tells it anything. More than can be served soon are therefore told at once to come
again later. It costs little: no transport is made for them.
"""

import os
import socket
import struct
import sys
from time import monotonic

from gateway import journal

_MOST = 150  # that may wait; with a hundred clients at once nobody is sent away
_QUEUE = struct.Struct(
    "=24xI"
)  # <linux/tcp.h>: tcpi_unacked, which is the queue's length for a listening socket
_SEEN = 1.0  # seconds between two lines in the log


class Doorstep:
    """*listening* is the socket's number; *words* are what those hear who are beyond the *most* that may wait."""

    def __init__(self, listening: int, words: bytes, most: int = _MOST) -> None:
        self._most = most
        self._socket = socket.socket(fileno=os.dup(listening))
        self._words = words
        self._away = 0  # sent away since the last line in the log
        self._told = 0.0

    @property
    def waiting(self) -> int:
        """How many wait; 0 where the system does not say (it is Linux that does)."""
        if not sys.platform.startswith("linux"):
            return 0
        (length,) = _QUEUE.unpack(self._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _QUEUE.size))
        return int(length)

    def clear(self) -> None:
        """Send those away who are too many, who came first first: they have waited longest for an answer."""
        for _ in range(self.waiting - self._most):
            try:
                late, _ = self._socket.accept()
            except OSError:  # gone already, or no file is left to open
                break
            with late:
                self._dismiss(late)
        if self._away and monotonic() - self._told > _SEEN:
            journal.event("too_busy", sent_away=self._away)
            self._away, self._told = 0, monotonic()

    def _dismiss(self, late: socket.socket) -> None:
        self._away += 1
        late.setblocking(False)
        try:
            late.send(self._words)
        except OSError:  # it has hung up
            return

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()
