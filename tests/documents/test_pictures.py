"""Text in pictures and scans is read; a picture that nobody read says so, a logo does not."""

import io
from datetime import UTC, datetime

import docx
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from filters.uninspectable import FILTER, Settings
from gateway.documents.formats.picture import tesseract
from gateway.documents.limits import Limits
from gateway.documents.read import read_document
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.register.model import People
from gateway.register.register import Agency, Register

PATIENT = Limits(ocr_seconds=60, ocr_total=60)
NONE_READ = Limits(pictures=0)
with_tesseract = pytest.mark.skipif(tesseract() is None, reason="needs tesseract")


def scan(size=(900, 300)) -> Image.Image:
    page = Image.new("L", size, 255)
    ImageDraw.Draw(page).text((40, 60), "The quillwort grows\nin cold lakes", 0, ImageFont.load_default(60))
    return page


def letter() -> Image.Image:
    """A page with as many words as it takes to see which way up they stand."""
    page = Image.new("L", (900, 600), 255)
    lines = "\n".join(["The quillwort grows in cold lakes, and is seldom seen"] * 6)
    ImageDraw.Draw(page).text((30, 30), lines, 0, ImageFont.load_default(32))
    return page


def saved(write) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def scanned_pdf() -> bytes:
    def write(buffer):
        page = canvas.Canvas(buffer, pagesize=(450, 150))
        page.drawImage(ImageReader(scan()), 0, 0, 450, 150)
        page.save()

    return saved(write)


def pasted() -> bytes:
    document = docx.Document()
    document.add_paragraph("See the page below.")
    document.add_picture(io.BytesIO(saved(lambda buffer: scan().save(buffer, "PNG"))))
    return saved(document.save)


SCANS = {
    "lying on its side": lambda: saved(lambda buffer: letter().rotate(90, expand=True).save(buffer, "PNG")),
    "PNG": lambda: saved(lambda buffer: scan().save(buffer, "PNG")),
    "JPEG": lambda: saved(lambda buffer: scan().save(buffer, "JPEG")),
    "TIFF of two pages": lambda: saved(
        lambda buffer: Image.new("L", (900, 300), 255).save(
            buffer, "TIFF", save_all=True, append_images=[scan()]
        )
    ),
    "PDF": scanned_pdf,
    "in a Word document": pasted,
}


@with_tesseract
@pytest.mark.parametrize("name", SCANS)
def test_a_scan_is_read_like_a_text(name):
    document = read_document(SCANS[name](), PATIENT)
    assert "quillwort" in " ".join(passage.text for passage in document.passages)
    assert document.unseen == 0


@pytest.mark.parametrize("name", SCANS)
def test_a_scan_that_nobody_read_is_counted(name):
    document = read_document(SCANS[name](), NONE_READ)
    assert document.unseen
    assert document.why_unseen


def test_a_logo_is_nothing_that_somebody_should_have_read():
    logo = saved(lambda buffer: scan((600, 200)).save(buffer, "PNG"))
    assert read_document(logo, NONE_READ).unseen == 0


def test_a_broken_picture_counts_as_not_read():
    assert read_document(SCANS["PNG"]()[:900], PATIENT).unseen


def message(head: str) -> Message:
    raw = (
        "From: tom@agency.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\n\r\nHello\r\n--b\r\nContent-Type: image/png; name=page.png\r\n{head}\r\nX\r\n--b--\r\n"
    ).encode()
    to = (Recipient("ana@family.example"),)
    envelope = Envelope(
        mail_from="tom@agency.example", recipients=to, received_at=datetime(2026, 10, 12, tzinfo=UTC)
    )
    parsed = Message.parse(raw, envelope)
    return parsed.with_facts(Facts(documents={"2": read_document(SCANS["PNG"](), NONE_READ)}))


@pytest.mark.parametrize(
    ("head", "settings", "kinds"),
    [
        ("Content-Disposition: attachment\r\n", Settings(), ["picture"]),
        ("Content-Disposition: attachment\r\nContent-ID: <a@b>\r\n", Settings(), ["picture"]),
        ("Content-Disposition: inline\r\n", Settings(), ["picture"]),
        ("Content-Disposition: inline\r\nContent-ID: <a@b>\r\n", Settings(), []),
        ("Content-Disposition: inline\r\nContent-ID: <a@b>\r\n", Settings(inline_pictures=True), ["picture"]),
    ],
)
def test_an_attached_picture_that_nobody_read_is_a_kind_of_its_own(head, settings, kinds):
    register = Register(People(), Agency(domains=("agency.example",)))
    found = FILTER.inspect(message(head), register, settings)
    assert [finding.kind for finding in found] == kinds


def paged(*, over: bool, share: float) -> bytes:
    """A page with more than 400 characters, and a scan on *share* of its height; the text *over* it or beside."""

    def write(buffer):
        page = canvas.Canvas(buffer, pagesize=(600, 800))
        page.drawImage(ImageReader(scan((900, 900))), 0, 0, 600, 800 * share)
        page.setFont("Helvetica", 6)
        for line in range(9):
            page.drawString(
                20,
                (300 if over else 790) - 7 * line,
                f"{line} the lesson went well, and we read two pages more " * 2,
            )
        page.save()

    return saved(write)


@with_tesseract
@pytest.mark.parametrize(
    ("over", "share", "is_read"), [(False, 0.9, True), (True, 0.9, False), (False, 0.3, False)]
)
def test_a_scan_pasted_into_a_page_of_text_is_read_unless_the_text_lies_on_it(over, share, is_read):
    document = read_document(paged(over=over, share=share), PATIENT)
    assert document.complete
    assert ("quillwort" in " ".join(passage.text for passage in document.passages)) is is_read
