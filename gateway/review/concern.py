"""What a reviewer reports about a message: a breach of personal data, or a concern about a child."""

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["breach", "concern"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """
    The reporter's words: what happened, whom it is about, what of theirs, what may follow, what was done.

    For a breach these are what the supervisory authority asks for (UK GDPR, Art. 33(3) and (5)).
    """

    noticed: str
    happened: str
    affected: str
    data: str = ""
    risk: str = ""
    done: str = ""
    informed: str = ""


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is kept. It never changes; whoever knows more reports again."""

    id: str
    item: str
    kind: Kind
    by: str
    at: datetime
    told: Told
