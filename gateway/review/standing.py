"""How a stopped message stands, as its tutor is shown it."""

import msgspec

from gateway.remedy.offer import Offer
from gateway.remedy.outgoing import Outgoing
from gateway.review.held import Item
from gateway.review.sending import Sending


class Standing(msgspec.Struct, frozen=True):
    """
    How a stopped message stands.

    *offer* is what may still be done about it, None once something was decided;
    *sendings* is what became of the mails that left in its place.
    """

    item: Item
    tutor: str
    offer: Offer | None
    sendings: tuple[Sending, ...] = ()

    @property
    def progress(self) -> str:
        """``sent``, ``failed``, ``trying`` (the relay does not answer or says later) or ``leaving``; or ""."""
        states = {each.state for each in self.sendings}
        if not states:
            return ""
        if states == {"sent"}:
            return "sent"
        if "failed" in states:
            return "failed"
        return (
            "trying"
            if any(each.attempts > 1 or (each.state == "ready" and each.attempts) for each in self.sendings)
            else "leaving"
        )


class Corrected(msgspec.Struct, frozen=True):
    """
    What leaves in a message's place, once it is decided.

    *notices* go to its tutor, *steps* are the remedies in words, *passphrase* opens
    what was protected for this occasion.
    """

    outgoing: tuple[Outgoing, ...]
    notices: tuple[Outgoing, ...]
    steps: str
    passphrase: str | None = None


class OfferChanged(Exception):
    """What would leave now is not what was agreed to; *offer* is what can be done now."""

    def __init__(self, offer: Offer) -> None:
        super().__init__("the offer has changed")
        self.offer = offer
