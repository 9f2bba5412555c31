"""Short ways to a message for the tests of this folder."""

from datetime import UTC, datetime

from gateway.mail.envelope import Envelope
from gateway.mail.message import Message

ENVELOPE = Envelope(
    mail_from="tom@brightpath-tutors.example",
    recipients=(),
    received_at=datetime(2026, 10, 12, 15, 20, tzinfo=UTC),
)


def read(raw: bytes | str) -> Message:
    """The message; text is taken as UTF-8, and its line ends become CRLF."""
    if isinstance(raw, str):
        raw = raw.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    return Message.parse(raw, ENVELOPE)


def with_header(field: bytes | str) -> Message:
    """A message with this one field, and a text."""
    raw = field.encode() if isinstance(field, str) else field
    return read(raw + b"\r\n\r\nHello\r\n")


def with_type(content_type: str, body: str = "Hello\n", more: str = "") -> Message:
    """A message of that type."""
    return read(f"Subject: x\n{more}Content-Type: {content_type}\n\n{body}")


def kinds(message: Message) -> list[str]:
    """The kinds of its defects."""
    return [defect.kind for defect in message.defects]
