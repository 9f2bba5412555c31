"""Delivery reports for recipients that the relay refused (RFC 3464, RFC 6522)."""

from gateway.mail.message import Message
from gateway.mail.reply import Reply
from gateway.remedy.edit import one_line
from gateway.remedy.outgoing import Delivery

_LONGEST = 300


def wanted(message: Message, delivery: Delivery) -> tuple[tuple[str, Reply], ...]:
    """The refused recipients whose failure is to be reported (RFC 3461, 4.1: NOTIFY)."""
    notify = {
        each.address: option.upper().removeprefix("NOTIFY=").split(",")
        for each in message.envelope.recipients
        for option in each.options
        if option.upper().startswith("NOTIFY=")
    }
    return tuple(
        (address, reply)
        for address, reply in delivery.refused
        if "FAILURE" in notify.get(address, ["FAILURE"])
    )


def report(refused: tuple[tuple[str, Reply], ...], message: Message, gateway: str) -> tuple[bytes, bytes]:
    """The parts for machines: which recipients failed and why, and which message it was."""
    status = f"Content-Type: message/delivery-status\r\n\r\n{_status(refused, message, gateway)}"
    original = f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {_ascii(message.message_id)}\r\n"
    return status.encode(), original.encode()


def _status(refused: tuple[tuple[str, Reply], ...], message: Message, gateway: str) -> str:
    blocks = [f"Reporting-MTA: dns; {_ascii(gateway)}\r\n"]
    if message.envelope.queue_id:
        blocks[0] += f"X-Chaperone-Queue-ID: {_ascii(message.envelope.queue_id)}\r\n"
    for address, reply in refused:
        kind = "rfc822" if address.isascii() else "utf-8"
        code = reply.enhanced or f"{reply.code // 100}.0.0"
        blocks.append(
            f"Final-Recipient: {kind}; {_ascii(address)}\r\n"
            "Action: failed\r\n"
            f"Status: {_ascii(code)}\r\n"
            f"Diagnostic-Code: smtp; {reply.code} {_ascii(reply.text)}\r\n"
        )
    return "\r\n".join(blocks)


def _ascii(text: str) -> str:
    """One line of visible ASCII; any other character by its number, as RFC 6533, 3 writes it."""
    shown = "".join(char if " " <= char <= "~" else f"\\x{{{ord(char):X}}}" for char in one_line(text))
    return shown[:_LONGEST]
