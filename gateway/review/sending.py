"""What has become of a mail on its way to the relay."""

from datetime import datetime

import msgspec

from gateway.mail.reply import Reply


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


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """
    One mail of the outbox, for those who look after it. Names nobody.

    *state*: ``waiting`` (on purpose, or for another try: ``ready``), ``parked`` until
    its message was taken, ``sending``, ``sent``, ``failed``, ``withdrawn``. *purpose*:
    ``mail``, or with an item ``release`` (the message itself), ``after``, ``notice``.
    *recipients* counts all, *open* those that have neither got it nor been refused;
    *answer* is what the relay last said to one of them. *spoilt*: what was stored of
    it cannot be read back, so it cannot leave.
    """

    id: int
    state: str
    purpose: str
    item: str | None
    recipients: int
    open: int
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None
    answer: Reply | None
    spoilt: bool = False
