"""Text is read wherever a person could read it: each sample hides one word in one place."""

import base64
import io
import json
import struct
import zipfile
from datetime import date
from pathlib import Path

import docx
import olefile
import openpyxl
import pikepdf
import pptx
import pytest
from openpyxl.comments import Comment
from PIL import Image
from pptx.util import Inches
from reportlab.pdfgen import canvas

from gateway.documents.formats.beside import beside_cells
from gateway.documents.read import read_document
from tests.documents.compound import compound

MARK = "quillwort"
PACKED = base64.b64encode((f"the word {MARK}, " * 9).encode()).decode()
FILES = Path(__file__).parent / "files"  # written by LibreOffice


def saved(write) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def word(change) -> bytes:
    document = docx.Document()
    document.add_paragraph("Plain.")
    change(document)
    return saved(document.save)


def patched(data: bytes, entry: str, old: str, new: str) -> bytes:
    """The same package with one part's text changed, or added where *old* is empty."""

    def write(buffer):
        with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                if name == entry:
                    assert old.encode() in content
                    content = content.replace(old.encode(), new.encode())
                target.writestr(name, content)
            if not old:
                target.writestr(entry, new)

    return saved(write)


def book(change) -> bytes:
    made = openpyxl.Workbook()
    made.active["A1"] = "Plain"
    change(made)
    return saved(made.save)


def hidden_sheet(made):
    sheet = made.create_sheet("Second")
    sheet["B2"] = MARK
    sheet.sheet_state = "veryHidden"


def slides(change) -> bytes:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    change(slide)
    return saved(made.save)


def pictured(document):
    buffer = io.BytesIO()
    Image.new("L", (9, 9)).save(buffer, "PNG")
    document.add_picture(buffer)
    document.element.body.xpath(".//wp:docPr")[0].set("descr", MARK)


def table_on(slide):
    slide.shapes.add_table(1, 1, Inches(1), Inches(1), Inches(3), Inches(1)).table.cell(0, 0).text = MARK


def pdf(change=lambda opened: None, draw=lambda page: None) -> bytes:
    def write(buffer):
        page = canvas.Canvas(buffer)
        page.drawString(40, 700, "Plain")
        draw(page)
        page.save()

    with pikepdf.open(io.BytesIO(saved(write))) as opened:
        change(opened)
        return saved(opened.save)


def annotated(opened):
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=MARK
    )
    opened.pages[0].Annots = opened.make_indirect(pikepdf.Array([opened.make_indirect(note)]))


def form(opened):
    field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="name", V=MARK)
    opened.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([opened.make_indirect(field)]))


def bookmarked(opened):
    with opened.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Plain", 0))
        outline.root[0].children.append(pikepdf.OutlineItem(MARK, 0))


def pinned(opened, **said):
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], **said)
    opened.pages[0].Annots = pikepdf.Array([opened.make_indirect(note)])


def filled_xfa(opened, packet="datasets", dtd=""):
    values = opened.make_stream(f"{dtd}<datasets><data><name>{MARK}</name></data></datasets>".encode())
    end = opened.make_stream(b"</xdp:xdp>")
    packets = pikepdf.Array([pikepdf.String(packet), values, pikepdf.String("postamble"), end])
    opened.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=packets)


def chained(opened, count):
    last = opened.make_indirect(pikepdf.Dictionary(Title=MARK))
    for _ in range(count - 1):
        last = opened.make_indirect(pikepdf.Dictionary(Title="Plain", Next=last))
    opened.Root.Outlines = opened.make_indirect(pikepdf.Dictionary(First=last))


def titled(opened):
    opened.docinfo["/Subject"] = MARK


def attached(opened):
    opened.attachments["inside.txt"] = f"the word {MARK}".encode()


def odt(text) -> bytes:
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        f'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><text:p>{text}</text:p>'
        "</office:body></office:document-content>"
    )

    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            archive.writestr("content.xml", content)
            archive.writestr(
                "META-INF/manifest.xml",
                '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            )

    return saved(write)


def _runs(document):
    paragraph = document.add_paragraph("")
    for piece in (MARK[:4], MARK[4:]):
        paragraph.add_run(piece)


def _zip(**files) -> bytes:
    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)

    return saved(write)


def _embedded() -> bytes:
    inner = book(lambda made: setattr(made.active["A2"], "value", MARK))

    def write(buffer):
        buffer.write(word(lambda document: None))
        with zipfile.ZipFile(buffer, "a") as package:
            package.writestr("word/embeddings/sheet1.xlsx", inner)

    return saved(write)


DELETED = f'<w:p><w:del w:id="9" w:author="x"><w:r><w:delText>{MARK}</w:delText></w:r></w:del></w:p><w:sectPr'
MAIL = f"From: a@b.example\r\nTo: c@d.example\r\nSubject: papers\r\n\r\n{MARK}\r\n".encode()

SAMPLES = {
    "docx, text": lambda: word(lambda d: d.add_paragraph(MARK)),
    "docx, table": lambda: word(lambda d: setattr(d.add_table(1, 1).cell(0, 0), "text", MARK)),
    "docx, header": lambda: word(lambda d: setattr(d.sections[0].header.paragraphs[0], "text", MARK)),
    "docx, footer": lambda: word(lambda d: setattr(d.sections[0].footer.paragraphs[0], "text", MARK)),
    "docx, title": lambda: word(lambda d: setattr(d.core_properties, "title", MARK)),
    "docx, deleted text": lambda: patched(word(lambda d: None), "word/document.xml", "<w:sectPr", DELETED),
    "docx, word cut in two runs": lambda: word(_runs),
    "xlsx, cell": lambda: book(lambda b: setattr(b.active["C9"], "value", MARK)),
    "xlsx, hidden sheet": lambda: book(hidden_sheet),
    "xlsx, sheet name": lambda: book(lambda b: b.create_sheet(MARK)),
    "xlsx, comment": lambda: book(lambda b: setattr(b.active["A1"], "comment", Comment(MARK, "x"))),
    "pptx, title": lambda: slides(lambda s: setattr(s.shapes.title, "text", MARK)),
    "pptx, notes": lambda: slides(lambda s: setattr(s.notes_slide.notes_text_frame, "text", MARK)),
    "pptx, table": lambda: slides(table_on),
    "pdf, page": lambda: pdf(draw=lambda page: page.drawString(40, 600, MARK)),
    "pdf, annotation": lambda: pdf(annotated),
    "pdf, form value": lambda: pdf(form),
    "pdf, metadata": lambda: pdf(titled),
    "pdf, attachment": lambda: pdf(attached),
    "odt": lambda: odt(MARK),
    "odt, word cut in two spans": lambda: odt(
        f"{MARK[:2]}<text:span>{MARK[2:4]}<!-- --></text:span>{MARK[4:]}"
    ),
    "rtf": lambda: rb"{\rtf1\ansi Plain\par " + MARK.encode() + b"}",
    "html": f"<html><body><p>Plain<div title='x'>{MARK}</div></body></html>".encode,
    "csv": f"a;b\r\n1;{MARK}\r\n".encode,
    "text, UTF-16": lambda: f"Plain {MARK}".encode("utf-16"),
    "text, UTF-16 without a mark": lambda: f"Plain {MARK}, and more of it".encode("utf-16-le"),
    "json": lambda: json.dumps({"a": MARK}).encode(),
    "eml": lambda: MAIL,
    "a note that looks like one": f"To: Support\r\nFrom: H. Green\r\nRe: Aoife\r\nReason: {MARK}\r\nDate: May\r\n".encode,
    "such a note, no field": f"To: Support\nFrom: H. Green\nSubject: Aoife\nReason for this: {MARK}\n".encode,
    "ics": f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{MARK}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode,
    "vcf": f"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:{MARK}\r\nEND:VCARD\r\n".encode,
    "zip in zip": lambda: _zip(inner=_zip(a=MARK.encode())),
    "docx in eml in zip": lambda: _zip(m=MAIL),
    "xlsx inside a docx": _embedded,
    "docx, what is said of a picture": lambda: word(pictured),
    "xlsx, cells of another workbook": lambda: patched(
        book(lambda b: None), "xl/externalLinks/externalLink1.xml", "", f"<a><cell><v>{MARK}</v></cell></a>"
    ),
    "xlsx, rows that only a pivot table keeps": lambda: patched(
        book(lambda b: None), "xl/pivotCache/pivotCacheDefinition1.xml", "", f"<a><s v='{MARK}'/></a>"
    ),
    "pdf, bookmark": lambda: pdf(bookmarked),
    "pdf, note in rich text": lambda: pdf(lambda opened: pinned(opened, RC=f"<body><p>{MARK}</p></body>")),
    "pdf, file pinned to a page": lambda: pdf(
        lambda opened: pinned(
            opened, FS=pikepdf.Dictionary(EF=pikepdf.Dictionary(F=opened.make_stream(MARK.encode())))
        )
    ),
    "pdf, another form of that file": lambda: pdf(
        lambda opened: pinned(
            opened,
            FS=pikepdf.Dictionary(
                EF=pikepdf.Dictionary(F=opened.make_stream(b"Plain"), Unix=opened.make_stream(MARK.encode()))
            ),
        )
    ),
    "pdf, form of XFA": lambda: pdf(filled_xfa),
    "pdf, what is printed in a form of XFA": lambda: pdf(lambda opened: filled_xfa(opened, "template")),
    "pdf, the last of many bookmarks": lambda: pdf(lambda opened: chained(opened, 4_000)),
    **{
        f"rtf, {name}": rf"{{\rtf1\ansi Plain {{\{name} {MARK}}}\par}}".encode
        for name in ("header", "footerf", "footnote", r"*\annotation", r"*\shptxt")
    },
    "rtf, subject": rf"{{\rtf1\ansi{{\info{{\title Plain}}{{\subject {MARK}}}}}Plain\par}}".encode,
    "html, in place of a picture": f"<html><body>Plain<img alt='{MARK}'></body></html>".encode,
    "html, comment": f"<html><body>Plain<!-- <p>{MARK} --></body></html>".encode,
    "html, comment that Outlook shows": f"<html>Plain<!--[if mso]><p>{MARK}</p><![endif]--></html>".encode,
    "html, comment in a comment": f"<html>Plain<!-- <!-- {MARK} --></html>".encode,
    "html, file in an address": f"<html><a href='data:text/plain;base64,{PACKED}'>x</a></html>".encode,
    "html, file in an address that tells its charset": (
        f"<html><a href='data:text/plain;charset=utf-8;base64,{PACKED}'>x</a></html>".encode
    ),
    "ics, file whose name has a colon": (
        f'BEGIN:VCALENDAR\r\nATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME="a: b":{PACKED}\r\n'.encode
    ),
    "vcf, picture of version 4": f"BEGIN:VCARD\r\nPHOTO:data:text/plain;base64,{PACKED}\r\nEND:VCARD\r\n".encode,
    "ics, file": (
        f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:{PACKED}\r\nEND:VEVENT\r\n".encode
    ),
    "mailbox of two": lambda: b"\r\n".join(
        b"From a@b.example Mon Oct 12 16:20:00 2026\r\nSubject: x\r\nFrom: a@b.example\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + text + b"\r\n"
        for text in (base64.b64encode(b"Plain"), PACKED.encode())
    ),
    "xls, comment": (FILES / "comment.xls").read_bytes,
    "doc, comment": (FILES / "comment.doc").read_bytes,
    "base64 in a text": lambda: (
        b"Here is the plan:\n\n" + base64.encodebytes(_zip(a=MARK.encode())) + b"\nTom\n"
    ),
    "doc, footer": (FILES / "footer.doc").read_bytes,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_word_is_found(name):
    document = read_document(SAMPLES[name]())
    everything = " ".join(
        [passage.text for passage in document.passages] + [value for _, value in document.properties]
    )
    assert MARK in everything, document
    assert document.complete, document.unread


def test_what_is_too_much_or_made_of_pieces_is_named():
    many = read_document(pdf(lambda opened: chained(opened, 6_000)))
    assert many.unread == "it has more bookmarks than are read"
    pieces = read_document(pdf(lambda opened: filled_xfa(opened, dtd='<!DOCTYPE a [<!ENTITY b "c">]>')))
    assert pieces.unread == "a part of it is put together only where it is shown"


def test_a_text_box_goes_on_over_several_records():
    """A record holds 8,224 octets (MS-XLS 2.1.4); what else goes on is no text."""
    records = (
        (0x01B6, struct.pack("<5x5xHH4x", 9, 16)),  # the number of characters, the octets of their formats
        (0x3C, b"\0" + MARK[:4].encode()),
        (0x3C, b"\1" + MARK[4:].encode("utf-16-le")),
        (0x3C, b"\0formats"),
    )
    stream = b"".join(struct.pack("<HH", kind, len(content)) + content for kind, content in records)
    assert beside_cells(compound({"Workbook": stream})).strip() == MARK


def test_a_paragraph_that_begins_with_from_begins_no_message():
    """What stands in such a line would be nowhere."""
    text = f"From a\r\nFrom: a@b.example\r\nTo: c@d.example\r\n\r\nPlain\r\n\r\nFrom {MARK} on\r\nNote: Plain\r\n"
    assert only_text(text.encode(), MARK)


def only_text(data, *words):
    """Whether words stand in one passage: those of two are not near one another."""
    return any(all(word in each.text for word in words) for each in read_document(data).passages)


def test_all_values_of_a_form_are_one_text():
    """The one field names the child, the next says what is the matter."""
    fields = [
        pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=name, V=value) for name, value in (("a", "Ada"), ("b", MARK))
    ]
    made = pdf(
        lambda opened: setattr(opened.Root, "AcroForm", pikepdf.Dictionary(Fields=pikepdf.Array(fields)))
    )
    assert only_text(made, "Ada", MARK)


def test_cells_stand_under_the_name_of_their_sheet():
    def change(made):
        made.active.title = "Ada"
        made.active["B2"] = MARK

    assert only_text(book(change), "Ada", MARK)


def test_a_text_stands_under_its_page_header():
    def change(document):
        document.sections[0].header.paragraphs[0].text = "Ada"
        document.add_paragraph(MARK)

    assert only_text(word(change), "Ada", MARK)


def test_a_comments_author_is_no_part_of_its_first_word():
    made = book(lambda b: setattr(b.active["A1"], "comment", Comment("Ada again", "N")))
    assert only_text(made, "\nAda again")


def test_pieces_that_are_more_than_their_stream_are_not_put_together():
    """Thousands of them could each stand for all of it; the main text is read all the same."""
    data = bytearray((FILES / "comment.doc").read_bytes())
    with olefile.OleFileIO(io.BytesIO(bytes(data))) as ole:
        header = ole.openstream("WordDocument").read()
        table = ole.openstream("1Table").read()
    start, size = struct.unpack_from("<II", header, 0x01A2)
    plc = table[start + 5 : start + size]
    where = data.find(plc)
    assert where > 0
    data[where + 4 : where + 8] = struct.pack("<I", 1 << 30)
    document = read_document(bytes(data))
    assert not document.complete
    assert document.protection == "readable"
    assert "Plain" in document.passages[0].text


def test_dates_in_a_sheet_read_as_dates():
    document = read_document(book(lambda made: setattr(made.active["A2"], "value", date(2012, 4, 3))))
    assert "03/04/2012" in " ".join(passage.text for passage in document.passages)


def test_a_zip_behind_a_picture_is_opened():
    """Whoever renames it unpacks it, so the picture in front hides nothing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("letter.txt", "hidden behind a picture")
    picture = (
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde\0\0\0\0IEND\xaeB`\x82"
    )
    document = read_document(picture + packed.getvalue())
    assert "hidden behind a picture" in [passage.text for passage in document.passages]


def test_a_text_that_begins_like_a_plotters_commands_is_a_text():
    text = "SPRING TERM REPORT - Mathematics\nPupil: Freya Lindqvist\nPercentages went well."
    found = read_document(text.encode())
    assert (found.media_type, found.complete) == ("text/plain", True)
    assert found.passages[0].text == text
