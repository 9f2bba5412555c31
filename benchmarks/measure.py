"""One run: a load against a system with the sink behind it, and what it cost."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import (
    busy_seconds,
    cpu_seconds,
    forget_peaks,
    peak_memory,
    shared_out_memory,
    tree,
)
from benchmarks.systems import HOST, Running


class Sink:
    """The relay of all systems, in a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink", f"{HOST}:0"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.port = int(self.process.stdout.readline().split()[1])
        self.taken = 0
        self.when = 0.0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.taken, self.when = int(line), time.perf_counter()


@contextmanager
def sink() -> Iterator[Sink]:
    running = Sink()
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait()


def run(
    system: Running,
    behind: Sink,
    message: Path,
    messages: int,
    sessions: int,
    each: int = 1,
    patience: float = 120,
) -> dict[str, float]:
    """
    Send *messages* and wait until the sink has them all.

    *delivered* is in messages a second, *cpu_ms* and the percentiles in
    milliseconds, memory in MB; *others* is what else ran, in processors.
    """
    pids = tree(system.pids)
    forget_peaks(pids)
    taken, began = behind.taken, time.perf_counter()
    used, busy, sunk = cpu_seconds(pids), busy_seconds(), cpu_seconds([behind.process.pid])
    command = [sys.executable, "-m", "benchmarks.load", f"{HOST}:{system.port}", str(message)]
    command += ["--messages", str(messages), "--sessions", str(sessions), "--each", str(each)]
    out = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=True)
    figures = json.loads(out.stdout)
    if figures["faults"]:
        raise RuntimeError(f"{figures['faults']} messages failed: {figures['first_fault']}")
    until = time.perf_counter() + patience
    while behind.taken - taken < messages and time.perf_counter() < until:
        time.sleep(0.005)
    if behind.taken - taken != messages:
        raise RuntimeError(f"{messages} were sent, {behind.taken - taken} delivered")
    seconds = max(figures["seconds"], behind.when - began - (figures["began"] - began))
    pids = tree(system.pids)
    own = cpu_seconds(pids) - used
    rest = busy_seconds() - busy - own - figures["cpu"] - (cpu_seconds([behind.process.pid]) - sunk)
    return {
        "messages": messages,
        "delivered": round(messages / seconds, 1),
        "accepted": figures["per_second"],
        "p50": figures["p50"],
        "p99": figures["p99"],
        "cpu_ms": round(own / messages * 1_000, 3),
        "memory": round(peak_memory(pids), 1),
        "memory_shared_out": round(shared_out_memory(pids), 1),
        "others": round(rest / (time.perf_counter() - began), 2),
    }
