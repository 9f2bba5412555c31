"""A LibreOffice without a screen, and the scripts that it is driven by."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_PYTHON = "/usr/bin/python3"  # the one that has LibreOffice's bridge


@contextlib.contextmanager
def libreoffice(profile: Path) -> Iterator[str]:
    """The name of the pipe that it listens on; its profile is a folder of its own."""
    missing = subprocess.run([_PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode
    if not shutil.which("soffice") or missing:
        pytest.skip("LibreOffice or its bridge (python3-uno) is missing: make test-interop installs it")
    pipe = f"chaperone{secrets.token_hex(6)}"
    process = subprocess.Popen(
        [
            "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield pipe
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)


def run(script: str, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """One of the scripts of this folder."""
    command = [_PYTHON, str(Path(__file__).with_name(f"{script}.py")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
