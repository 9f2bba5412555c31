"""LibreOffice opens what the gateway has protected, with the passphrase and not without."""

import io
import subprocess

import pytest
from openpyxl import Workbook

from gateway.remedy.encrypt import encrypt
from tests.documents.test_protection import word
from tests.libreoffice import libreoffice, run

PASS = "orchard-tunnel-violin-maple-harbour-crisp"
TEXT = "The plan is for Thursday."


def workbook() -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active["A1"] = TEXT
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with libreoffice(tmp_path_factory.mktemp("office")) as pipe:
        yield pipe


@pytest.mark.interop
@pytest.mark.parametrize(("name", "make"), [("plan.docx", lambda: word(TEXT)), ("plan.xlsx", workbook)])
def test_libreoffice_opens_it_with_the_passphrase_alone(office, tmp_path, name, make):
    made = encrypt(make(), name, "attachment-1", PASS)
    (tmp_path / made.name).write_bytes(made.data)

    def opened(passphrase: str) -> subprocess.CompletedProcess[str]:
        return run("show", office, str(tmp_path / made.name), passphrase, seconds=400)

    right = opened(PASS)
    assert (right.returncode, TEXT in right.stdout) == (0, True), right.stderr
    for wrong in ("orchard-tunnel-violin-maple-harbour-crispy", ""):
        assert opened(wrong).returncode == 3
