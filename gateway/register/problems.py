"""What is wrong with a register that somebody wants to bring in, row by row."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.mail.public import Public, public
from gateway.register.model import People

_LONGEST = 60  # characters of a value
_LISTED = 1_000
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Problem(msgspec.Struct, frozen=True):
    """
    One defect: where it is, what was found, what is expected, how to mend it.

    *where* says the record and key, or line and column. *found* may be private:
    it is for whoever brings the file in, not for logs.
    """

    file: str
    where: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        """Everything, on one line."""
        expected = f", expected {self.expected}" if self.expected else ""
        return self._line(f"found {self.found}{expected}")

    def without_value(self) -> str:
        """The same line without what was found there."""
        return self._line(f"expected {self.expected}" if self.expected else "")

    def _line(self, what: str) -> str:
        file = ascii_controls(self.file)  # an archive may name its files as it likes
        place = f"{file}: {self.where}" if self.where else file
        said = ". ".join(filter(None, (what, self.remedy)))
        return f"{place}: {said}" if said else place


class Reading(msgspec.Struct, frozen=True):
    """A register that was read, and what is odd about it."""

    people: People
    oddities: tuple[Problem, ...] = ()


class RegisterProblem(Exception):
    """A register cannot be used. *problems* holds every defect found, its text the first thousand of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        more = [f"and {len(problems) - _LISTED} more"] if len(problems) > _LISTED else []
        super().__init__("\n".join([*map(str, problems[:_LISTED]), *more]))
        self.problems = tuple(problems)

    @property
    def public(self) -> Public:
        """How many defects there are, for logs."""
        return public("the register was not read: {count} defects", count=len(self.problems))


def shown(value: Any) -> str:
    """A value found where something else was expected: its kind, and the value itself if it is short."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            text = ascii_controls(value)
            return f'"{text[:_LONGEST]}…"' if len(text) > _LONGEST else f'"{text}"'
        case int() | float():
            return f"the number {str(value)[:_LONGEST]}"
        case list() | tuple():
            return f"a list of {len(value)}"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def has_controls(text: str) -> bool:
    """Whether there is a control character in it, or another end of line."""
    return _CONTROLS.search(text) is not None


def ascii_controls(text: str) -> str:
    """The text with whatever a terminal might obey, or nobody can see, written as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
