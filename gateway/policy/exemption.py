"""
"This is fine": findings that somebody looked at, and that an administrator exempted for a while.

An exemption never removes a finding: it turns it into one that is only observed, so
that the record still shows what was found.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.policy.finding import Evidence, Finding
from gateway.policy.verdict import Action, Judged, Verdict


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an exemption is about; every part that is given must fit.

    *tutor*: whose messages (an account or address). *recipients*: nobody else may
    get the message. *about*: ids of the register that the finding may concern.
    *quote*: the text that was found ("Amelia Road"), in any case.
    """

    rule: str
    tutor: str = ""
    recipients: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    quote: str = ""

    @property
    def narrow(self) -> bool:
        """Whether it is about more than the rule: without that, the rule would be switched off."""
        return bool(self.tutor or self.recipients or self.about or self.quote)

    def covers(self, finding: Finding, envelope: Envelope) -> bool:
        """Whether this finding in this envelope is meant."""
        return (
            self.narrow
            and finding.rule == self.rule
            and (not self.tutor or canonical(self.tutor) in _senders(envelope))
            and (
                not self.recipients or _all(map(canonical, envelope.rcpt_to), map(canonical, self.recipients))
            )
            and (not self.about or _all(finding.about, self.about))
            and (not self.quote or _all(map(_found, finding.evidence), (_folded(self.quote),)))
        )


class Exemption(msgspec.Struct, frozen=True, kw_only=True):
    """A scope that holds until it expires or is revoked."""

    id: str
    scope: Scope
    expires_at: datetime


def exempted(verdict: Verdict, exemptions: Iterable[Exemption], envelope: Envelope) -> Verdict:
    """The verdict, with findings that an exemption covers only observed."""
    scopes = [each.scope for each in exemptions if envelope.received_at < each.expires_at]
    if not scopes or not verdict.judged:
        return verdict
    judged = tuple(_observed(each, scopes, envelope) for each in verdict.judged)
    action = max((each.action for each in judged if each.stage == "enforce"), default=Action.DELIVER)
    ordered = tuple(sorted(judged, key=lambda each: each.stage != "enforce"))
    return msgspec.structs.replace(verdict, action=action, judged=ordered)


def _observed(judged: Judged, scopes: list[Scope], envelope: Envelope) -> Judged:
    if any(scope.covers(judged.finding, envelope) for scope in scopes):
        return msgspec.structs.replace(judged, stage="observe")
    return judged


def _all(found: Iterable[str], allowed: Iterable[str]) -> bool:
    """Something was found, and nothing but what is allowed."""
    inside = set(found)
    return bool(inside) and inside <= set(allowed)


def _senders(envelope: Envelope) -> set[str]:
    return {canonical(each) for each in (envelope.account or "", envelope.mail_from) if each}


def _found(evidence: Evidence) -> str:
    """The matter of a piece of evidence: what is marked in its quote, or all of it."""
    return _folded(evidence.quote[evidence.start : evidence.end] or evidence.quote)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
