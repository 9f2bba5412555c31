"""Exemptions as people propose, approve and revoke them."""

from datetime import datetime
from typing import Literal

import msgspec

from gateway.policy.exemption import Scope
from gateway.review.held import Held, Item

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


def disputed(found: Item, rule: str, tutor: str) -> Scope | None:
    """
    The narrowest exemption that would have let this message pass: this tutor's, for what was found.

    None where the rule found nothing in it.
    """
    findings = [each.finding for each in found.verdict.judged if each.finding.rule == rule]
    evidence = [each for finding in findings for each in finding.evidence]
    quotes = {each.quote[each.start : each.end] or each.quote for each in evidence}
    if not findings:
        return None
    if len(quotes) == 1 and all(quotes):
        return Scope(rule=rule, tutor=tutor, quote=quotes.pop())
    about = dict.fromkeys(each for finding in findings for each in finding.about)
    return Scope(rule=rule, tutor=tutor, recipients=found.envelope.rcpt_to, about=tuple(about))
