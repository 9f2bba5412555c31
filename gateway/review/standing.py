"""How a stopped message stands, as its tutor is shown it."""

import msgspec

from gateway.remedy.offer import Offer
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


class OfferChanged(Exception):
    """What would leave now is not what was agreed to; *offer* is what can be done now."""

    def __init__(self, offer: Offer) -> None:
        super().__init__("the offer has changed")
        self.offer = offer
