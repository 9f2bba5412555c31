"""
What a relay's EHLO allows to be said to it about a message (RFC 1869 and its extensions).

Pure: *extensions* are the keywords of the relay's EHLO, lower-case, with their
parameters. What it does not announce is left out, or refused where leaving it out
would mangle the message or break a promise.
"""

from collections.abc import Mapping

from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Outgoing

EIGHT_BIT = Reply(
    554,
    "5.6.3",
    ("The next mail server takes only ASCII, and this message has other letters in it, so it was not sent.",),
)
UTF8_ADDRESS = Reply(
    553,
    "5.6.7",
    ("The next mail server cannot take addresses with letters beyond ASCII, so the message was not sent.",),
)
UTF8_HEADER = Reply(
    554,
    "5.6.7",
    (
        "The next mail server cannot take a subject or names with letters beyond ASCII as they were written here,",
        "so the message was not sent. Turn international addresses (SMTPUTF8) off in your mail program",
    ),
)
NO_REQUIRETLS = Reply(
    550,
    "5.7.30",
    ("The next mail server does not promise to keep this message under TLS, so it was not sent.",),
)


def mail_command(extensions: Mapping[str, str], outgoing: Outgoing, size: int = 0) -> str:
    """MAIL with the parameters that the relay knows; *size* in octets, 0 where it is not known."""
    options = []
    if size and "size" in extensions:
        options.append(f"SIZE={size}")
    if "8bitmime" in extensions:
        body = [each for each in outgoing.mail_options if each.upper() == "BODY=8BITMIME"]
        options += body if outgoing.raw.isascii() else ["BODY=8BITMIME"]
    if "smtputf8" in extensions and (outgoing.smtputf8 or needs_smtputf8(outgoing)):
        options.append("SMTPUTF8")
    if "dsn" in extensions:
        options += [each for each in outgoing.mail_options if each.startswith(("RET=", "ENVID="))]
    if "requiretls" in extensions and "REQUIRETLS" in outgoing.mail_options:
        options.append("REQUIRETLS")
    return " ".join((f"MAIL FROM:<{outgoing.mail_from}>", *options))


def rcpt_command(extensions: Mapping[str, str], recipient: Recipient) -> str:
    """RCPT with the parameters that the relay knows."""
    options = recipient.options if "dsn" in extensions else ()
    return " ".join((f"RCPT TO:<{recipient.address}>", *options))


def refusal(extensions: Mapping[str, str], outgoing: Outgoing, *, verified: bool) -> Reply | None:
    """
    Why the relay cannot take a message, by its own words.

    *verified*: whether the connection is under TLS with a certificate that was checked.
    """
    if "smtputf8" not in extensions and needs_smtputf8(outgoing):
        return UTF8_ADDRESS if _has_utf8_address(outgoing) else UTF8_HEADER
    if "8bitmime" not in extensions and not outgoing.raw.isascii():
        return EIGHT_BIT
    if "REQUIRETLS" in outgoing.mail_options and not (verified and "requiretls" in extensions):
        return NO_REQUIRETLS  # RFC 8689, 4.2.1
    return None


def needs_smtputf8(outgoing: Outgoing) -> bool:
    """Whether an address or a header of the message needs the extension (RFC 6531, 3.4)."""
    if _has_utf8_address(outgoing):
        return True
    return outgoing.smtputf8 and not outgoing.raw.partition(b"\r\n\r\n")[0].isascii()


def _has_utf8_address(outgoing: Outgoing) -> bool:
    addresses = (outgoing.mail_from, *(each.address for each in outgoing.recipients))
    return not all(each.isascii() for each in addresses)
