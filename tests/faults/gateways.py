"""Gateways as processes, for tests that kill them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from gateway.quantities import HostPort

HERE = Path(__file__).parent


class Process:
    """A gateway that takes mail at *address*."""

    def __init__(self, pid: int, address: HostPort) -> None:
        self.pid = pid
        self.address = address

    def kill(self) -> None:
        """SIGKILL: nothing is said, nothing is finished."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def lives(self) -> bool:
        """Whether it still runs; a process that was killed does for a moment."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def terminate(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def left_behind(self) -> list[int]:
        """Processes of its session that outlived it."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError, IndexError, ValueError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self.pid and fields[0] != "Z":
                        found.append(int(entry.name))
        return found


class Nursery:
    """Starts gateways."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.started: list[Process] = []

    async def start(self, config: Path) -> Process:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{config}\n".encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), 120)
        pid, _, address = line.decode().strip().partition(" ")
        assert pid, "the gateway did not start; its log says why"
        process = Process(int(pid), HostPort(address))
        self.started.append(process)
        return process


@asynccontextmanager
async def nursery(log: Path, *before: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Nursery]:
    """One that logs to that file; started by way of the command *before* (``unshare …``), with *env* beside ours."""
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *before,
            sys.executable,
            str(HERE / "nursery.py"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            cwd=HERE.parent.parent,
            env={**os.environ, "PYTHONPATH": str(HERE.parent.parent), **(env or {})},
        )
    nurse = Nursery(process)
    try:
        yield nurse
    finally:
        for each in nurse.started:
            each.kill()
        process.kill()
        await process.wait()
