"""OpenDocument: text, sheets and slides (OASIS OpenDocument 1.3)."""

import re
import zipfile
from io import BytesIO

from lxml import etree

from gateway.documents.formats.archive import members
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

_LINE = {"p", "h", "table-row", "line-break", "title", "subject", "keyword", "description", "user-defined"}
_CELL = {"table-cell", "tab", "s"}
_PARTS = re.compile(r"(Object [^/]+/)?(content|styles)\.xml")
_PICTURES = re.compile(r"Pictures/.*|Object [^/]+/Pictures/.*")


def read_odf(data: bytes, at: Place) -> None:
    """Protected is what the manifest calls encrypted; the zip's own flags say nothing here."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        manifest = package.read("META-INF/manifest.xml") if package.getinfo("META-INF/manifest.xml") else b""
        if b"encryption-data" in manifest and not _in_the_clear(package):
            grade: Grade = "weak" if re.search(rb"[Bb]lowfish", manifest) else "strong"
            at.leaf("protected", "an OpenDocument file that opens with a password only", grade)
            return
        at.leaf("readable", "an OpenDocument file without a password")
        for name, content in members(package, at):
            if _PARTS.fullmatch(name):
                where = "" if name.endswith("content.xml") else "header or footer"
                at.text(where, _text(content, at))
            elif name == "meta.xml":
                _properties(content, at)
            elif _PICTURES.fullmatch(name) or name.startswith("ObjectReplacements/"):
                at.open(name, content)


def _in_the_clear(package: zipfile.ZipFile) -> bool:
    """Whether the manifest only says so: content that is encrypted does not begin like XML."""
    if "content.xml" not in package.namelist():
        return False
    with package.open("content.xml") as stream:
        return stream.read(100).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _text(content: bytes, at: Place) -> str:
    """All character data; a line for each paragraph or row, a tab for each cell."""
    pieces: list[str] = []
    try:
        for event, element in etree.iterparse(
            BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True
        ):
            if not isinstance(element.tag, str):
                continue
            tag = etree.QName(element).localname
            if event == "start":
                continue
            if (element.text and len(element) == 0) or element.text:
                pieces.append(element.text)
            if tag in _LINE:
                pieces.append("\n")
            elif tag in _CELL:
                pieces.append("\t" if tag != "s" else " ")
            if element.tail:
                pieces.append(element.tail)
    except etree.XMLSyntaxError:
        at.unread(public("a part of it is broken"))
    return "".join(pieces)


def _properties(content: bytes, at: Place) -> None:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in root.iter():
        if isinstance(element.tag, str) and element.text:
            at.note(etree.QName(element).localname, element.text)
