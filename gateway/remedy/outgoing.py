"""What leaves, one transaction to the relay, and what the relay said to it."""

import msgspec

from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """
    One message for the relay: envelope and the exact bytes.

    *raw* has CRLF line ends and is sent as it stands (only dots are stuffed).
    *trace* is put above it: the `Received:` field that the server made when the
    message came (`Envelope.trace`); notices that begin here have none.
    """

    mail_from: str
    recipients: tuple[Recipient, ...]
    raw: bytes
    mail_options: tuple[str, ...] = ()
    smtputf8: bool = False
    trace: str = ""


class NextHopDown(Exception):
    """
    No next hop could be reached, or it broke off before its final answer.

    *in_doubt*: it had the whole message by then, so it may have taken it.
    """

    def __init__(self, *, in_doubt: bool = False) -> None:
        super().__init__()
        self.in_doubt = in_doubt


class Delivery(msgspec.Struct, frozen=True):
    """The relay's answer to a message, and its answers to recipients it refused."""

    reply: Reply
    refused: tuple[tuple[str, Reply], ...] = ()
