"""Exemptions as people propose, approve and revoke them."""

from datetime import datetime
from typing import Literal

import msgspec

from gateway.policy.exemption import Scope
from gateway.review.held import Held

ExemptionState = Literal["proposed", "approved", "refused", "revoked"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """
    An exemption with its history.

    *by* proposed it because of *reason*; *decided_by* approved, refused or revoked it.
    """

    id: str
    state: ExemptionState
    scope: Scope
    reason: str
    by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None


class Trial(msgspec.Struct, frozen=True):
    """
    What an exemption would have done: the past items that it covers.

    *through* would not have been stopped any more; the others have further
    findings. Look at those that a reviewer rejected.
    """

    through: tuple[Held, ...]
    others: tuple[Held, ...]


class TooWide(Exception):
    """A scope of nothing but a rule would switch that rule off: that is a matter of policy."""


class SamePerson(Exception):
    """Nobody approves what they proposed themselves."""
