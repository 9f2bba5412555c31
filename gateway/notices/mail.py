"""Puts a notice's texts into the bytes of a mail (RFC 5322, RFC 2046, RFC 3834)."""

import re
from datetime import datetime
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b

import msgspec

from gateway.mail.address import Mailbox
from gateway.mail.message import Message
from gateway.mail.public import Public
from gateway.remedy.edit import address_field, text_field

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")
_MOST_REFERENCES = 20


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """
    What stands above a notice's text.

    *key* makes the Message-ID; the same notice written twice has the same one.
    *thread* is the Message-IDs that it answers, the oldest first; *answers* the
    address that an answer goes to, where that is not the sender's.
    """

    sender: Mailbox
    to: str
    subject: Public
    date: datetime
    key: str
    thread: tuple[str, ...] = ()
    answers: str = ""


def write(head: Head, *parts: bytes, kind: str = "alternative") -> bytes:
    """The whole mail, a multipart of that *kind* (with its parameters): ASCII with CRLF throughout."""
    digest = blake2b(f"{head.key} {head.to}".encode(), digest_size=12).hexdigest()
    fields = [
        address_field(b"From", [head.sender]),
        address_field(b"To", [Mailbox(head.to)]),
        text_field(b"Subject", head.subject),
        text_field(b"Date", format_datetime(head.date)),
        text_field(b"Message-ID", f"<{digest}@{head.sender.domain}>"),
    ]
    if head.answers:
        fields.append(address_field(b"Reply-To", [Mailbox(head.answers)]))
    if head.thread:
        fields.append(b"In-Reply-To: " + head.thread[-1].encode() + b"\r\n")
        fields.append(b"References: " + "\r\n ".join(head.thread).encode() + b"\r\n")
    fields.append(b"Auto-Submitted: auto-replied\r\n")
    fields.append(b"X-Auto-Response-Suppress: All\r\n")
    fields.append(b"MIME-Version: 1.0\r\n")
    return b"".join(fields) + multipart(kind, f"=_{digest}", parts)


def multipart(kind: str, boundary: str, parts: tuple[bytes, ...]) -> bytes:
    """
    Parts with their own headers as one (RFC 2046, 5.1).

    The boundary starts with "=_", which quoted-printable text cannot hold.
    """
    opening = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    body = b"".join(f"--{boundary}\r\n".encode() + part.rstrip(b"\r\n") + b"\r\n" for part in parts)
    return opening + body + f"--{boundary}--\r\n".encode()


def text_part(text: str, subtype: str) -> bytes:
    """One text as a part of its own, in quoted-printable."""
    part = MIMEPart(policy=SMTP)
    part.set_content(text, subtype=subtype, cte="quoted-printable")
    return part.as_bytes()


def thread_of(message: Message | None) -> tuple[str, ...]:
    """The Message-IDs that an answer to the message refers to; only those that are well formed."""
    if message is None:
        return ()
    own = _MESSAGE_ID.findall(message.message_id)[:1]
    before = _MESSAGE_ID.findall(message.headers.first("references"))
    return tuple(dict.fromkeys([*(each for each in before if each not in own), *own]))[-_MOST_REFERENCES:]
