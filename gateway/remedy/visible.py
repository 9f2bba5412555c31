"""Takes addresses out of the fields in which a reader sees who else got the message."""

from collections.abc import Callable

from gateway.mail.address import Mailbox, read_addresses
from gateway.mail.headers import Field
from gateway.remedy.edit import RECIPIENTS, address_field, edit, field_name, headers_of

_NOBODY = b"To: undisclosed-recipients:;\r\n"


def showing_only(raw: bytes, keep: Callable[[Mailbox], bool], to: Mailbox | None = None) -> bytes:
    """
    The message whose recipient fields hold only the mailboxes to *keep*.

    Fields that lose nothing keep their bytes. Where nobody is left in To and Cc,
    *to* stands there, or the words "undisclosed recipients".
    """
    left: dict[int, list[Mailbox]] = {}
    whole: set[int] = set()
    for field in headers_of(raw).fields:
        if field.name in RECIPIENTS:
            boxes = read_addresses(field.raw)
            left[field.start] = [box for box in boxes if box.address and keep(box)]
            if len(left[field.start]) == len(boxes):
                whole.add(field.start)

    def change(field: Field) -> bytes | None:
        if field.start not in left or field.start in whole:
            return None
        return address_field(field_name(raw, field), left[field.start])

    edited = edit(raw, change)
    if any(field.name in ("to", "cc") for field in headers_of(edited).fields):
        return edited
    return edit(edited, append=address_field(b"To", [to]) if to else _NOBODY)
