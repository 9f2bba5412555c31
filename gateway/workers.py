"""
Several processes that take mail on one port; the kernel shares connections out among them.

The first does, besides, what there may be one of: the outbox, the console, the
clock for leavers and retention. The parent only watches: a child that dies is
started again, and signals are passed on. A parent that is killed takes its
children along: left behind, they would go on taking mail under old settings.
"""

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable
from time import monotonic

from gateway import journal

_TOO_SOON = 5.0  # seconds; a process that ends by then will not do better when started again
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def share(number: int, work: Callable[[bool], int]) -> int:
    """
    Run ``work(first)`` in *number* processes until SIGTERM; returns the exit status.

    Call it before any thread or event loop is started. In a child it returns
    what *work* returns.
    """
    if number == 1:
        return work(True)
    children: dict[int, tuple[bool, float]] = {}
    ended = _Ended()
    gc.collect()
    gc.freeze()  # a collector that walks through what is there already would have each child copy it
    for each in range(number):
        if _start(children, first=each == 0):
            return work(each == 0)
    ended.listen(children)
    status = 0
    while children:
        pid, code = os.wait()
        if pid not in children:
            continue
        first, since = children.pop(pid)
        if ended.told:
            continue
        journal.event("worker_ended", status=os.waitstatus_to_exitcode(code))
        if monotonic() - since < _TOO_SOON:
            status = max(1, os.waitstatus_to_exitcode(code))
            ended.tell(signal.SIGTERM)
        elif _start(children, first=first):
            ended.ignore()
            return work(first)
    return status


def _start(children: dict[int, tuple[bool, float]], *, first: bool) -> bool:
    """Fork; True in the child."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        children[pid] = (first, monotonic())
    else:
        _end_with(parent)
    return pid == 0


def _end_with(parent: int) -> None:
    """Have the kernel tell this process to end when its parent does (Linux: prctl(2))."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was quicker
            os.kill(os.getpid(), signal.SIGTERM)


class _Ended:
    """Whether everything is to end, and who passes that on."""

    def __init__(self) -> None:
        self.told = False
        self._children: dict[int, tuple[bool, float]] = {}

    def listen(self, children: dict[int, tuple[bool, float]]) -> None:
        """Pass signals on to the children from now on."""
        self._children = children
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.tell(signal.SIGTERM))
        signal.signal(signal.SIGHUP, lambda *_: self._pass(signal.SIGHUP))

    def ignore(self) -> None:
        """A child has no children: its own signals are its own affair."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    def tell(self, number: signal.Signals) -> None:
        """Tell all children to end."""
        self.told = True
        self._pass(number)

    def _pass(self, number: signal.Signals) -> None:
        for pid in tuple(self._children):
            os.kill(pid, number)
