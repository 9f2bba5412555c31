"""Who may be told about a message: its tutor, or nobody."""

from gateway.mail.address import domain_of
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.register.register import Agency

_BULK = ("bulk", "list", "junk")
_ROBOTS = ("mailer-daemon", "postmaster", "no-reply", "noreply")


def tutor_of(envelope: Envelope, agency: Agency) -> str | None:
    """
    The tutor's own address: the account's where it is one, else the envelope's sender.

    Only an address inside the agency: a sender from elsewhere may be forged, and
    whoever it names must not be written to (backscatter). None for a bounce.
    """
    if not envelope.mail_from:
        return None
    for address in (envelope.account or "", envelope.mail_from):
        if is_inside(address, agency):
            return address
    return None


def may_be_told(message: Message | None, envelope: Envelope, agency: Agency) -> str | None:
    """The tutor's address, unless a machine wrote the message (RFC 3834, 2)."""
    address = tutor_of(envelope, agency)
    if address is None or address.partition("@")[0].lower() in _ROBOTS:
        return None
    if message is not None and _is_automatic(message):
        return None
    return address


def _is_automatic(message: Message) -> bool:
    headers = message.headers
    if headers.first("auto-submitted").partition(";")[0].strip().lower() not in ("", "no"):
        return True
    if headers.first("precedence").strip().lower() in _BULK:
        return True
    return any(field.name.startswith("list-") for field in headers.fields)


def is_inside(address: str, agency: Agency) -> bool:
    """Whether it is an address in one of the agency's domains, fit for a header and a RCPT."""
    if (
        address.count("@") != 1
        or not address.isprintable()
        or any(char in address for char in ' <>,;:"()[]\\')
    ):
        return False
    domain = domain_of(address)
    return bool(address.partition("@")[0]) and domain in {each.lower().rstrip(".") for each in agency.domains}
