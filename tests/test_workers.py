"""Several processes on one port: all take mail, one that dies comes back, all end together."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.timeout(600)
CONFIG = """
[agency]
domains = ["brightpath-tutors.example"]
[smtp]
listen = ["127.0.0.1:{port}"]
workers = 2
[web]
listen = "127.0.0.1:0"
[relay]
address = "127.0.0.1:1"
{more}
"""


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that nobody else gets meanwhile: it is bound here, and shared with whoever listens on it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


@contextmanager
def serving(folder: Path, more: str = "") -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    with reserved_port() as port:
        yield from _serving(folder, port, more)


def _serving(folder: Path, port: int, more: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    (folder / "chaperone.toml").write_text(CONFIG.format(port=port, more=more), "utf-8")
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(folder / "chaperone.toml")]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stderr=said, cwd=Path(__file__).parent.parent)
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


def children(process: "subprocess.Popen[bytes]") -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    return [int(each) for each in text.split()]


def greeted(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            return client.noop()[0] == 250
    except OSError:
        return False


def wait_until(condition, folder: Path, patience: float = 150.0) -> None:
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, (folder / "said").read_text("utf-8")
        time.sleep(0.05)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and SO_REUSEPORT")
def test_one_that_dies_comes_back_and_all_end_together(tmp_path):
    with serving(tmp_path) as (process, port):
        wait_until(lambda: greeted(port), tmp_path)
        wait_until(lambda: len(children(process)) == 2, tmp_path)
        first, second = children(process)
        time.sleep(5.5)  # one that dies sooner counts as unable to start
        os.kill(second, signal.SIGKILL)
        wait_until(lambda: len(children(process)) == 2 and second not in children(process), tmp_path)
        assert first in children(process)
        wait_until(lambda: greeted(port), tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.wait(150) == 0
        assert not greeted(port)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl(2)")
def test_none_is_left_behind_by_a_parent_that_is_killed(tmp_path):
    with serving(tmp_path) as (process, port):
        wait_until(lambda: greeted(port), tmp_path)
        process.kill()
        process.wait()
        wait_until(lambda: not greeted(port), tmp_path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and SO_REUSEPORT")
def test_what_cannot_start_ends_with_its_one_line(tmp_path):
    with serving(tmp_path, '[policy]\npack = "no-such-pack"\n') as (process, _):
        assert process.wait(150) == 2
        said = (tmp_path / "said").read_bytes()
        assert b"policy.pack" in said
        assert b"Traceback" not in said
