"""Remedy: a subject that shows initials only."""

from gateway.mail.answer import topic
from gateway.mail.headers import Field, decode_header
from gateway.remedy.edit import edit, field_name, headers_of, one_line, text_field


def initials(raw: bytes, subject: str) -> bytes:
    """
    The message with another subject, everything else byte for byte.

    A second Subject field goes: which of two a reader sees is chance. Outlook's
    Thread-Topic repeats the subject and changes along; the thread itself hangs
    on References, which stay.
    """
    old = {_topic(text) for text in headers_of(raw).text("subject")}
    seen = False

    def change(field: Field) -> bytes | None:
        nonlocal seen
        if field.name == "thread-topic" and _topic(decode_header(field.raw)) in old:
            return text_field(field_name(raw, field), topic(one_line(subject)))
        if field.name != "subject":
            return None
        if seen:
            return b""
        seen = True
        return text_field(field_name(raw, field), subject)

    return edit(raw, change)


def _topic(subject: str) -> str:
    return topic(one_line(subject)).casefold()
