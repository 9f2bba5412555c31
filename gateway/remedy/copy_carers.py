"""Remedy: the pupil's carers get the message too."""

import msgspec

from gateway.mail.address import Mailbox, canonical, read_addresses
from gateway.mail.envelope import Recipient
from gateway.mail.headers import Field
from gateway.policy.finding import CopyCarers
from gateway.remedy.edit import address_field, edit, field_name, headers_of
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.visible import showing_only


def copy_carers(draft: Outgoing, remedy: CopyCarers) -> tuple[Outgoing, ...]:
    """
    The message with the carers in Cc and envelope, and one more for each carer *apart*.

    The copy of a carer apart shows that carer alone; their address goes from
    everybody else's. A draft without the pupils that the remedy is for stays as
    it is, and so does a copy that is apart already.
    """
    going = {canonical(each.address) for each in draft.recipients}
    apart = {canonical(each): each for each in remedy.apart}
    if remedy.of and going.isdisjoint(map(canonical, remedy.of)):
        return (draft,)
    if going <= apart.keys():
        return (draft,)
    add = {canonical(each): each for each in remedy.add if canonical(each) not in apart}
    raw = showing_only(draft.raw, lambda box: canonical(box.address) not in apart)
    recipients = tuple(each for each in draft.recipients if canonical(each.address) not in apart)
    recipients += tuple(Recipient(address) for key, address in add.items() if key not in going)
    main = _outgoing(draft, _with_cc(raw, add), recipients)
    copies = []
    for key, address in apart.items():
        given = [each for each in draft.recipients if canonical(each.address) == key]
        own = showing_only(draft.raw, lambda box: False, to=Mailbox(address))  # noqa: ARG005
        copies.append(_outgoing(draft, own, tuple(given) or (Recipient(address),)))
    return (main, *copies)


def _outgoing(draft: Outgoing, raw: bytes, recipients: tuple[Recipient, ...]) -> Outgoing:
    foreign = not all(each.address.isascii() for each in recipients)
    return msgspec.structs.replace(draft, raw=raw, recipients=recipients, smtputf8=draft.smtputf8 or foreign)


def _with_cc(raw: bytes, add: dict[str, str]) -> bytes:
    """Put behind the addresses of the first Cc field those that no reader sees yet."""
    fields = headers_of(raw).fields
    shown = {
        canonical(box.address)
        for field in fields
        if field.name in ("to", "cc")
        for box in read_addresses(field.raw)
    }
    new = [Mailbox(address) for key, address in add.items() if key not in shown]
    if not new:
        return edit(raw)
    first = next((field for field in fields if field.name == "cc"), None)
    if first is None:
        return edit(raw, append=address_field(b"Cc", new))

    def change(field: Field) -> bytes | None:
        if field.start != first.start:
            return None
        name = field_name(raw, field)
        if not read_addresses(field.raw):
            return address_field(name, new)
        kept = raw[field.start : field.end].rstrip(b"\r\n \t,")
        return kept + b",\r\n " + address_field(name, new)[len(name) + 2 :]

    return edit(raw, change)
