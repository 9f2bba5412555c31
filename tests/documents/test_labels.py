"""Titles and sensitivity labels, in files as programs write them."""

import io
import struct
import zipfile

import docx
import pikepdf
import pytest

from gateway.documents.read import read_document
from gateway.register.vocabulary import read_toml
from gateway.sensitivity.vocabulary import Vocabulary, read_words
from tests.cases.attachments.formats import as_docx, as_odt, as_pdf
from tests.documents.compound import compound
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


def user_defined(wide, **properties):
    """DocumentSummaryInformation with these properties alone (MS-OLEPS 2.21), in UTF-16 or Windows-1252."""
    page, codec = (1200, "utf-16-le") if wide else (1252, "cp1252")
    names, values = b"", []
    for number, (name, value) in enumerate(properties.items(), 2):
        raw = f"{name}\0".encode(codec)
        names += struct.pack("<2I", number, len(name) + 1) + raw + bytes(-len(raw) % 4 if wide else 0)
        raw = f"{value}\0".encode(codec)
        size = len(value) + 1 if wide else len(raw)
        values.append(struct.pack("<2I", 31 if wide else 30, size) + raw)
    parts = [struct.pack("<I", len(properties)) + names, struct.pack("<2I", 2, page), *values]
    parts = [part + bytes(-len(part) % 4) for part in parts]
    starts = [8 + 8 * len(parts) + sum(map(len, parts[:number])) for number in range(len(parts))]
    pairs = b"".join(struct.pack("<2I", number, start) for number, start in enumerate(starts))
    section = pairs + b"".join(parts)
    kinds = [bytes.fromhex(kind) for kind in _SECTIONS]
    head = struct.pack("<2HI16sI", 0xFFFE, 0, 0, bytes(16), 2)
    head += struct.pack("<16sI16sI", kinds[0], 68, kinds[1], 76)
    return head + struct.pack("<2I", 8, 0) + struct.pack("<2I", 8 + len(section), len(parts)) + section


_SECTIONS = ("02d5cdd59c2e1b10939708002b2cf9ae", "05d5cdd59c2e1b10939708002b2cf9ae")


def legacy(name, *, wide):
    properties = user_defined(wide, **{f"{LABEL}_Enabled": "true", f"{LABEL}_Name": name})
    return compound({"WordDocument": b"Notes.", "\x05DocumentSummaryInformation": properties})


def numbered(**attributes):
    """The part in which newer Office tells a label by its number alone (MS-OFFCRYPTO 2.6.4)."""
    more = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    label = f'<clbl:label id="{{{LABEL[11:]}}}" method="Privileged" siteId="{{{LABEL[11:]}}}" {more}/>'
    space = "http://schemas.microsoft.com/office/2020/mipLabelMetadata"
    part = f'<?xml version="1.0"?><clbl:labelList xmlns:clbl="{space}">{label}</clbl:labelList>'
    return with_part(as_docx("Notes."), "docMetadata/LabelInfo.xml", part)


def told(data):
    """The labels that are weighed."""
    properties = [each for each in read_document(data).passages if each.where == "properties"]
    lines = "\n".join(each.text for each in properties).splitlines()
    return [line for line in lines if line.startswith("Sensitivity label")]


def test_a_label_without_a_name_is_told_by_its_number():
    assert told(numbered(enabled="1", removed="0")) == [f"Sensitivity label: {LABEL[11:]}"]


@pytest.mark.parametrize(
    "attributes", [{"enabled": "0", "removed": "0"}, {"enabled": "1", "removed": "1"}], ids=["off", "removed"]
)
def test_a_label_that_is_no_longer_in_force_is_not_told(attributes):
    assert told(numbered(**attributes)) == []


def test_an_agency_s_own_label_is_a_marking_by_its_number():
    words = Vocabulary(read_words({"marking": {"3": [f"sensitivity label: {LABEL[11:]}"]}}))
    document = read_document(numbered(enabled="true", removed="false"), vocabulary=words)
    assert [signal.kind for signal in document.signals] == ["marking"]


@pytest.mark.parametrize(
    "data",
    [
        legacy("Highly Confidential", wide=False),
        legacy("Highly Confidential", wide=True),
        word("Highly Confidential"),
        portable("Highly Confidential", xmp=False),
        portable("Highly Confidential", xmp=True),
        open_document("Highly Confidential"),
    ],
    ids=["doc, bytes", "doc, UTF-16", "docx", "pdf", "pdf, XMP", "odt"],
)
def test_a_sensitivity_label_is_a_protective_marking(data):
    document = read_document(data, vocabulary=WORDS)
    markings = [each for each in document.signals if each.kind == "marking"]
    (signal,) = (each for each in markings if document.passages[each.passage].where == "properties")
    passage = document.passages[signal.passage]
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
