"""The `Received:` field that a message leaves under (RFC 5321, 4.4; RFC 3848 for its protocol names)."""

from datetime import datetime
from email.utils import format_datetime

from gateway.mail.envelope import Envelope


def received(envelope: Envelope, hostname: str) -> str:
    """
    The folded field, with its CRLF at the end.

    No "for" clause: it would show one blind recipient to another.
    """
    extended = "UTF8SMTP" if envelope.smtputf8 else "ESMTP"
    protocol = extended + "S" * envelope.tls + "A" * (envelope.account is not None)
    return (
        f"Received: from {envelope.helo or 'unknown'} ({_literal(envelope.peer)})\r\n"
        f"\tby {hostname} with {protocol} id {envelope.queue_id};\r\n"
        f"\t{_date(envelope.received_at)}\r\n"
    )


def _literal(peer: str) -> str:
    return f"[IPv6:{peer}]" if ":" in peer else f"[{peer or 'unknown'}]"


def _date(moment: datetime) -> str:
    return format_datetime(moment)
