"""Files that wait on a page, as whoever asks for them sees them."""

from datetime import datetime
from typing import Literal

import msgspec


class Waiting(msgspec.Struct, frozen=True):
    """One pick-up: *locked* after too many wrong codes."""

    id: str
    message: str
    state: Literal["open", "expired", "withdrawn", "locked"]
    expires_at: datetime
    picked_at: datetime | None = None


class NotPickedUp(Exception):
    """The code was wrong, or it is not open."""
