"""The lock of a PDF: whether anybody opens it without a password, and how strong it is (ISO 32000-2, 7.6)."""

import re
import zlib
from io import BytesIO
from itertools import islice, pairwise
from typing import Any

import pikepdf
import pypdf

from gateway.documents.formats.text import has_words, salvage
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

# A PDF that is encrypted says so in a dictionary that is not (7.6.1); names may be written in hex.
HEX = re.compile(rb"/[A-Za-z]*#[0-9A-Fa-f]{2}")


def is_settled(lock: bytes | None, data: bytes, at: Place) -> bool:
    """Whether a lock that was found by itself is one, and says what state the PDF is in."""
    if lock is None:
        return False
    try:
        with pikepdf.open(BytesIO(lock)) as opened:
            if opened.is_encrypted:
                at.leaf("readable", "a PDF with an owner password only: it opens without one")
            return False
    except pikepdf.PasswordError:
        locked(find_lock(lock), data, at)
        return True
    except pikepdf.PdfError:
        return False


_REFERENCE = re.compile(rb"/Encrypt\s+(\d+) (\d+) R")
_ID = re.compile(rb"/ID\s*(\[\s*<[0-9A-Fa-f]*>\s*<[0-9A-Fa-f]*>\s*\])")


def lock_alone(data: bytes) -> bytes | None:
    """
    A PDF of nothing but the same lock, since to find it in all of a large one takes long.

    None where the dictionary or the identity that goes into its key is not written as usual.
    """
    named, identities = set(_REFERENCE.findall(data)), set(_ID.findall(data))
    if len(named) != 1 or len(identities) != 1:
        return None
    number, generation = named.pop()
    head = b"\n%s %s obj" % (number, generation)
    start = data.find(head)
    end = data.find(b"endobj", start)
    if data.count(head) != 1 or end < 0:
        return None
    objects = (
        data[start + len(head) : end],
        b"<</Type/Catalog/Pages 3 0 R>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
    )
    out, table = b"%PDF-2.0\n", b"xref\n0 4\n0000000000 65535 f \n"
    for place, each in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj" % place + each + b"\nendobj\n"
    trailer = b"trailer<</Size 4/Root 2 0 R/Encrypt 1 0 R/ID%s>>\nstartxref\n%d\n%%%%EOF"
    return out + table + trailer % (identities.pop(), len(out))


_MOST = 20  # places where a lock is looked for
_LONGEST = 100_000  # bytes of one: that for many certificates names each reader


def find_lock(data: bytes) -> Any:
    """The encryption dictionary, which is never encrypted itself; empty where there is none to be read."""
    for number, generation in list(dict.fromkeys(reversed(_REFERENCE.findall(data))))[:_MOST]:
        heads = re.finditer(rb"\b%s\s+%s\s+obj\b" % (number, generation), data)
        for head in islice(heads, _MOST):
            end = data.find(b"endobj", head.end(), head.end() + _LONGEST)
            try:
                found = pikepdf.Object.parse(data[head.end() : end].strip())
            except pikepdf.PdfError:
                continue
            if isinstance(found, pikepdf.Dictionary) and "/Filter" in found:
                return found
    try:  # in the trailer itself
        return pypdf.PdfReader(BytesIO(data)).trailer["/Encrypt"]
    except Exception:  # noqa: BLE001 -- a header that cannot be read vouches for nothing
        return {}


# Handlers whose keys come from a certificate or a server (7.6.5, and the makers' registered names).
_HANDLERS = re.compile(r"/(Standard|Adobe\.(PubSec|APS)|MicrosoftIRMServices?|EBX_HANDLER|FOPN_\w+)")


# The marks of an end, of which a file that was added to has several; and what then goes on.
_EOF, _BARE_END = re.compile(rb"%%EOF"), re.compile(rb"startxref\s{1,4}\d{1,20}")
_OBJECT = re.compile(rb"\d{1,10}\s{1,4}\d{1,5}\s{1,4}obj\b")
_LITTLE = 64  # bytes of no meaning that servers and programs leave behind the end


def _outside(data: bytes, at: Place) -> None:
    """What lies in front of it, between an end and what was added, and behind the last end: it was never encrypted."""
    pieces = [data[: max(0, data.find(b"%PDF-"))]]
    ends = [found.end() for found in (_EOF if b"%%EOF" in data else _BARE_END).finditer(data)]
    goes_on = True
    for end, following in pairwise([*ends, len(data)]):
        added = _OBJECT.search(data, end, following)
        goes_on = added is not None
        pieces.append(data[end : added.start() if added else following])
    for outside in pieces:
        if has_words(outside):
            at.leaf("readable", "text outside of what is encrypted")
            salvage(outside, at)
    if goes_on:  # no end is behind its last object
        salvage(data[data.rfind(b"endobj") + 6 :], at)
    if goes_on or (len(pieces[-1].strip(b"\x00\r\n ")) > _LITTLE and not has_words(pieces[-1])):
        at.leaf("unknown", "a locked PDF that breaks off, or with more behind it")
        at.unread(public("what is behind its end cannot be read here"))


def locked(lock: Any, data: bytes, at: Place) -> None:
    """
    It asks for a password or a key.

    But streams under "Identity" stay as they are (7.6.6), and what lies before or behind it was never its own.
    """
    _outside(data, at)
    if _in_the_clear(data):
        at.leaf("readable", "a PDF that says it is encrypted, with pages or files that are not")
        at.unread(public("only a part of it is encrypted"))
        return
    if not _HANDLERS.fullmatch(str(lock.get("/Filter", "/Standard"))):
        at.leaf("unknown", "a PDF that is locked in a way that is not known here")
        at.unread(public("how it is encrypted is not known"))
        return
    if lock.get("/V") in (4, 5):
        filters = {each: str(lock.get(each, "/Identity")) for each in ("/StmF", "/StrF")}
        if b"/EmbeddedFile" in data or b"/ObjStm" in data:
            filters["/EFF"] = str(lock.get("/EFF", filters["/StmF"]))
        if "/Identity" in filters.values():
            at.leaf("readable", "a PDF whose pages, words or files are not all encrypted")
            salvage(data, at)
            at.unread(public("only a part of it is encrypted"))
            return
        if any(
            lock.get("/CF", {}).get(each, {}).get("/CFM", "/None") == "/None" for each in filters.values()
        ):
            at.leaf("unknown", "a PDF that is locked in a way that is not known here")
            at.unread(public("how it is encrypted is not known"))
            return
    try:
        grade = _grade(lock)
    except Exception:  # noqa: BLE001 -- as above
        grade = "weak"
    at.leaf("protected", "a PDF that opens with a password or key only", grade)


# Two octets at the beginning of one of many encrypted streams are soon "Tj" by chance, a line of text never is.
# That no letter stands before the word is looked at behind it: a search that begins with letters is ten times as fast.
_CLEAR_STREAM = re.compile(
    rb"stream(?<!\wstream)\r?\n"
    rb"(?:[\t\r\n\x20-\x7e]{12,2000}?\bT[jJ]\b|[\t\r\n\x20-\x7e]{4,12}?\bT[jJ]\b[\t\r\n\x20-\x7e]{0,2000}?endstream|\x78[\x01\x5e\x9c\xda])"
)
_ALWAYS_OPEN = re.compile(rb"/Type\s*/(XRef|Metadata)\b")
_MOST_LIKE = 2_000  # streams that begin so; of encrypted ones one in sixteen thousand does by chance
_HEAD_OF_STREAM = 2_000  # bytes in front of a stream in which its dictionary stands


def _in_the_clear(data: bytes) -> bool:
    """Whether a stream shows its contents that a lock would hide: cross-references and metadata may (7.5.8.2, 7.6.4)."""
    for count, found in enumerate(_CLEAR_STREAM.finditer(data)):
        if count > _MOST_LIKE:
            return True
        head = data[max(0, found.start() - _HEAD_OF_STREAM) : found.start()]
        if _ALWAYS_OPEN.search(head[head.rfind(b"obj") :]):
            continue
        start = found.end() - 2
        if data[start] != 0x78 or data[found.start() : start].strip() != b"stream":
            return True
        unpacking = zlib.decompressobj()
        try:
            unpacking.decompress(memoryview(data)[start:], 1_000_000)
        except zlib.error:
            continue
        if unpacking.eof or unpacking.unconsumed_tail:
            return True
    return False


# A stream that was never encrypted begins with text, as packed data, or as a photograph.
_SHOWN = re.compile(
    rb"stream(?<!\wstream)\r?\n(?:[\t\r\n\x20-\x7e]{64}|[\t\r\n\x20-\x7e]+endstream|\x78[\x01\x5e\x9c\xda]|\xff\xd8\xff)"
)


def breaks_off_in_the_dark(data: bytes) -> bool:
    """Whether the end is missing, where a lock is named, and no stream shows that there was none."""
    if b"startxref" in data or b"%%EOF" in data or b"/Encrypt" in data:
        return False
    return b"stream" in data and _SHOWN.search(data) is None


def _grade(lock: Any) -> Grade:
    """Strong is AES with 128 bits or more; the header tells without the password."""
    if lock.get("/V") == 5:
        return "strong"
    if lock.get("/V") == 4:
        methods = {each.get("/CFM") for each in lock.get("/CF", {}).values()}
        return "strong" if methods <= {"/AESV2", "/AESV3"} and methods else "weak"
    return "weak"
