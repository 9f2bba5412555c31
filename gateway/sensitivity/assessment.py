"""The answer: how sensitive a document is, and what of it weighed. Pure."""

from typing import Literal

import msgspec

Level = Literal["low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("low", "medium", "high")


class Reason(msgspec.Struct, frozen=True):
    """One thing that weighed: where it stands and why it counts."""

    passage: int
    start: int
    end: int
    why: str


class Assessment(msgspec.Struct, frozen=True):
    """How sensitive a document is; *level* None means not at all."""

    level: Level | None
    reasons: tuple[Reason, ...] = ()
    kinds: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
