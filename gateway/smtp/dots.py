"""
Lines that begin with a dot (RFC 5321, 4.5.2), found by their dot.

An encoded file has no dots at all, and to look for a single character is twenty
times as fast as to look for it behind a line end. Text is full of dots: after
some in vain the search is for the whole pattern.
"""

_IN_VAIN = 8
_END = b"\r\n.\r\n"


def stuff(content: bytes) -> bytes:
    """The content with a second dot on every line that begins with one."""
    if not _any(content):
        return content
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\r\n.", b"\r\n..")


def unstuff(content: bytes) -> bytes:
    """The content without the first dot of every line that begins with one."""
    return content.removeprefix(b".").replace(b"\r\n.", b"\r\n") if _any(content) else content


def _any(content: bytes) -> bool:
    if content.startswith(b"."):
        return True
    position = -1
    for _ in range(_IN_VAIN):
        position = content.find(b".", position + 1)
        if position < 0:
            return False
        if content.startswith(b"\r\n", position - 2) and position >= 2:
            return True
    return content.find(b"\r\n.", position - 2) >= 0


def find_end(block: bytes) -> int:
    """Where in the block the end of a message starts; -1 without one."""
    position = -1
    for _ in range(_IN_VAIN):
        position = block.find(b".", position + 1)
        if position < 0:
            return -1
        if position >= 2 and block.startswith(_END, position - 2):
            return position - 2
    return block.find(_END, max(position - 1, 0))
