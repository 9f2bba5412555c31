"""LibreOffice opens what the gateway has protected, with the passphrase and not without."""

import contextlib
import io
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook

from gateway.remedy.encrypt import encrypt
from tests.documents.test_protection import word

SCRIPT = Path(__file__).parent / "libreoffice.py"
PYTHON = "/usr/bin/python3"  # the one that has LibreOffice's bridge
PASS = "orchard-tunnel-violin-maple-harbour-crisp"
TEXT = "The plan is for Thursday."


def workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active["A1"] = TEXT
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A LibreOffice without a screen, with a profile of its own; yields the name of its pipe."""
    missing = subprocess.run([PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode
    if not shutil.which("soffice") or missing:
        pytest.skip("LibreOffice or its bridge (python3-uno) is missing: make test-interop installs it")
    pipe, profile = f"chaperone{secrets.token_hex(6)}", tmp_path_factory.mktemp("office")
    process = subprocess.Popen(
        [
            "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo",
            f"--accept=pipe,name={pipe};urp;",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    yield pipe
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


@pytest.mark.interop
@pytest.mark.parametrize(("name", "make"), [("plan.docx", lambda: word(TEXT)), ("plan.xlsx", workbook)])
def test_libreoffice_opens_it_with_the_passphrase_alone(office, tmp_path, name, make):
    made = encrypt(make(), name, "attachment-1", PASS)
    (tmp_path / made.name).write_bytes(made.data)

    def opened(passphrase: str) -> subprocess.CompletedProcess[str]:
        command = [PYTHON, str(SCRIPT), office, str(tmp_path / made.name), passphrase]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)

    right = opened(PASS)
    assert (right.returncode, TEXT in right.stdout) == (0, True), right.stderr
    for wrong in ("orchard-tunnel-violin-maple-harbour-crispy", ""):
        assert opened(wrong).returncode == 3
