"""What somebody wants to send, whatever the program, and the encodings that programs share."""

import base64
import html
import quopri
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

import msgspec

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message


class Person(msgspec.Struct, frozen=True):
    """Somebody in an address field; *display* may be ""."""

    address: str
    display: str = ""


class File(msgspec.Struct, frozen=True):
    """An attachment, or with *inline* a picture that stands in the text."""

    name: str
    data: bytes
    media_type: str = "application/octet-stream"
    inline: bool = False


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message to write. *bcc* gets it by the envelope alone."""

    subject: str = "Thursday's lesson"
    text: str = "Dear Ana,\n\nThursday at four is fine.\n\nKind regards\nTom\n"
    sender: Person = Person("tom@brightpath-tutors.example", "Tom Reed")
    to: tuple[Person, ...] = (Person("ana@family.example", "Ana Marsh"),)
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    files: tuple[File, ...] = ()
    written_at: datetime = datetime(2026, 10, 12, 15, 20, tzinfo=UTC)

    @property
    def date(self) -> str:
        """The Date field."""
        return format_datetime(self.written_at)

    @property
    def html(self) -> str:
        """The text as markup, inline pictures at its end."""
        lines = (f"<p>{html.escape(line)}</p>" for line in self.text.splitlines() if line)
        pictures = (f'<img src="cid:{content_id(file)}">' for file in self.inline)
        return f"<html><body>{''.join(lines)}{''.join(pictures)}</body></html>\n"

    @property
    def inline(self) -> tuple[File, ...]:
        """The pictures in the text."""
        return tuple(file for file in self.files if file.inline)

    @property
    def attached(self) -> tuple[File, ...]:
        """The files beside the text."""
        return tuple(file for file in self.files if not file.inline)


def envelope_of(letter: Letter) -> Envelope:
    """The envelope under which a program submits the letter."""
    people = (*letter.to, *letter.cc, *letter.bcc)
    return Envelope(
        mail_from=letter.sender.address,
        recipients=tuple(Recipient(person.address) for person in people),
        received_at=letter.written_at,
    )


def as_message(letter: Letter, program: Callable[[Letter], bytes]) -> Message:
    """The letter as the gateway gets it from that program."""
    return Message.parse(program(letter), envelope_of(letter))


def content_id(file: File) -> str:
    """An inline picture's Content-ID."""
    return f"{len(file.data):08x}.{file.name.encode().hex()[:12]}@01DC3B7A.5E2F1A00"


def crlf(*blocks: str) -> bytes:
    """Put lines together as they go over the wire; what is not ASCII goes as UTF-8."""
    return "\n".join(blocks).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def encoded_words(text: str, charset: str, coding: str, prefix: int = 9) -> str:
    """
    RFC 2047, folded as programs do: each word whole characters, no line over 76.

    Text that is ASCII stays as it is. *prefix* is the length of "Subject: ".
    """
    if text.isascii() and "=?" not in text:
        return text
    words: list[str] = []
    piece = ""
    for char in text:
        room = 76 - (prefix if not words else 1)
        if piece and len(_word(piece + char, charset, coding)) > room:
            words.append(_word(piece, charset, coding))
            piece = ""
        piece += char
    words.append(_word(piece, charset, coding))
    return "\n ".join(words)


def _word(text: str, charset: str, coding: str) -> str:
    data = text.encode(charset, "replace")
    if coding == "B":
        body = base64.b64encode(data).decode()
    else:
        body = "".join(
            chr(octet)
            if chr(octet).isascii() and chr(octet).isalnum()
            else "_"
            if octet == 32
            else f"={octet:02X}"
            for octet in data
        )
    return f"=?{charset}?{coding}?{body}?="


def base64_lines(data: bytes, width: int = 76) -> str:
    """The data in base64, folded."""
    text = base64.b64encode(data).decode()
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def quoted_printable(text: str, charset: str) -> str:
    """The text in quoted-printable."""
    return quopri.encodestring(text.encode(charset, "replace")).decode()


def extended(name: str, value: str, charset: str = "UTF-8") -> str:
    """A parameter by RFC 2231, in sections where it is long."""
    coded = quote(value.encode(charset), safe="")
    if len(coded) <= 50:
        return f"{name}*={charset}''{coded}"
    pieces: list[str] = []
    while coded:
        cut = 50 if coded[48:49] != "%" and coded[49:50] != "%" else coded.rfind("%", 0, 50)
        pieces.append(coded[:cut])
        coded = coded[cut:]
    first = f"{name}*0*={charset}''{pieces[0]}"
    return ";\n ".join([first, *(f"{name}*{number}*={piece}" for number, piece in enumerate(pieces[1:], 1))])


def address_list(people: Iterable[Person], write: Callable[[Person], str]) -> str:
    """An address field's value, one mailbox a line."""
    return ",\n\t".join(map(write, people))
