"""What has become of a mail on its way to the relay."""

from datetime import datetime

import msgspec


class Sending(msgspec.Struct, frozen=True):
    """
    One mail of the outbox.

    *state* is ``ready`` or ``sending`` while it is on its way, ``sent`` once the
    relay has taken it for somebody, ``failed`` when it refused everybody for
    good. *attempts* counts how often the relay was tried.
    """

    state: str
    attempts: int
    finished_at: datetime | None
