"""Writes a record as PDF: a heading, facts, and texts under headings. Runs in a thread, fetches nothing."""

import io
import unicodedata
from collections.abc import Container, Sequence
from xml.sax.saxutils import escape

import msgspec

from gateway.console.rendering import shown

_FONTS = {"Vera": "Vera.ttf", "VeraBd": "VeraBd.ttf"}  # come with reportlab; no file of the system is needed


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """*facts* are pairs of name and value, *sections* pairs of heading and text."""

    title: str
    subject: str = ""
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[tuple[str, str]] = ()
    rows: Sequence[tuple[str, ...]] = ()  # of a table whose first row names the columns


def write_pdf(record: Record) -> bytes:
    """The record on pages of A4, each with its number."""
    from reportlab.lib import colors, pagesizes, units
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle
    from reportlab.platypus.flowables import Spacer

    fonts = {name: TTFont(name, file) for name, file in _FONTS.items()}
    for each in fonts.values():
        registerFont(each)
    known = fonts["Vera"].face.charToGlyph
    plain = ParagraphStyle("plain", fontName="Vera", fontSize=10, leading=14)
    small = ParagraphStyle("small", fontName="Vera", fontSize=7, leading=9)
    heading = ParagraphStyle("heading", fontName="VeraBd", fontSize=11, leading=16)
    title = ParagraphStyle("title", fontName="VeraBd", fontSize=16, leading=22)

    def text(words: str, style: ParagraphStyle = plain) -> Paragraph:
        return Paragraph(_safe(words, known), style)

    story: list[object] = [text(record.title, title)]
    if record.subject:
        story.append(text(record.subject))
    lines = TableStyle(
        [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.lightgrey)]
    )
    if record.facts:
        facts = [[text(name), text(value)] for name, value in record.facts]
        story += [Spacer(1, 8), LongTable(facts, colWidths=(130, 330), style=lines)]
    for asked, words in record.sections:
        story += [Spacer(1, 8), text(asked, heading), text(words or "–")]
    if record.rows:
        rows = [[text(each, small) for each in row] for row in record.rows]
        # A row may be longer than a page: then it is parted.
        table = LongTable(rows, colWidths=(35, 95, 95, 75, 160), repeatRows=1, style=lines, splitInRow=1)
        story += [Spacer(1, 8), table]

    def number(canvas: object, document: SimpleDocTemplate) -> None:
        canvas.setFont("Vera", 8)  # type: ignore[attr-defined]
        canvas.drawRightString(  # type: ignore[attr-defined]
            pagesizes.A4[0] - 20 * units.mm, 12 * units.mm, str(document.page)
        )

    out = io.BytesIO()
    document = SimpleDocTemplate(out, pagesize=pagesizes.A4, title=record.title, author="", invariant=1)
    document.build(story, onFirstPage=number, onLaterPages=number)
    return out.getvalue()


def _safe(words: str, known: Container[int]) -> str:
    """Text without markup, in letters that the font has: "Ṣ" as "S", and what has no such form by its number."""
    lines = words.replace("\r\n", "\n").split("\n")
    return "<br/>".join(escape("".join(_letter(char, known) for char in shown(line))) for line in lines)


def _letter(char: str, known: Container[int]) -> str:
    plain = unicodedata.normalize("NFKD", char)[:1]
    return next((each for each in (char, plain) if ord(each) in known), f"[U+{ord(char):04X}]")
