"""Messages as attachments: eml, Outlook's msg, winmail.dat."""

import re
from io import BytesIO

import olefile
from compressed_rtf.compressed_rtf import decompress as unpacked_rtf
from striprtf.striprtf import rtf_to_text
from tnefparse.tnef import TNEF

from gateway.documents.formats.cipher import is_signature
from gateway.documents.formats.text import decode, html_text
from gateway.documents.place import Place
from gateway.mail.headers import decode_header
from gateway.mail.mime import Limits, Part, read_tree
from gateway.mail.public import public

_ENCRYPTED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
_CONTROL = re.compile(rb"\s*Version:\s*1\s*", re.IGNORECASE)


def read_eml(data: bytes, at: Place) -> None:
    """
    A message: what its reader sees of the header, its texts, and each of its files.

    One that is encrypted as a whole is what it holds (RFC 8551, 3.3; RFC 3156, 4).
    """
    several = [each for each in _MAILBOX.split(data) if each.strip()] if data.startswith(b"From ") else []
    if len(several) > 1:
        at.leaf("readable", "a mailbox")
        at.text("", decode(b" ".join(_MAILBOX.findall(data))))
        for number, each in enumerate(several, 1):
            at.open(f"message {number}", each)
        return
    root = read_tree(data, Limits())
    is_signed = root.content_type == "multipart/signed" and len(root.children) == 2
    sealed = (root.children[0] if is_signed else root).content_type in _ENCRYPTED
    if not sealed:
        at.leaf("readable", "a message")
    for part in root.walk():
        if part.path == "" or part.content_type.startswith("message/"):
            _header(part, at)
        if part.children or part.content_type.startswith("multipart/"):
            continue
        if part.content_type == "application/pgp-encrypted" and _CONTROL.fullmatch(part.content):
            continue
        if sealed and is_signed and part is root.children[1]:
            if not is_signature(part.content):
                at.open(part.filename or "a file", part.content)
            continue
        if part.is_attachment:
            at.open(part.filename or "a file", part.content)
            continue
        text = html_text(part.text) if part.content_type == "text/html" else part.text
        at.text("message", text)
        if sealed and text.strip():
            at.leaf("readable", "text beside an encrypted message")


# Before each message of a file of them (RFC 4155), with a time zone where some put it.
_MAILBOX = re.compile(
    rb"(?:\A|\r?\n\r?\n)From \S{1,254} {1,2}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 0-3]?\d \d\d:\d\d:\d\d"
    rb"(?: [+-]\d{4})? \d{4}(?: [+-]\d{4})?\r?\n(?=[A-Za-z-]{2,40}:)"
)


# What servers and programs write for one another (RFC 5322, 3.6; RFC 4021). All others may be somebody's words, above all in a
# note that only looks like a message: "From: …", "To: …", "Reason for referral: …".
_FOR_MACHINES = re.compile(
    r"x-.*|arc-.*|content-.*|list-.*|resent-.*|dkim-.*|received.*|authentication-.*|autocrypt.*|thread-index|mime-version"
    r"|message-id|in-reply-to|references|return-path|delivered-to|date|domainkey-.*|feedback-id|user-agent|envelope-to"
)


def _header(part: Part, at: Place) -> None:
    fields = (field for field in part.headers.fields if not _FOR_MACHINES.fullmatch(field.name))
    at.text("message", "\n".join(f"{field.name.title()}: {decode_header(field.raw)}" for field in fields))


_INTERFACE = bytes.fromhex("00000000C000000000000046")  # what the names of OLE's interfaces end in


def read_tnef(data: bytes, at: Place) -> None:
    """winmail.dat: the body that Outlook hid in it, and its files."""
    tnef = TNEF(data, do_checksum=False)
    if not _is_whole(data):
        at.unread(public("it is a winmail.dat that is damaged"))
    if not tnef.attachments:
        at.leaf("readable", "a winmail.dat without files")
    for body in (tnef.body, tnef.htmlbody, tnef.rtfbody):
        raw = body if isinstance(body, bytes) else str(body or "").encode("utf-8", "surrogateescape")
        text = _shown(raw)
        if text.strip():
            at.leaf("readable", "the text of a message")
            at.text("message", text)
    for attached in tnef.attachments:
        content = bytes(attached.data)
        if content[4:16] == _INTERFACE:  # an object stands behind the name of its interface
            content = content[16:]
        at.open(attached.long_filename() or attached.name or "a file", content)


def _shown(raw: bytes) -> str:
    """The words of a body, whichever of the three forms it has."""
    if raw.startswith(b"{\\rtf"):
        return str(rtf_to_text(raw.decode("latin-1"), errors="ignore"))
    text = decode(raw)
    return html_text(text) if "<" in text else text


def _is_whole(data: bytes) -> bool:
    """Whether its attributes fill it to the end (MS-OXTNEF 2.1.3): level, id, length, content, checksum."""
    position = 6
    while position + 9 <= len(data):
        position += 9 + int.from_bytes(data[position + 5 : position + 9], "little") + 2
    return position == len(data)


def read_msg(data: bytes, at: Place) -> None:
    """
    Outlook's own message format (MS-OXMSG): its text streams, and its files.

    One that is encrypted as a whole is the one file in it that is (MS-OXOSMIME 2.1.1).
    """
    with olefile.OleFileIO(BytesIO(data)) as ole:
        sealed = _class(ole).startswith("ipm.note.smime") and "signed" not in _class(ole)
        if not sealed:
            at.leaf("readable", "an Outlook message")
        names = {tuple(path[:-1]): "" for path in ole.listdir() if path[-1].startswith("__substg1.0_3701")}
        for path in ole.listdir():
            tag = path[-1][12:16].upper() if path[-1].startswith("__substg1.0_") else ""
            kind = path[-1][16:20].upper()
            if tag in ("3707", "3704") and kind == "001F":
                names[tuple(path[:-1])] = ole.openstream(path).read().decode("utf-16-le", "replace")
            elif tag in _TEXTS or tag in _BODIES:
                text = _property(ole.openstream(path).read(), tag, kind)
                at.text("message", text)
                if sealed and tag in _BODIES and text.strip():
                    at.leaf("readable", "text beside an encrypted message")
        for folder, name in names.items():
            stream = [*folder, "__substg1.0_37010102"]
            if ole.exists(stream):
                at.open(name or "a file", ole.openstream(stream).read())


# Subject, recipients, sender; body as text, as packed RTF, as HTML (MS-OXPROPS).
_TEXTS, _BODIES = ("0037", "0E04", "0C1A"), ("1000", "1009", "1013")


def _property(raw: bytes, tag: str, kind: str) -> str:
    if tag == "1009":
        return _shown(unpacked_rtf(raw))
    text = raw.decode("utf-16-le", "replace") if kind == "001F" else decode(raw)
    return html_text(text) if tag == "1013" else text


def _class(ole: olefile.OleFileIO) -> str:
    """The kind of message, in small letters."""
    for name, codec in (("__substg1.0_001A001F", "utf-16-le"), ("__substg1.0_001A001E", "ascii")):
        if ole.exists(name):
            return str(ole.openstream(name).read().decode(codec, "replace")).strip("\0 ").lower()
    return ""
