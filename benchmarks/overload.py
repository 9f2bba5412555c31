"""
Three times as many messages as the gateway can take: who is turned away, how soon, and how the others fare.

    python -m benchmarks.scaling overload

What the gateway can take, and how long a message takes then, is measured first, with as many sessions as keep it
busy. Then messages come at three times that rate, each over a connection of its own, whatever becomes of the others.
The gateway has one processor for itself, so that the clients are not what is overloaded.
"""

import asyncio
import os
import socket
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar, cast

import uvloop

from benchmarks.load import RECIPIENT, SENDER, quantile, send, wire_of
from benchmarks.measure import sink
from benchmarks.messages import message
from benchmarks.processes import forget_peaks, peak_memory, tree
from benchmarks.systems import HOST, gateway

_BUSY = 100  # sessions
_TIMES = 3
_SECONDS = 10.0
_TICK = 0.005
_GIVE_UP = 30.0  # seconds that a client waits for all of it


class Visitor(asyncio.Protocol):
    """One client with one message. *outcomes* are the last reply's code and the seconds until then."""

    outcomes: ClassVar[list[tuple[str, float]]] = []

    def __init__(self, wire: bytes) -> None:
        self._steps = iter(
            (
                b"EHLO load.example\r\n",
                b"MAIL FROM:<%b>\r\n" % SENDER,
                b"RCPT TO:<%b>\r\n" % RECIPIENT,
                b"DATA\r\n",
                wire,
                b"",
            )
        )
        self._began = time.perf_counter()
        self._rest = b""
        self._transport: asyncio.Transport | None = None
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\n")
            if line[3:4] == b"-" or self.ended.done() or self._transport is None:
                continue
            step = next(self._steps)
            if not step or line[:1] not in b"23":
                self.end(line[:3].decode("latin-1"))
            else:
                self._transport.write(step)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        self.end("lost")

    def end(self, outcome: str) -> None:
        """What became of the message."""
        if not self.ended.done():
            self.ended.set_result(None)
            self.outcomes.append((outcome, time.perf_counter() - self._began))
            if self._transport is not None:
                self._transport.write(b"QUIT\r\n")
                self._transport.close()


async def _visit(wire: bytes, address: tuple[str, int], number: int) -> None:
    """One client, under one of many addresses: a single one has not enough ports."""
    with socket.socket() as line:
        line.setblocking(False)
        line.bind((f"127.0.{number % 100 + 1}.1", 0))
        visitor = Visitor(wire)
        try:
            async with asyncio.timeout(_GIVE_UP):
                loop = asyncio.get_running_loop()
                await loop.sock_connect(line, address)
                await loop.create_connection(lambda: visitor, sock=line)
                await visitor.ended
        except (OSError, TimeoutError) as fault:
            visitor.end(type(fault).__name__)


async def _flood(port: int, wire: bytes, rate: float, seconds: float) -> int:
    """Send at that rate for so long, and wait for what becomes of it; how many were sent."""
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []
    began = loop.time()
    while (passed := loop.time() - began) < seconds:
        while len(tasks) < rate * passed:
            tasks.append(loop.create_task(_visit(wire, (HOST, port), len(tasks))))
        await asyncio.sleep(_TICK)
    await asyncio.gather(*tasks)
    return len(tasks)


def overload() -> None:
    """Print what was measured, beside what is wanted."""
    wire = wire_of(message("small"))
    first, *others = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others or [first])
    smtp = 'trusted_networks = ["127.0.0.0/8"]'
    with (
        tempfile.TemporaryDirectory() as folder,
        sink() as behind,
        gateway(behind.port, Path(folder), smtp=smtp) as system,
    ):
        for pid in tree(system.pids):
            os.sched_setaffinity(pid, [first])
        target = f"{HOST}:{system.port}"
        uvloop.run(send(target, wire, 300, _BUSY, 1))
        usual = uvloop.run(send(target, wire, 2_000, _BUSY, 1))
        rate = float(str(usual["per_second"]))
        pids = tree(system.pids)
        before = peak_memory(pids)
        forget_peaks(pids)
        number = uvloop.run(_flood(system.port, wire, _TIMES * rate, _SECONDS))
        memory = peak_memory(tree(system.pids))
    usual_time = _BUSY / rate * 1_000
    print(f"usual: {rate:.0f} messages a second, {usual_time:.0f} ms for each, from connecting to the answer")
    offered = number / _SECONDS
    print(
        f"offered: {offered:.0f} a second ({offered / rate:.1f} times as many) for {_SECONDS:.0f} s: {number}"
    )
    outcomes = Counter(outcome for outcome, _ in Visitor.outcomes)
    for outcome, count in outcomes.most_common():
        times = sorted(seconds for each, seconds in Visitor.outcomes if each == outcome)
        shown = f"median {statistics.median(times) * 1_000:.0f} ms, 95 % {quantile(times, 0.95):.0f} ms"
        print(f"  {outcome:5} {count:6}  {shown}, worst {times[-1] * 1_000:.0f} ms")
    served = statistics.median(seconds for outcome, seconds in Visitor.outcomes if outcome == "250") * 1_000
    print(f"served in {served / usual_time:.1f} times the usual time (wanted: at most 2)")
    print(f"memory at its largest: {memory:.0f} MB ({before:.0f} MB before)")
