"""The `Received:` field that a message leaves under (RFC 5321, 4.4; RFC 3848 for its protocol names)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from gateway.mail.envelope import Envelope

Seal = Callable[[str], str]  # a digest that only this gateway can make


def passage(seal: Seal, queue_id: str, recipients: Iterable[str]) -> str:
    """What proves that a message has passed here on its way to just these people."""
    return seal(f"passed/{queue_id}/{' '.join(sorted({each.lower() for each in recipients}))}")


def received(envelope: Envelope, hostname: str, seal: Seal | None = None) -> str:
    """
    The folded field, with its CRLF at the end.

    With *seal* it carries a `passage`, by which we know our own mail when it comes back.
    No "for" clause: it would show one blind recipient to another.
    """
    extended = "UTF8SMTP" if envelope.smtputf8 else "ESMTP"
    protocol = extended + "S" * envelope.tls + "A" * (envelope.account is not None)
    passed = ""
    if seal is not None:
        passed = f"\r\n\t(passed {passage(seal, envelope.queue_id, (each.address for each in envelope.recipients))})"
    return (
        f"Received: from {envelope.helo or 'unknown'} ({_literal(envelope.peer)})\r\n"
        f"\tby {hostname} with {protocol} id {envelope.queue_id}{passed};\r\n"
        f"\t{_date(envelope.received_at)}\r\n"
    )


def _literal(peer: str) -> str:
    return f"[IPv6:{peer}]" if ":" in peer else f"[{peer or 'unknown'}]"


def _date(moment: datetime) -> str:
    return _second(moment.replace(microsecond=0))


@lru_cache(maxsize=8)  # many messages come in one second
def _second(moment: datetime) -> str:
    return format_datetime(moment)
