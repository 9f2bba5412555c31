"""An SMTP reply: code, enhanced status code and text (RFC 5321, 4.2; RFC 3463)."""

import msgspec

# RFC 5321, 4.5.3.1.5: a reply line has at most 512 octets with code and CRLF.
_TEXT_PER_LINE = 400


class Reply(msgspec.Struct, frozen=True):
    """
    A reply of the gateway or of the relay.

    *lines* is the text without the codes; *enhanced* is like "5.7.1", or ""
    where the other side gave none.
    """

    code: int
    enhanced: str
    lines: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the code is of the 2xx class."""
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """Whether the code is of the 5xx class."""
        return 500 <= self.code < 600

    @property
    def text(self) -> str:
        """The text in one line, codes left out."""
        return " ".join(self.lines)

    def wire(self) -> str:
        """The reply as it goes over the wire, without the last CRLF."""
        status = f"{self.enhanced} " if self.enhanced else ""
        lines = [_printable(line) for line in self.lines] or [""]
        last = len(lines) - 1
        return "\r\n".join(
            f"{self.code}{' ' if number == last else '-'}{status}{line}" for number, line in enumerate(lines)
        )

    @classmethod
    def parse(cls, code: int, text: str) -> "Reply":
        """Take a foreign reply apart; its status code may be missing."""
        lines = text.splitlines() or [""]
        status = lines[0].partition(" ")[0]
        if status.count(".") != 2 or not status.replace(".", "").isdigit():
            return cls(code, "", tuple(lines))
        return cls(code, status, tuple(line.removeprefix(status).lstrip() for line in lines))


def _printable(line: str) -> str:
    """Only what RFC 5321 allows in a reply's text: no control character gets out."""
    shown = "".join(char if " " <= char <= "~" else "?" for char in line)
    return shown[:_TEXT_PER_LINE]
