"""What is packed into archives and documents is opened: rar, a mixed 7z, objects of other programs."""

import io
import struct

import pytest

from gateway.documents.read import read_document
from tests.documents.compound import compound
from tests.documents.rar import rar4, rar5
from tests.documents.test_protection import (
    word,
)
from tests.documents.test_traps import NOTE, beside, with_libarchive


@with_libarchive
@pytest.mark.parametrize("make", [rar5, rar4])
def test_the_text_of_a_rar_archive_is_read(make):
    document = read_document(make({"notes/a.txt": NOTE, "b.txt": b"quillwort"}))
    assert document.complete
    assert [passage.where for passage in document.passages] == ["a.txt", "b.txt"]
    assert document.passages[1].text == "quillwort"


def test_the_open_half_of_a_mixed_7z_is_read():
    import py7zr

    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password="a long secret") as archive:
        archive.writestr(b"locked", "a.txt")
    mixed = io.BytesIO(out.getvalue())
    with py7zr.SevenZipFile(mixed, "a") as archive:
        archive.writestr(b"quillwort", "b.txt")
    document = read_document(mixed.getvalue())
    assert document.complete
    assert document.protection == "readable"
    assert [passage.text for passage in document.passages] == ["quillwort"]


def packaged(content: bytes) -> bytes:
    """A file put into a document by "insert object" (MS-OLEDS 2.3.6)."""
    path = b"C:\\papers\\plan.docx\0"
    native = (
        b"\x02\0plan.docx\0"
        + path
        + struct.pack("<2HL", 0, 3, len(path))
        + path
        + struct.pack("<L", len(content))
        + content
    )
    return compound({"\x01Ole10Native": struct.pack("<L", len(native)) + native, "\x01CompObj": b"x"})


def embedding(inner: bytes) -> bytes:
    return beside(word("A cover"), "word/embeddings/oleObject1.bin", inner)


def test_a_file_packed_as_an_object_is_opened():
    document = read_document(embedding(packaged(word("quillwort"))))
    assert document.complete
    assert "quillwort" in " ".join(passage.text for passage in document.passages)


def test_an_object_that_opens_in_an_office_program_is_opened():
    document = read_document(embedding(compound({"Package": word("quillwort")})))
    assert "quillwort" in " ".join(passage.text for passage in document.passages)


def test_an_equation_holds_no_document_up():
    document = read_document(
        embedding(compound({"Equation Native": b"x", "\x01CompObj": b"Microsoft Equation 3.0"}))
    )
    assert document.complete


def test_an_object_of_an_unknown_program_counts_as_not_read():
    assert not read_document(
        embedding(compound({"Quill/QuillSub/CONTENTS": b"x", "Envelope": b"y"}))
    ).complete
