"""Tells systemd how the service is (sd_notify(3)): ready, reloading, alive, stopping."""

import asyncio
import os
import signal
import socket
from contextlib import suppress

_ALIVE = "WATCHDOG=1"


def notify(state: str) -> None:
    """
    Send one state, such as ``READY=1``; does nothing where systemd does not ask.

    A datagram to the socket in NOTIFY_SOCKET; a leading @ stands for the abstract
    name space. It never fails the service.
    """
    where = os.environ.get("NOTIFY_SOCKET", "")
    if not where:
        return
    address = f"\0{where[1:]}" if where.startswith("@") else where
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        # Ten datagrams wait there, and whoever sends an eleventh waits with them: it may hang, and we must not.
        channel.settimeout(0 if state == _ALIVE else 1)
        channel.sendto(state.encode(), address)


async def stay_alive() -> None:
    """
    Tell the watchdog that the event loop turns, twice in each of its periods.

    Returns at once where no watchdog is set. A loop that hangs sends nothing, and
    systemd starts the service anew. Of several processes any one keeps the service
    alive; each has an alarm besides, which ends it if its own loop hangs for so long,
    and the parent starts it again.
    """
    period = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    meant = int(os.environ.get("WATCHDOG_PID", "0")) or os.getpid()
    if period <= 0 or meant not in (os.getpid(), os.getppid()):
        return
    try:
        while True:
            if meant != os.getpid():
                signal.setitimer(signal.ITIMER_REAL, period)
            notify(_ALIVE)
            await asyncio.sleep(period / 2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
