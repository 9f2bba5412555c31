"""The one error of the wall around the parsers."""

from gateway.mail.public import Public


class MalformedMessage(Exception):
    """
    The message cannot be read as a mail program would read it.

    *reason* is safe for anybody: it is built from fixed words and numbers.
    """

    def __init__(self, reason: Public) -> None:
        super().__init__(str(reason))
        self.reason = reason
