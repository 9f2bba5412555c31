"""
Lines that begin with a dot (RFC 5321, 4.5.2), found by their dot.

An encoded file has no dots at all, and to look for a single character is twenty
times as fast as to look for it behind a line end. Text is full of dots: after
some in vain the next stretch is searched for the whole pattern.
"""

_IN_VAIN = 8
_STRETCH = 16_384  # octets; a file may begin in the middle
_LINE = b"\r\n."
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
    return content.startswith(b".") or _find(content, _LINE) >= 0


def find_end(block: bytes) -> int:
    """Where in the block the end of a message starts; -1 without one."""
    return _find(block, _END)


def _find(content: bytes, pattern: bytes) -> int:
    """Where a pattern first stands whose third octet is a dot; -1 without one."""
    position = -1
    while True:
        for _ in range(_IN_VAIN):
            position = content.find(b".", position + 1)
            if position < 0:
                return -1
            if position >= 2 and content.startswith(pattern, position - 2):
                return position - 2
        end = position + _STRETCH
        found = content.find(pattern, position - 1, end)
        if found >= 0:
            return found
        position = end - len(pattern) + 2  # a pattern over the border is found by its dot
