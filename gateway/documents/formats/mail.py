"""Messages as attachments: eml, Outlook's msg, winmail.dat."""

import re
from io import BytesIO

import olefile
from tnefparse.tnef import TNEF

from gateway.documents.formats.text import decode, html_text
from gateway.documents.place import Place
from gateway.mail.headers import decode_header
from gateway.mail.mime import Limits, Part, read_tree

_ENCRYPTED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
_CONTROL = re.compile(rb"\s*Version:\s*1\s*", re.IGNORECASE)


def read_eml(data: bytes, at: Place) -> None:
    """
    A message: what its reader sees of the header, its texts, and each of its files.

    One that is encrypted as a whole is what it holds (RFC 8551, 3.3; RFC 3156, 4).
    """
    root = read_tree(data, Limits())
    sealed = root.content_type in _ENCRYPTED
    if not sealed:
        at.leaf("readable", "a message")
    for part in root.walk():
        if part.path == "" or part.content_type.startswith("message/"):
            _header(part, at)
        if part.children or part.content_type.startswith("multipart/"):
            continue
        if part.content_type == "application/pgp-encrypted" and _CONTROL.fullmatch(part.content):
            continue
        if part.is_attachment:
            at.open(part.filename or "a file", part.content)
            continue
        text = html_text(part.text) if part.content_type == "text/html" else part.text
        at.text("message", text)
        if sealed and text.strip():
            at.leaf("readable", "text beside an encrypted message")


def _header(part: Part, at: Place) -> None:
    fields = (field for field in part.headers.fields if field.name in ("subject", "from", "to", "cc"))
    at.text("message", "\n".join(f"{field.name.title()}: {decode_header(field.raw)}" for field in fields))


def read_tnef(data: bytes, at: Place) -> None:
    """winmail.dat: the body that Outlook hid in it, and its files."""
    tnef = TNEF(data, do_checksum=False)
    if not tnef.attachments:
        at.leaf("readable", "a winmail.dat without files")
    for body in (tnef.body, tnef.htmlbody, tnef.rtfbody):
        if body:
            raw = body if isinstance(body, bytes) else str(body).encode("utf-8", "surrogateescape")
            at.open("message", raw)
    for attached in tnef.attachments:
        at.open(attached.long_filename() or attached.name or "a file", bytes(attached.data))


def read_msg(data: bytes, at: Place) -> None:
    """Outlook's own message format (MS-OXMSG): its text streams, and its files."""
    at.leaf("readable", "an Outlook message")
    with olefile.OleFileIO(BytesIO(data)) as ole:
        names = {tuple(path[:-1]): "" for path in ole.listdir() if path[-1].startswith("__substg1.0_3701")}
        for path in ole.listdir():
            tag = path[-1][12:16].upper() if path[-1].startswith("__substg1.0_") else ""
            kind = path[-1][16:20].upper()
            if tag in ("0037", "1000", "0E04", "0C1A") and kind in ("001F", "001E"):
                raw = ole.openstream(path).read()
                at.text("message", raw.decode("utf-16-le", "replace") if kind == "001F" else decode(raw))
            elif tag == "1013":
                at.text("message", html_text(decode(ole.openstream(path).read())))
            elif tag in ("3707", "3704") and kind == "001F":
                names[tuple(path[:-1])] = ole.openstream(path).read().decode("utf-16-le", "replace")
        for folder, name in names.items():
            stream = [*folder, "__substg1.0_37010102"]
            if ole.exists(stream):
                at.open(name or "a file", ole.openstream(stream).read())
