"""OpenDocument: text, sheets and slides (OASIS OpenDocument 1.3)."""

import re
import zipfile
from io import BytesIO

from lxml import etree

from gateway.documents.formats.ooxml import refuse_dtd
from gateway.documents.formats.zipped import entries, members, read_around
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)
_LINES = ("p", "h", "table-row", "line-break", "title", "subject", "keyword", "description", "user-defined")
_BREAKS = {
    **dict.fromkeys(_LINES, "\n"),
    "table-cell": "\t",
    "tab": "\t",
    "s": " ",
}  # what an element ends with
_PARTS = re.compile(r"(Object [^/]+/)?(content|styles)\.xml")
_PICTURES = re.compile(r"Pictures/.*|Object [^/]+/Pictures/.*")


_MANIFEST = "META-INF/manifest.xml"
_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
# What programs leave as it is in an encrypted package, and what holds nothing of the document (part 2, 3.4).
_OUTSIDE = re.compile(r"mimetype|manifest\.rdf|(META-INF|Thumbnails|Configurations2)/.*")


def read_odf(data: bytes, at: Place) -> None:
    """Protected is what the manifest calls encrypted; the zip's own flags say nothing here."""
    at.may_hold(entries(data))
    with zipfile.ZipFile(BytesIO(data)) as package:
        read_around(data, package, at)
        locked = _locked(package)
        if locked:
            grade: Grade = "strong" if all("aes" in cipher for cipher in locked.values()) else "weak"
            at.leaf("protected", "an OpenDocument file that opens with a password only", grade)
        else:
            at.leaf("readable", "an OpenDocument file without a password")
        for name, content in members(package, at):
            if locked and (name in locked or _OUTSIDE.fullmatch(name) or not content):
                continue
            if locked:
                at.leaf("readable", "a part of an encrypted OpenDocument file that is not encrypted")
            if _PARTS.fullmatch(name):
                where = "" if name.endswith("content.xml") else "header or footer"
                at.text(where, _text(content, at))
            elif name == "meta.xml":
                _properties(content, at)
            elif _PICTURES.fullmatch(name) or name.startswith("ObjectReplacements/"):
                at.open(name, content)


def _locked(package: zipfile.ZipFile) -> dict[str, str]:
    """The parts that are encrypted, and their ciphers' names in small letters."""
    if _MANIFEST not in package.namelist():
        return {}
    root = etree.fromstring(package.read(_MANIFEST), _PARSER)
    said = {
        entry.get(f"{_SPACE}full-path", ""): " ".join(
            each.get(f"{_SPACE}algorithm-name", "") for each in entry.iter(f"{_SPACE}algorithm")
        ).lower()
        for entry in root.iter(f"{_SPACE}file-entry")
        if entry.find(f"{_SPACE}encryption-data") is not None
    }
    return {name: cipher for name, cipher in said.items() if not _in_the_clear(package, name)}


def _in_the_clear(package: zipfile.ZipFile, name: str) -> bool:
    """Whether the manifest only says so: content that is encrypted does not begin like XML."""
    if name not in package.namelist() or not name.endswith(".xml"):
        return False
    with package.open(name) as stream:
        return stream.read(100).lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<?xml", b"<office:"))


def _text(content: bytes, at: Place) -> str:
    """All character data in its order; a line for each paragraph or row, a tab for each cell."""
    at.may_take(content.count(b"<"))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(content, parser)
    if parser.error_log:
        at.unread(public("a part of it is broken"))
    if root is None:
        return ""
    refuse_dtd(root, at)
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            pieces.append(element.text or "")
            continue
        if event == "end":
            pieces.append(_BREAKS.get(etree.QName(element).localname, ""))
        pieces.append(element.tail or "")
    return "".join(pieces)


_USER_DEFINED = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}name"


def _properties(content: bytes, at: Place) -> None:
    root = etree.fromstring(content, _PARSER)
    for element in root.iter():
        if isinstance(element.tag, str) and element.text:
            at.note(element.get(_USER_DEFINED) or etree.QName(element).localname, element.text)
