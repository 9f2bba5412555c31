"""
Who may decide on a held message.

A reviewer or the safeguarding lead; nobody on a message of their own; on what is
reserved for the lead only the lead, or who stands in for them just now.
"""

from datetime import datetime
from typing import Literal

import msgspec

from gateway.mail.account import Account
from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.review.held import Held

LEAD = "safeguarding_lead"
REVIEWERS = frozenset({"reviewer", LEAD})
Obstacle = Literal["role", "own", "reserved", "late"]


class NotAllowed(Exception):
    """
    This account may not do that; *why* says what stands against it.

    role: no reviewer. own: the message is theirs. reserved: it is for the
    safeguarding lead. late: the time to take a decision back is over.
    """

    def __init__(self, why: Obstacle) -> None:
        super().__init__(why)
        self.why = why


class Deputy(msgspec.Struct, frozen=True, kw_only=True):
    """*name* has *role* as well between two moments: somebody is away. *by* appointed them."""

    id: str
    role: str
    name: str
    by: str
    since: datetime
    until: datetime


def obstacle(account: Account, acting: frozenset[str], held: Held, envelope: Envelope) -> Obstacle | None:
    """What stands against *account*, who has the roles *acting* besides their own, deciding on an item."""
    roles = acting.union(account.roles)
    if REVIEWERS.isdisjoint(roles):
        return "role"
    if is_own(account, held, envelope):
        return "own"
    if held.reserved and LEAD not in roles:
        return "reserved"
    return None


def is_own(account: Account, held: Held, envelope: Envelope) -> bool:
    """Whether the message is of the person whose account this is."""
    mine = {canonical(each) for each in (account.name, *account.addresses)}
    theirs = {canonical(each) for each in (held.tutor, envelope.mail_from, envelope.account or "") if each}
    return not mine.isdisjoint(theirs)
