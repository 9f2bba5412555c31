"""Text in every form that is text already: plain, HTML, RTF, calendars, cards."""

import base64
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes
from selectolax.lexbor import LexborHTMLParser
from striprtf.striprtf import rtf_to_text

from gateway.documents.place import Place
from gateway.mail.html import parsed
from gateway.mail.public import public
from gateway.mail.transfer import UUENCODED, holds_encoded_file, says_more, uudecode

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode(data: bytes) -> str:
    """The text of bytes without a label: by mark, as UTF-8, as UTF-16, else as it looks. Never raises."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace")
    sample = data[:4000]
    if b"\x00" in sample:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        return data.decode("utf-16-be" if even > odd else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(data[:20_000]).best()
        return data.decode(best.encoding if best else "cp1252", "replace")


def read_text(data: bytes, at: Place) -> None:
    """Plain text of any charset, and files that stand in it in the way of uuencode."""
    outside = data
    if holds_encoded_file(data):
        for found in UUENCODED.finditer(data):
            at.open(decode(found[1]), uudecode(found[2]))
        outside = UUENCODED.sub(lambda found: found[2] if says_more(found[2]) else b"", data)
        if holds_encoded_file(outside):
            at.unread(public("a file stands in its text in a form that cannot be read here"))
    if outside is data or outside.strip():
        at.leaf("readable", "text")
        shown = decode(outside)
        at.text("", shown)
        open_encoded(outside, at)
        if _XML.match(shown) and _PIECES.search(shown):
            at.unread(public("its text is put together only where it is shown"))


_XML = re.compile(r"\s*<(?:\?xml|!DOCTYPE|svg)\b")
# An entity that names others, or a file (XML 1.0, 4.2); one that is a plain text stands there to be read.
_PIECES = re.compile(r"""<!ENTITY\s[^<>"']*(?:\b(?:SYSTEM|PUBLIC)\b|"[^"]*&|'[^']*&)""")


# Files of known kinds in base64, by their first characters: zip, PDF, OLE, PNG, JPEG, gzip, rar, 7z, GIF, RTF.
_ENCODED = re.compile(
    rb"(?<![A-Za-z0-9+/])(?:UEsDB|JVBERi|0M8R4K|iVBORw0K|/9j/|H4sI|UmFyI|N3q8|R0lGOD|e1xydG)[A-Za-z0-9+/]{24,}+"
    rb"(?:\r?\n[A-Za-z0-9+/]{4,}+(?=[=\r\n\"'<]|\Z))*+"
)


def open_encoded(data: bytes, at: Place) -> None:
    """Open files that stand in a text in base64: pasted mail, a drawing's picture, data of other programs."""
    if at.settles:
        return
    for found in _ENCODED.finditer(data):
        signs = b"".join(found[0].split())
        if len(signs) % 4 == 1:
            signs = signs[:-1]
        at.open("a file in base64", base64.b64decode(signs + b"=" * (-len(signs) % 4)))


def read_base64(data: bytes, at: Place) -> None:
    """Text that is a file in another dress (RFC 4648, 4)."""
    at.open("contents", base64.b64decode(data))


def read_html(data: bytes, at: Place) -> None:
    """The text of a page, comments and hidden parts included, scripts and styles left out."""
    at.leaf("readable", "a web page")
    source = decode(data)
    tree = parsed(_BLOCK.sub(r"\g<0>\n", source))
    text = _words(tree)
    beside = [
        value
        for node in tree.css("[alt], [title], [value]")
        for name in _BESIDE
        if (value := node.attributes.get(name))
    ]
    beside += [html_text(each) for each in _comments(tree.html or "")]
    at.text("", "\n".join([text, *beside]))
    for packed in _DATA_URI.findall(source):
        at.open("a picture in it", base64.b64decode(packed + "=="))


# What a page shows in place of a picture, on a touch of the mouse, or filled in.
_BESIDE = ("alt", "title", "value")
_DATA_URI = re.compile(
    r"data:[\w.+-]{1,40}/[\w.+-]{1,80}(?:;[\w.+=-]{1,60}){0,5};base64,([A-Za-z0-9+/]{100,})"
)
_BLOCK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)


def _comments(page: str) -> Iterator[str]:
    """What stands in the comments, as HTML; Outlook shows those that begin "[if mso"."""
    start = page.find("<!--")
    while start >= 0 and (end := page.find("-->", start + 4)) >= 0:
        if said := page[start + 4 : end].strip():
            yield said.replace("<!--", " ")  # the beginning of another ends nothing
        start = page.find("<!--", end)


def html_text(source: str) -> str:
    """The text of HTML, a line for each block: what stands alone on a line says what a paper is."""
    return _words(parsed(_BLOCK.sub(r"\g<0>\n", source)))


def _words(tree: LexborHTMLParser) -> str:
    for node in tree.css("script, style"):
        node.decompose()
    root = tree.root
    return root.text(separator=" ") if root else ""


def read_rtf(data: bytes, at: Place) -> None:
    """Rich text; its bytes name their own charset. Pictures and objects stand in it as hexadecimal digits."""
    at.leaf("readable", "rich text")
    source = _ASIDE.sub(rb"{\\par ", data)
    at.text("", rtf_to_text(source.decode("latin-1"), errors="ignore"))
    for digits in _DIGITS.findall(data):
        content = bytes.fromhex(digits.translate(None, b" \t\r\n")[: len(digits) // 2 * 2].decode("ascii"))
        start = min((place for kind in _KNOWN if (place := content[:4_000].find(kind)) >= 0), default=-1)
        if start >= 0:
            at.open("an object or a picture", content[start:])


# What the library takes for no text: headers, footers, footnotes, comments, text boxes, the title and subject.
_ASIDE = re.compile(
    rb"\{\s*(?:\\\*\s*)?\\(?:header[lrf]?|footer[lrf]?|footnote|annotation|shptxt|dptxbxtext|shp|shpinst|shprslt"
    rb"|info|title|subject|keywords|doccomm|ffdeftext)(?![a-z])"
)
_DIGITS = re.compile(rb"[0-9A-Fa-f][0-9A-Fa-f \t\r\n]{500,}+")
_KNOWN = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x89PNG\r\n", b"\xff\xd8\xff", b"PK\x03\x04", b"%PDF-")

# A file or a picture in a calendar or a card (RFC 5545, 3.8.1.1; RFC 2426, 3.1.4); colons in quotation marks end no name.
_INLINE = re.compile(
    r"(?<=;)(?:VALUE=BINARY;)?ENCODING=B(?:ASE64)?\b"
    r"""[^":\r\n]{0,100}+(?:"[^"\r\n]{0,200}"[^":\r\n]{0,100}+){0,5}+:([A-Za-z0-9+/]{16,})=*""",
    re.IGNORECASE,
)
_FOLD = re.compile(r"\r?\n[ \t]")


def read_folded(data: bytes, at: Place) -> None:
    """Calendars and cards: long lines are folded, in the middle of words too (RFC 5545, 3.1; RFC 6350, 3.2)."""
    at.leaf("readable", "a calendar or a card")
    text = _FOLD.sub("", decode(data))
    for packed in _INLINE.findall(text):
        at.open("a file in it", base64.b64decode(packed + "=="))
    text = _INLINE.sub("", text)
    text = text.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";")
    for packed in _DATA_URI.findall(text):  # RFC 6350, 6.2.4
        at.open("a file in it", base64.b64decode(packed + "=="))
    at.text("", _DATA_URI.sub("", text))


_RUN = re.compile(rb"[\t\r\n\x20-\x7e\x80-\xff]{6,}")
_WIDE_RUN = re.compile(rb"(?:[\t\r\n\x20-\x7e]\x00){6,}")


_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ,."


def _is_said(run: bytes) -> bool:
    """Whether a run may be words: in packed or encrypted bytes, signs of every kind come as often as letters."""
    return len(run.translate(None, _LETTERS)) * 10 <= len(run) * 3


_WORDS = re.compile(rb"[\t\r\n\x20-\x7e]{32,}|(?:[\t\r\n\x20-\x7e]\x00){20,}")


def has_words(data: bytes) -> bool:
    """Whether a run of words stands in it; in encrypted bytes there is never one by chance."""
    return any(len(found[0].split()) > 2 for found in _WORDS.finditer(data))


def salvage(data: bytes, at: Place) -> None:
    """Whatever reads like text in bytes that nothing else can read."""
    if not at.settles:
        at.text("", salvaged(data))


def salvaged(data: bytes) -> str:
    """The same as a text."""
    runs = [run.decode("cp1252", "replace") for run in _RUN.findall(data) if _is_said(run)]
    wide = [run.decode("utf-16-le", "replace") for run in _WIDE_RUN.findall(data)]
    return "\n".join(runs + wide)
