"""Files that LibreOffice saved with a password and without: protected or not, and how strongly."""

from pathlib import Path

import pytest

from gateway.documents.read import read_document
from tests.documents.test_protection import OPEN, STRONG, WEAK
from tests.libreoffice import libreoffice, run

pytestmark = [pytest.mark.interop, pytest.mark.timeout(400)]
OPENED = (
    "odt",
    "ott",
    "docx",
    "doc",
    "rtf",
    "fodt",
    "pdf",
    "ods",
    "xlsx",
    "xls",
    "odp",
    "pptx",
    "ppt",
    "odg",
)
LOCKED = {
    **dict.fromkeys(("odt", "ott", "ods", "odp", "odg", "docx", "xlsx", "pptx"), STRONG),
    **dict.fromkeys(("doc", "xls"), WEAK),
}


def saved(folder: Path, password: str) -> Path:
    """The folder with a file of each format, made by a LibreOffice without a screen."""
    made = folder / "made"
    made.mkdir()
    with libreoffice(folder / "profile") as pipe:
        saving = run("save", pipe, str(made), password, seconds=350)
    assert (made / "done").exists(), saving.stderr
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    return saved(tmp_path_factory.mktemp("office"), "a long secret")


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Path:
    """The same under a password that Office tries by itself."""
    return saved(tmp_path_factory.mktemp("known"), "VelvetSweatshop")


@pytest.mark.parametrize("kind", OPENED)
def test_a_file_without_a_password_is_readable(files, kind):
    document = read_document((files / kind).read_bytes())
    assert (document.protection, document.grade) == OPEN, document.reasons
    if kind not in ("odp", "pptx", "ppt", "odg"):  # those have no text in them
        assert "quillwort" in " ".join(passage.text for passage in document.passages)


@pytest.mark.parametrize("kind", LOCKED)
def test_a_file_with_a_password_is_protected(files, kind):
    document = read_document((files / f"{kind}.locked").read_bytes())
    assert (document.protection, document.grade) == LOCKED[kind], document.reasons
    assert not document.passages


def test_a_pdf_with_a_password_is_protected(files):
    document = read_document((files / "pdf.locked").read_bytes())
    assert document.protection == "protected"  # RC4 or AES: versions differ


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx", "xls", "doc"])
def test_a_password_that_office_tries_by_itself_protects_nothing(known, kind):
    document = read_document((known / f"{kind}.locked").read_bytes())
    assert (document.protection, document.grade) == OPEN, document.reasons
