"""A held message, as the store gives it and people see it."""

from datetime import datetime
from typing import Literal

import msgspec

from gateway.mail.envelope import Envelope
from gateway.policy.verdict import Verdict
from gateway.remedy.outgoing import Delivery

State = Literal[
    "held",  # waits for a reviewer
    "waiting",  # refused, but kept: its tutor may put it right until it expires
    "releasing",  # decided, on its way to the relay
    "released",  # the relay said 250
    "rejected",  # a reviewer refused it
    "repaired",  # a corrected version was sent in its place
    "discarded",  # its tutor gave it up
    "superseded",  # its tutor has sent a better one meanwhile
    "expired",  # nobody did anything in time; it never leaves by itself
]


Order = Literal["serious", "oldest", "newest"]  # "serious": the most serious first, of those the oldest


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """
    An item as the queue shows it. *tutor* and *subject* are private.

    *answer* is what the relay last said to a release. What is open at *expires_at*
    does not leave any more. *reserved*: for the safeguarding lead alone; *people*:
    how many must agree to a release. *severity*: 2 urgent, 1 serious, 0 neither. *purged*:
    the message itself is gone. *spoilt*: its row was damaged or changed, so that its tutor and
    subject are not known and nothing can be done with it.
    """

    id: str
    state: State
    action: str
    rules: tuple[str, ...]
    tutor: str
    subject: str
    recipients: int
    size: int
    sha256: str
    policy_version: str
    register_version: str
    received_at: datetime
    held_at: datetime
    decided_at: datetime | None
    answer: Delivery | None
    expires_at: datetime | None = None
    escalated_at: datetime | None = None
    reserved: bool = False
    people: int = 1
    severity: int = 0
    purged: bool = False
    spoilt: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the audit trail, opened. *who* and *detail* are empty once they were erased."""

    seq: int
    at: datetime
    what: str
    subject: str
    who: str
    detail: dict[str, str]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item with what only a reviewer may see; its bytes come from `Quarantine.raw`."""

    held: Held
    envelope: Envelope
    verdict: Verdict
    history: tuple[Entry, ...]


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which items a list shows. *tutor* is an account's name or an address, *person* an id of the register."""

    states: tuple[State, ...] = ("held", "releasing")
    rule: str = ""
    tutor: str = ""
    person: str = ""
    reserved: bool | None = None
    order: Order = "oldest"
