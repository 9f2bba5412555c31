"""
The message behind DATA, read in blocks as they come, not line by line.

The end is CRLF.CRLF and nothing else: no other spelling of it can hide a second
message in the first (SMTP smuggling), because bare CR and LF are refused as a
whole afterwards. No sockets here: blocks in, content out.
"""

from io import BytesIO

from gateway.smtp.dots import find_end, unstuff

_END = b"\r\n.\r\n"


class ContentReader:
    """
    Collects blocks until the end of the message.

    *limit* bounds the octets kept; what is beyond is counted and dropped, so
    that the client can be told once it has finished.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._blocks: list[bytes] = []
        self._tail = b"\r\n"  # the CRLF of the DATA command starts the first line
        self.size = 0
        self.held = 0  # octets that are in memory

    @property
    def too_large(self) -> bool:
        """Whether more came than the limit allows."""
        return self.size > self._limit + len(_END) - 2

    def feed(self, block: bytes) -> bytes | None:
        """Take a block. Returns what follows the end of the message; None while it has not ended."""
        border = (self._tail + block[: len(_END) - 1]).find(_END)
        if border >= 0:
            end = border + len(_END) - len(self._tail)
        else:
            end = find_end(block)
            end = end + len(_END) if end >= 0 else -1
        if end < 0:
            self._keep(block)
            self._tail = (self._tail + block[-4:])[-4:]
            return None
        self._keep(block[:end])
        return block[end:]

    def _keep(self, block: bytes) -> None:
        self.size += len(block)
        if self.too_large:
            self.give()
        else:
            self._blocks.append(block)
            self.held += len(block)

    def give(self) -> list[bytes]:
        """Part with what is in memory, to be handed back to `take` or forgotten."""
        blocks, self._blocks, self.held = self._blocks, [], 0
        return blocks

    def take(self, whole: BytesIO | None = None) -> bytes:
        """
        The content, without the final dot and with its lines' dots unstuffed (RFC 5321, 4.5.2).

        *whole* holds what was given away, and is written on.
        """
        whole = BytesIO() if whole is None else whole
        whole.writelines(self._blocks)
        self._blocks.clear()
        whole.truncate(max(0, whole.tell() - len(".\r\n")))
        return unstuff(whole.getvalue())


def has_bare_line_ends(content: bytes) -> bool:
    """Whether any CR or LF stands without its partner (RFC 5321, 2.3.8 forbids it)."""
    # Taking out and putting in single octets is a quarter of the work of looking at each line end.
    return content.replace(b"\r", b"").replace(b"\n", b"\r\n") != content


def has_nul(content: bytes) -> bool:
    """Whether there is a zero octet (RFC 5322, 4 forbids it)."""
    return 0 in content
