"""Text that anybody may read: replies, logs, metrics, notice subjects."""

import re
from typing import LiteralString, Self

_TOKEN = re.compile(r"[A-Za-z0-9_.:/+-]{1,80}")


class Public(str):
    """
    Words that are fixed in the code, with numbers and identifiers put in.

    Nothing that came in a message or from the register can get into it: the
    template is a literal, and a value is an int or a short identifier of our
    own (a rule id, a queue id), which must not contain spaces. That is how a
    pupil's name is kept out of logs and replies by type and not by care.
    """

    __slots__ = ()


class Ident(str):
    """
    An identifier of our own making: a rule id, a queue id, a format's name.

    Raises:
        ValueError: the text has a space or another character that none of our
            identifiers has.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Check the text's form."""
        if not _TOKEN.fullmatch(text):
            raise ValueError("not an identifier")
        return super().__new__(cls, text)


def public(template: LiteralString, **values: int | Ident) -> Public:
    """
    Fill the numbers and identifiers into a literal template.

    Raises:
        TypeError: a value is neither an int nor an Ident.
    """
    for name, value in values.items():
        if not isinstance(value, int | Ident):
            raise TypeError(f"{name} may be private: pass an int or an Ident")
    return Public(template.format(**values))
