"""What a system and its children use: processor time and memory, from /proc."""

import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def end_in_order() -> None:
    """A benchmark that is told to end (SIGTERM, as `timeout` sends it) ends what it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before it was through"))


def tree(roots: Iterable[int]) -> list[int]:
    """The processes and all their descendants that are alive."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            stat = _read(entry / "stat")
            if stat:
                children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if Path(f"/proc/{pid}").exists() and pid not in found:
            found.append(pid)
            waiting += children.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time, that of children which have ended included."""
    ticks = 0
    for pid in pids:
        stat = _read(Path(f"/proc/{pid}/stat"))
        if stat:
            ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks / _TICK


def peak_memory(pids: Iterable[int]) -> float:
    """The sum of the largest resident sizes since `forget_peaks`, in MB."""
    return sum(_kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:") for pid in pids) / 1_024


def shared_out_memory(pids: Iterable[int]) -> float:
    """The memory in use now, pages that are shared counted once, in MB."""
    return sum(_kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") for pid in pids) / 1_024


def forget_peaks(pids: Iterable[int]) -> None:
    """Begin anew with the largest resident size."""
    for pid in pids:
        try:
            Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")
        except OSError:
            continue


def busy_seconds() -> float:
    """What all processors of the machine have worked so far."""
    values = list(map(int, Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]))
    return (sum(values) - values[3] - values[4]) / _TICK


def _kilobytes(file: Path, key: str) -> int:
    for line in _read(file).splitlines():
        if line.startswith(key):
            return int(line.split()[1])
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""
