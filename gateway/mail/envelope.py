"""The SMTP envelope: who sends, to whom, from where, and when (RFC 5321, 2.3.1)."""

from datetime import date, datetime

import msgspec


class Recipient(msgspec.Struct, frozen=True):
    """
    One RCPT: the address and its parameters as the client gave them.

    *options* keeps ``NOTIFY=…`` and ``ORCPT=…`` (RFC 3461) for the relay.
    """

    address: str
    options: tuple[str, ...] = ()


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """
    One transaction's envelope.

    *mail_from* is "" for the null reverse-path. *received_at* is aware, and is
    the only clock that rules may judge by. *account* is the name that the
    client signed in with, or None on a trusted network. *trace* is the `Received:`
    field that the message leaves under, with its CRLF.
    """

    mail_from: str
    recipients: tuple[Recipient, ...]
    received_at: datetime
    account: str | None = None
    peer: str = ""
    helo: str = ""
    tls: bool = False
    smtputf8: bool = False
    mail_options: tuple[str, ...] = ()
    queue_id: str = ""
    trace: str = ""

    @property
    def today(self) -> date:
        """The day of sending, in the time zone that *received_at* is given in."""
        return self.received_at.date()

    @property
    def rcpt_to(self) -> tuple[str, ...]:
        """The recipients' addresses, in the order of their RCPT commands."""
        return tuple([recipient.address for recipient in self.recipients])  # asked for by every rule
