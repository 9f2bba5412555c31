"""Titles and sensitivity labels, in files as programs write them."""

import io
import zipfile

import docx
import pikepdf
import pytest

from gateway.documents.read import read_document
from gateway.register.vocabulary import read_toml
from gateway.sensitivity.vocabulary import Vocabulary, read_words
from tests.cases.attachments.formats import as_docx, as_odt, as_pdf
from tests.documents.test_protection import saved

LABEL = "MSIP_Label_f0a1b2c3-1111-2222-3333-0123456789ab"
WORDS = Vocabulary(read_words(read_toml("special_category")))
CUSTOM = """<?xml version="1.0" encoding="UTF-8"?>
<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
 xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">
<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{label}_Enabled"><vt:lpwstr>{on}</vt:lpwstr></property>
<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="3" name="{label}_Name"><vt:lpwstr>{name}</vt:lpwstr></property>
</Properties>"""


def with_part(data, name, content):
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr(name, content)
    return buffer.getvalue()


def word(name, on="true"):
    return with_part(as_docx("Notes."), "docProps/custom.xml", CUSTOM.format(label=LABEL, name=name, on=on))


def portable(name, *, xmp):
    def write(buffer):
        with pikepdf.open(io.BytesIO(as_pdf("Notes."))) as pdf:
            if xmp:
                with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
                    metadata[f"{{http://ns.adobe.com/pdfx/1.3/}}{LABEL}_Name"] = name
            else:
                pdf.docinfo[f"/{LABEL}_Name"] = name
            pdf.save(buffer)

    return saved(write)


def open_document(name):
    meta = (
        '<?xml version="1.0"?><office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><office:meta>'
        f'<meta:user-defined meta:name="{LABEL}_Name">{name}</meta:user-defined>'
        "</office:meta></office:document-meta>"
    )
    return with_part(as_odt("Notes."), "meta.xml", meta)


@pytest.mark.parametrize(
    "data",
    [
        word("Highly Confidential"),
        portable("Highly Confidential", xmp=False),
        portable("Highly Confidential", xmp=True),
        open_document("Highly Confidential"),
    ],
    ids=["docx", "pdf", "pdf, XMP", "odt"],
)
def test_a_sensitivity_label_is_a_protective_marking(data):
    document = read_document(data, vocabulary=WORDS)
    (signal,) = (each for each in document.signals if each.kind == "marking")
    passage = document.passages[signal.passage]
    assert passage.where == "properties"
    assert passage.text[signal.start : signal.end] == "Sensitivity label: Highly Confidential"


@pytest.mark.parametrize("data", [word("General"), word("Public"), word("Confidential", on="false")])
def test_a_label_that_says_nothing_or_was_taken_off_is_none(data):
    assert not [each for each in read_document(data, vocabulary=WORDS).signals if each.kind == "marking"]


def test_a_title_is_part_of_what_is_weighed():
    def write(buffer):
        document = docx.Document()
        document.add_paragraph("See title.")
        document.core_properties.title = "Autism assessment of F.L."
        document.save(buffer)

    document = read_document(saved(write), vocabulary=WORDS)
    assert [each.kind for each in document.signals] == ["needs"]
