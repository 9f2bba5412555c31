"""Loops: a message that has been through too many servers, or through this one too often (RFC 5321, 6.3)."""

import re

_MOST_HOPS = 100
_MOST_OWN = 3  # somebody may pass a message on by hand that came through here before
_RECEIVED = re.compile(rb"^received[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)


def loops(content: bytes, hostname: str) -> bool:
    """Whether the trace fields show a loop. *hostname* is the name that our own fields give."""
    head = content[: content.find(b"\r\n\r\n") + 2] or content
    if b"eceived" not in head and b"ECEIVED" not in head:
        return False
    hops = _RECEIVED.findall(head)
    own = re.compile(rb"\bby[ \t\r\n]+" + re.escape(hostname.encode()) + rb"[ \t\r\n]", re.IGNORECASE)
    return len(hops) >= _MOST_HOPS or sum(1 for hop in hops if own.search(hop)) >= _MOST_OWN
