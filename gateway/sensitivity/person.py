"""A sign in a text of one person, and what kinds of signs there are. Pure."""

import msgspec


class Who(msgspec.Struct, frozen=True):
    """
    A sign of a person at ``text[start:end]``.

    *weight* 3 names one child beyond doubt, 1 hints. *about* is the register's
    id, "" for somebody who is not in it.
    """

    start: int
    end: int
    weight: float
    why: str
    about: str = ""


# Names of somebody whom the text need not be about.
ABOVE = "a pupil's name above the text"
BESIDE = "a pupil's name as reader"
WRITER = "a pupil's name as writer"
ALOOF = frozenset({ABOVE, BESIDE, WRITER})
