"""What leaves: one transaction to the relay."""

import msgspec

from gateway.mail.envelope import Recipient


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """
    One message for the relay: envelope and the exact bytes.

    *raw* has CRLF line ends and is sent as it stands (only dots are stuffed).
    With *received* the relay client puts our trace field above it; notices that
    begin here have none.
    """

    mail_from: str
    recipients: tuple[Recipient, ...]
    raw: bytes
    mail_options: tuple[str, ...] = ()
    smtputf8: bool = False
    received: bool = False
