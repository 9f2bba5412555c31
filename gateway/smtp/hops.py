"""Loops: a message that has been through too many servers, or through this one before (RFC 5321, 6.3)."""

import re
from collections.abc import Iterable
from hmac import compare_digest

from gateway.smtp.trace import Seal, passage

_MOST_HOPS = 100
_MOST_OWN = 3  # somebody may pass a message on by hand that came through here before
_RECEIVED = re.compile(rb"^received[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)
_PASSED = re.compile(rb"\bid\s+([0-9A-Z-]{1,40})\s+\(passed\s+([0-9a-f]{1,64})\)", re.IGNORECASE)


def loops(content: bytes, hostname: str, recipients: Iterable[str] = (), seal: Seal | None = None) -> bool:
    """
    Whether the trace fields show a loop. *hostname* is the name that our own fields give.

    With *seal*, one field of ours is enough if it says that the message has passed here for the
    same *recipients*: such a field cannot be forged, and mail that somebody forwards to others is
    not taken for a loop. Nothing is let through because of it.
    """
    head = content[: content.find(b"\r\n\r\n") + 2] or content
    if b"eceived" not in head and b"ECEIVED" not in head:
        return False
    hops = _RECEIVED.findall(head)
    by_us = re.compile(rb"\bby[ \t\r\n]+" + re.escape(hostname.encode()) + rb"[ \t\r\n]", re.IGNORECASE)
    own = [hop for hop in hops if by_us.search(hop)]
    if len(hops) >= _MOST_HOPS or len(own) >= _MOST_OWN:
        return True
    return seal is not None and any(_is_passage(seal, hop, recipients) for hop in own)


def _is_passage(seal: Seal, hop: bytes, recipients: Iterable[str]) -> bool:
    found = _PASSED.search(hop)
    if found is None:
        return False
    return compare_digest(passage(seal, found[1].decode(), recipients).encode(), found[2].lower())
