"""
Office Open XML: every part that holds words, not only the body (ECMA-376).

Headers, comments, deleted text and notes travel with the file whatever its
author sees, so all of them are read.
"""

import re
import zipfile
from io import BytesIO

from lxml import etree

from gateway.documents.formats.sheets import read_cells
from gateway.documents.formats.zipped import entries, members, read_around
from gateway.documents.kind import DOCX, PPTX, XLSX, kind_of
from gateway.documents.place import Place, TooMuch
from gateway.mail.public import public

# Ends a line when it closes: paragraphs, rows, breaks, shapes' paragraphs.
_LINE = {
    "p",
    "tr",
    "br",
    "cr",
    "row",
    "si",
    "comment",
    "text",
    "author",
    "oddHeader",
    "oddFooter",
    "definedName",
}
_CELL = {"tc", "c", "tab", "cell"}
_TEXT = {"t", "delText", "instrText", "v", "f", "oddHeader", "oddFooter", "definedName", "author", "title"}
# What is said in attributes: of pictures for those who cannot see them, hints beside cells,
# and the rows that a pivot table keeps of a sheet which is no longer there.
_SAID = {
    "docPr": ("title", "descr"),
    "cNvPr": ("title", "descr"),
    "hyperlink": ("tooltip",),
    "dataValidation": ("promptTitle", "prompt", "errorTitle", "error"),
    "s": ("v",),
    "d": ("v",),
}
_PLACES = (
    (re.compile(r"word/document\.xml"), ""),
    (re.compile(r"word/(header|footer)\d*\.xml"), "header or footer"),
    (re.compile(r"word/(comments\w*|people)\.xml"), "comment"),
    (re.compile(r"word/(footnotes|endnotes)\.xml"), "note"),
    (re.compile(r"(?:word|ppt|xl)/(charts|diagrams|drawings|glossary)/.*\.xml"), "drawing"),
    (re.compile(r"ppt/slides/slide(\d+)\.xml"), "slide {}"),
    (re.compile(r"ppt/notesSlides/notesSlide(\d+)\.xml"), "notes to slide {}"),
    (re.compile(r"ppt/(comments|modernComments).*\.xml"), "comment"),
    (re.compile(r"ppt/(slideMasters|slideLayouts|notesMasters|handoutMasters)/.*\.xml"), "master"),
    (re.compile(r"xl/sharedStrings\.xml"), "cells"),
    (re.compile(r"xl/worksheets/sheet(\d+)\.xml"), "sheet {}"),
    (re.compile(r"xl/(comments|threadedComments).*\.xml"), "comment"),
    (re.compile(r"xl/pivotCache/pivotCache(Definition|Records)\d*\.xml"), "pivot table"),
    (re.compile(r"xl/externalLinks/externalLink\d+\.xml"), "cells of another workbook"),
    (re.compile(r"xl/workbook\.xml"), "workbook"),
    (re.compile(r"customXml/item\d+\.xml"), "custom data"),
)
_PROPERTIES = re.compile(r"docProps/(core|app|custom)\.xml|docMetadata/LabelInfo\.xml")
# What somebody put into the package beside the document: any program for zips shows it.
_STRAY = {
    "application/pdf", "application/zip", "application/encrypted", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint", "application/vnd.ms-outlook", "application/gzip", "application/x-rar",
    "application/x-7z-compressed", "message/rfc822", "text/plain", "text/csv", "text/html", "text/rtf", DOCX, PPTX, XLSX,
}  # fmt: skip
# By the names that every program gives it, and any that ends like them.
_MAIN = re.compile(r"(.*/)?(document\d*|workbook|presentation)\.(xml|bin)")
_EMBEDDED = re.compile(r"(?:word|ppt|xl)/(embeddings|media)/")


def read_ooxml(data: bytes, at: Place) -> None:
    """A document, workbook or presentation that is not encrypted, with what is embedded in it."""
    at.leaf("readable", "an Office document without a password")
    is_sparse, cells = False, 0
    before = len(at.findings.passages)
    at.may_hold(entries(data))
    with zipfile.ZipFile(BytesIO(data)) as package:
        for name, content in members(package, at):
            if _PROPERTIES.fullmatch(name):
                _properties(content, at)
            elif _EMBEDDED.match(name):
                at.open(name, content)
            elif name.endswith(".xml"):
                is_sheet = name.startswith("xl/worksheets/")
                cells += content.count(b"<c ") if is_sheet else 0
                if cells > at.findings.limits.cells:
                    raise TooMuch(public("it has more than {limit} cells", limit=at.findings.limits.cells))
                _part(name, content, at)
                is_sparse |= is_sheet and _span(content) > _CELLS
            elif not name.endswith((".rels", ".bin")) and kind_of(content) in _STRAY:
                at.open(name, content)
        _under_its_head(at, before)
        read_around(data, package, at)
        if not any(_MAIN.fullmatch(name) for name in package.namelist()):
            at.unread(public("its main part is missing"))
        is_workbook = any(name.startswith("xl/workbook.") for name in package.namelist())
    if is_workbook and not is_sparse:  # a document with an embedded workbook is none
        read_cells(data, at)


_CELLS = 4_000_000  # which the reader of cells keeps all, empty ones too
_CELL_NAME = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')


def _span(content: bytes) -> int:
    """How many cells the smallest rectangle has that holds all cells of a sheet; its words are read anyhow."""
    named = _CELL_NAME.findall(content)
    column = max((name for name, _ in named), key=lambda name: (len(name), name), default=b"")
    width = 0
    for letter in column:
        width = width * 26 + letter - 64
    return width * max((int(row) for _, row in named), default=0)


def _part(name: str, content: bytes, at: Place) -> None:
    for pattern, place in _PLACES:
        match = pattern.fullmatch(name)
        if match:
            at.text(place.format(*match.groups()), xml_text(content, at))
            return


_HEAD, _BODY = 300, 1_200  # characters


def _under_its_head(at: Place, before: int) -> None:
    """The beginning of a document under its page header, as on paper: whom that names is whom the text is about."""
    own = at.findings.passages[before:]
    heads = [each for each in own if each.where.endswith("header or footer") and len(each.text) <= _HEAD]
    body = next((each for each in own if each.where == at.name), None)
    if heads and body:
        at.text(
            "header and text", "\n".join((*dict.fromkeys(each.text for each in heads), body.text[:_BODY]))
        )


def xml_text(content: bytes, at: Place) -> str:
    """The words of one part, a line for each paragraph and a tab between cells."""
    at.may_take(content.count(b"<"))
    pieces: list[str] = []
    parts = etree.iterparse(
        BytesIO(content), events=("end",), resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for _, element in parts:
            tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if tag in _TEXT and element.text:
                pieces.append(element.text)
            pieces += (f"\n{said}\n" for name in _SAID.get(tag, ()) if (said := element.get(name)))
            if tag in _LINE:
                pieces.append("\n")
            elif tag in _CELL:
                pieces.append("\t")
            if tag in _LINE:
                element.clear()
        refuse_dtd(parts.root, at)
    except etree.XMLSyntaxError:
        at.unread(public("a part of it is broken"))
    return re.sub(r"\n{3,}", "\n\n", "".join(pieces))


def refuse_dtd(root: etree._Element, at: Place) -> None:
    """
    Note XML that may name pieces of text, or files, to be put in where it is shown: nobody here has seen it whole.

    No office program writes a DTD, and packages must not hold one (ECMA-376-2, M1.17).
    """
    if root.getroottree().docinfo.internalDTD is not None:
        at.unread(public("a part of it is put together only where it is shown"))


def _properties(content: bytes, at: Place) -> None:
    """Title, subject, keywords, and the names that sensitivity labels go by."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = element.get("name") or etree.QName(element).localname
        if element.text and element.text.strip():
            parent = element.getparent()
            outer = parent.get("name") if parent is not None else None
            at.note(outer or name, element.text)
        if etree.QName(element).localname == "label" and _is_on(element):
            label = element.get("id", "").strip("{}").lower()
            at.note(f"MSIP_Label_{label}_Id", label)


def _is_on(label: etree._Element) -> bool:
    """Whether a label of docMetadata/LabelInfo.xml is in force (MS-OFFCRYPTO 2.6.4.4)."""
    return label.get("enabled", "1") in ("1", "true") and label.get("removed", "0") in ("0", "false")
