"""Whom something is about that is kept without its message, so that an erasure finds it."""

import msgspec

from gateway.mail.envelope import Envelope
from gateway.policy.verdict import Verdict
from gateway.store.crypto import Vault


class About(msgspec.Struct, frozen=True):
    """Between whom the message went, and the ids of those in the register whom its findings are about."""

    envelope: Envelope
    people: tuple[str, ...] = ()


def about_of(envelope: Envelope, verdict: Verdict) -> About:
    """What is known of a message when it leaves."""
    return About(
        envelope, tuple(sorted({each for judged in verdict.judged for each in judged.finding.about}))
    )


def seal_about(vault: Vault, message: str, about: About | None) -> bytes | None:
    """For the row of something that belongs to a message (its queue id)."""
    return vault.seal(f"about/{message}", msgspec.json.encode(about)) if about else None


def open_about(vault: Vault, message: str, sealed: bytes) -> About:
    """
    The value again.

    Raises:
        Tampered: it was changed, or moved to another message.
    """
    return msgspec.json.decode(vault.open(f"about/{message}", sealed), type=About)
