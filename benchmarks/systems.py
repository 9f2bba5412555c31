"""The systems that are compared, and how each is started and stopped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.messages import register
from benchmarks.processes import tree

HOST = "127.0.0.1"
_PATIENCE = 60.0
_SETTINGS = """
[agency]
name = "Brightpath Tutors"
domains = ["brightpath-tutors.example"]
safeguarding_lead = "dsl@brightpath-tutors.example"
[smtp]
listen = ["{host}:{port}"]
workers = {workers}
hostname = "gateway.example"
{smtp}
[relay]
address = "{host}:{relay}"
[store]
url = "sqlite:///chaperone.db"
key_file = "chaperone.key"
[web]
listen = "{host}:0"
[log]
format = "json"
{more}
"""


@dataclass
class Running:
    """A system that takes mail at *port*; *pids* are the roots of its processes."""

    port: int
    pids: list[int] = field(default_factory=list)
    log: Path | None = None


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], port: int, log: Path, folder: Path | None = None) -> Iterator[Running]:
    """
    Start a command, wait until it listens on *port*, and end it and its children afterwards.

    Raises:
        RuntimeError: it ended, or did not listen in time.
    """
    with log.open("ab") as out:
        started = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, start_new_session=True)
    try:
        until = time.monotonic() + _PATIENCE
        while not listens(port):
            if started.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"it does not listen; see {log}")
            time.sleep(0.05)
        yield Running(port, [started.pid], log)
    finally:
        _end(started)


def _end(started: "subprocess.Popen[bytes]") -> None:
    everyone = tree([started.pid])
    started.terminate()
    try:
        started.wait(15)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()
    for pid in everyone:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) == 0


@contextmanager
def gateway(
    relay: int,
    work: Path,
    *,
    workers: int = 1,
    pupils: int = 5_000,
    smtp: str = "",
    more: str = "",
    prepare: Callable[[Path], None] = lambda _: None,
) -> Iterator[Running]:
    """
    This gateway, all rules of its pack on, with a register of *pupils* that was imported before it starts.

    *prepare* is called with its folder before that.
    """
    folder = work / f"gateway-{workers}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_imported(work, pupils), folder)
    port = free_port()
    text = _SETTINGS.format(host=HOST, port=port, relay=relay, workers=workers, smtp=smtp, more=more)
    if workers == 1:
        text = text.replace("workers = 1\n", "")
    (folder / "chaperone.toml").write_text(text, "utf-8")
    prepare(folder)
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(folder / "chaperone.toml")]
    with process(command, port, folder / "log") as running:
        yield running


def _imported(work: Path, pupils: int) -> Path:
    """A folder with a store that holds the register already; made once."""
    folder = work / f"register-{pupils}"
    if not folder.exists():
        folder.mkdir(parents=True)
        text = _SETTINGS.format(host=HOST, port=0, relay=0, workers=1, smtp="", more="")
        (folder / "chaperone.toml").write_text(text.replace("workers = 1\n", ""), "utf-8")
        (folder / "register.json").write_bytes(register(pupils))
        command = [sys.executable, "-m", "gateway", "register", "import", str(folder / "register.json")]
        subprocess.run(
            [*command, "--config", str(folder / "chaperone.toml")], check=True, stdout=subprocess.DEVNULL
        )
    return folder


@contextmanager
def naive(relay: int, work: Path) -> Iterator[Running]:
    """The baseline of naive.py."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.naive", f"{HOST}:{port}", f"{HOST}:{relay}"]
    with process(command, port, work / "naive.log") as running:
        yield running


@contextmanager
def direct(relay: int, work: Path) -> Iterator[Running]:  # noqa: ARG001
    """Nothing between load and sink: what the machine allows."""
    yield Running(relay)
