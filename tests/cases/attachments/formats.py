"""The same text as a file of each format that is read."""

import csv
import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from xml.sax.saxutils import escape

import docx
import openpyxl
import pptx
from reportlab.pdfgen import canvas

from tests.documents.test_protection import saved


def as_docx(text: str) -> bytes:
    """A paragraph for each line; tabs stay."""
    document = docx.Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    return saved(document.save)


def as_pdf(text: str) -> bytes:
    """Lines of at most 90 characters, broken between words as a printer would."""

    def draw(buffer: io.BytesIO) -> None:
        page = canvas.Canvas(buffer)
        run = page.beginText(50, 790)
        for line in text.expandtabs(4).encode("latin-1", "replace").decode("latin-1").splitlines():
            words, shown = line.split(" "), ""
            for word in words:
                if len(shown) + len(word) > 90:
                    run.textLine(shown)
                    shown = ""
                shown += f"{word} "
            run.textLine(shown)
        page.drawText(run)
        page.save()

    return saved(draw)


def as_xlsx(text: str) -> bytes:
    """A row for each line, a cell for each tab or comma of a list."""
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append(
            line.split("\t") if "\t" in line else next(csv.reader([line])) if "," in line else [line]
        )
    return saved(book.save)


def as_pptx(text: str) -> bytes:
    """One slide with a text box."""
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.add_textbox(0, 0, 9_000_000, 6_000_000).text_frame.text = text
    return saved(slides.save)


def as_odt(text: str) -> bytes:
    """OpenDocument with a paragraph for each line."""
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.splitlines())
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        f'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>{paragraphs}</office:body>'
        "</office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'

    def write(buffer: io.BytesIO) -> None:
        with zipfile.ZipFile(buffer, "w") as package:
            package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            package.writestr("content.xml", content)
            package.writestr("META-INF/manifest.xml", manifest)

    return saved(write)


def as_rtf(text: str) -> bytes:
    """Characters beyond ASCII as RTF's own escapes."""
    body = "".join(
        "\\par "
        if char == "\n"
        else f"\\u{ord(char)}?"
        if ord(char) > 126
        else "\\tab "
        if char == "\t"
        else char
        for char in text.replace("\\", "\\\\").replace("{", "\\{").replace("}", "\\}")
    )
    return b"{\\rtf1\\ansi " + body.encode("ascii") + b"}"


def as_html(text: str) -> bytes:
    """A paragraph for each line."""
    return (
        "<html><body>" + "".join(f"<p>{escape(line)}</p>" for line in text.splitlines()) + "</body></html>"
    ).encode()


def as_eml(text: str) -> bytes:
    """The text as the body of a message."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.example", "c@d.example", "papers"
    message.set_content(text)
    return message.as_bytes()


def as_zip(text: str) -> bytes:
    """A Word document in an archive."""

    def write(buffer: io.BytesIO) -> None:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("paper.docx", as_docx(text))

    return saved(write)


FORMATS: dict[str, Callable[[str], bytes]] = {
    "txt": str.encode,
    "txt, UTF-16": lambda text: text.encode("utf-16"),
    "docx": as_docx,
    "pdf": as_pdf,
    "xlsx": as_xlsx,
    "pptx": as_pptx,
    "odt": as_odt,
    "rtf": as_rtf,
    "html": as_html,
    "eml": as_eml,
    "zip with a docx": as_zip,
}
