"""
PDF: pages, annotations, form values, metadata, attached files (ISO 32000-2).

Protected means that nobody opens it without a password: an owner's password
alone restricts printing and copying, and every program shows the text.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
from lxml import etree
from PIL import Image

from gateway.documents.formats.ooxml import refuse_dtd
from gateway.documents.formats.pdf_lock import (
    HEX,
    breaks_off_in_the_dark,
    find_lock,
    is_settled,
    lock_alone,
    locked,
)
from gateway.documents.formats.picture import read_image
from gateway.documents.formats.text import html_text, salvage
from gateway.documents.place import Place
from gateway.mail.public import public


def read_pdf(data: bytes, at: Place) -> None:
    """Read it; what the one library cannot open is shown by the other, or salvaged from the bytes."""
    if breaks_off_in_the_dark(data):
        at.leaf("unknown", "a part of a PDF that does not show whether it was locked")
        at.unread(public("it is a broken PDF"))
        return
    if at.settles and b"/Encrypt" not in data and not HEX.search(data):
        at.leaf("readable", "a PDF without a password")
    if at.settles and is_settled(lock_alone(data), data, at):
        return
    try:
        pdf = pikepdf.open(BytesIO(data))
    except pikepdf.PasswordError:
        locked(find_lock(data), data, at)
        return
    except pikepdf.PdfError:
        lock = find_lock(data)
        if lock.get("/Filter", "/Standard") != "/Standard":
            locked(lock, data, at)
        else:
            _broken(data, at)
        return
    with pdf:
        if pdf.is_encrypted:
            at.leaf("readable", "a PDF with an owner password only: it opens without one")
        else:
            at.leaf("readable", "a PDF without a password")
        _pages(data, at)
        _rest(pdf, at)


def _pages(data: bytes, at: Place) -> None:
    document = pypdfium2.PdfDocument(data)
    # Names of streams are never packed or encrypted, so a file without this one has no picture but tiny ones.
    has_pictures = _PICTURE.search(data) is not None
    try:
        for number, page in enumerate(document, 1):
            words = page.get_textpage()
            text = words.get_text_range()
            at.text(f"page {number}", text)
            if (
                _is_picture(page, len(text.strip()))
                if len(text) < _FEW
                else has_pictures and _has_scan(page, words)
            ):
                read_image(_drawn(page), at, f"page {number}, as a picture")
            page.close()
            if at.findings.late:
                at.unread(public("it takes too long to read"))
                return
    finally:
        document.close()


_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
_IMAGE = 3  # FPDF_PAGEOBJ_IMAGE (fpdf_edit.h)
_FEW = 400  # characters; a page with more says what it is about
_NONE = 40  # a page number, the name of the scanner
_COVERED = 0.25  # of a page; a smaller picture illustrates
_MOST = 0.5  # of a page with text; a smaller picture illustrates it
_DRAWN = 2_000  # pixels of the longer side


def _is_picture(page: Any, characters: int) -> bool:
    """Whether a page with few words may show more: it is a scan, or its words are drawn as curves."""
    area = page.get_width() * page.get_height()
    for count, thing in enumerate(page.get_objects(max_depth=3)):
        if characters < _NONE and count > _NONE:
            return True
        if thing.type == _IMAGE:
            left, bottom, right, top = thing.get_bounds()
            if (right - left) * (top - bottom) > area * _COVERED:
                return True
    return False


def _has_scan(page: Any, words: Any) -> bool:
    """Whether most of a page with text is a picture that the text does not lie on, as a scan pasted into it."""
    area = page.get_width() * page.get_height()
    for thing in page.get_objects(filter=[_IMAGE], max_depth=3):
        left, bottom, right, top = thing.get_bounds()
        if (right - left) * (top - bottom) > area * _MOST:
            return len(words.get_text_bounded(left, bottom, right, top)) < _FEW
    return False


def _drawn(page: Any) -> Image.Image:
    scale = _DRAWN / max(page.get_width(), page.get_height(), 1)
    picture: Image.Image = page.render(scale=scale, grayscale=True).to_pil()
    return picture


def _rest(pdf: Any, at: Place) -> None:
    """What page text leaves out: notes, form values, metadata, attached files."""
    for number, page in enumerate(pdf.pages, 1):
        said = (_said(note) for note in _array(page.get("/Annots")))
        at.text(f"note on page {number}", "\n".join(filter(None, said)))
        for note in _array(page.get("/Annots")):
            _enclosed(note.get("/FS"), "a file pinned to a page", at)
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        # One text of all its fields: whom one names is whom the next is about.
        at.text(
            "form", "\n".join(f"{field}: {value}" for field, value in _fields(form.get("/Fields"), "", 0))
        )
        at.text("form", _xfa(form.get("/XFA"), at))
    at.text("bookmarks", "\n".join(_titles(pdf.Root.get("/Outlines"), at)))
    for key, value in (pdf.docinfo or {}).items():
        at.note(str(key).lstrip("/"), _string(value))
    _labels(pdf, at)
    for name, spec in list(pdf.attachments.items()):
        _enclosed(spec.obj, name, at)


def _said(note: Any) -> str:
    """What a note says: plain, or as rich text alone (12.5.6.2, 12.7.3.4)."""
    return _string(note.get("/Contents")) or html_text(_string(note.get("/RC")))


def _enclosed(file: Any, name: str, at: Place) -> None:
    """A file that is attached or pinned to a page, in each of its forms: which is shown depends on the system (7.11.4)."""
    held = file.get("/EF") if isinstance(file, pikepdf.Dictionary) else None
    forms = held.values() if isinstance(held, pikepdf.Dictionary) else ()
    for content in {each.objgen: each for each in forms if isinstance(each, pikepdf.Stream)}.values():
        at.open(name, content.read_bytes())


def _xfa(packets: Any, at: Place) -> str:
    """What stands in a form of Adobe's older kind, whose values no field has (XFA 3.3, part 1, chapter 3)."""
    parts: list[tuple[str, Any]] = [("datasets", packets)]
    if isinstance(packets, pikepdf.Array):
        names = list(packets)
        parts = [(_string(names[place]), names[place + 1]) for place in range(0, len(names) - 1, 2)]
    found: list[str] = []
    for name, part in parts:
        if not isinstance(part, pikepdf.Stream):
            continue
        content = part.read_bytes()
        at.may_take(content.count(b"<"))
        root = etree.fromstring(content, _PARSER)
        if root is None:  # the last one is an end tag alone
            continue
        refuse_dtd(root, at)
        if name in ("datasets", "template"):
            found += [text for said in root.itertext() if (text := str(said).strip())]
    return "\n".join(found)


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
_MOST_TITLES = 5_000


def _titles(outline: Any, at: Place) -> Iterator[str]:
    """Of all bookmarks; a chain that bites its tail ends at the limit."""
    waiting = _after(outline, "/First") if isinstance(outline, pikepdf.Dictionary) else []
    for _ in range(_MOST_TITLES):
        if not waiting:
            return
        each = waiting.pop()
        waiting += _after(each, "/Next", "/First")
        yield _string(each.get("/Title"))
    if waiting:
        at.unread(public("it has more bookmarks than are read"))


def _after(bookmark: Any, *names: str) -> list[Any]:
    return [each for name in names if isinstance(each := bookmark.get(name), pikepdf.Dictionary)]


def _labels(pdf: Any, at: Place) -> None:
    """The sensitivity labels that Office writes into XMP; the rest of XMP repeats what is known."""
    metadata = pdf.Root.get("/Metadata")
    if isinstance(metadata, pikepdf.Stream) and b"MSIP_Label" in metadata.read_bytes():
        for key, value in pdf.open_metadata(strict=False).items():
            at.note(key.rpartition("}")[2].rpartition(":")[2], str(value))


def _array(value: Any) -> Iterator[Any]:
    if isinstance(value, pikepdf.Array):
        yield from (each for each in value if isinstance(each, pikepdf.Dictionary))


def _string(value: Any) -> str:
    return str(value) if isinstance(value, pikepdf.String | str) else ""


def _fields(fields: Any, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    """Name and value of every form field, nested ones included."""
    if depth > 20:
        return
    for field in _array(fields):
        name = ".".join(filter(None, (prefix, _string(field.get("/T")))))
        value = field.get("/V")
        if isinstance(value, pikepdf.String):
            yield name, str(value)
        elif isinstance(value, pikepdf.Name) and str(value) != "/Off":
            yield name, str(value).lstrip("/")
        yield from _fields(field.get("/Kids"), name, depth + 1)


_STREAM = re.compile(rb"\bstream\r?\n")


def _broken(data: bytes, at: Place) -> None:
    """Neither locked nor whole: whatever stands in it in the clear is read all the same."""
    at.leaf("readable", "a broken PDF")
    try:
        _pages(data, at)
    except pypdfium2.PdfiumError:
        salvage(data, at)
        if _STREAM.search(data):
            at.unread(public("it is a broken PDF"))
