"""A relay that notes to whom mail has really gone, for the question whether an address is new."""

from collections.abc import Iterable
from typing import Protocol

from gateway.remedy.outgoing import Delivery, Outgoing


class Relay(Protocol):
    """The next hop."""

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand a message over. Any refusal is a value; no connection is an exception."""
        ...


class History(Protocol):
    """Remembers addresses."""

    def wrote(self, addresses: Iterable[str]) -> None:
        """A relay has taken a message for these."""
        ...


class Remembering:
    """
    Hands over to a relay, and remembers the recipients that it took.

    Mail without a return path is nobody's: notices, and the answers that a tutor's
    mail program gives by itself to whoever writes. It makes no address a known one.
    """

    def __init__(self, relay: Relay, history: History) -> None:
        self._relay = relay
        self._history = history

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand a message over. Any refusal is a value; no connection is an exception."""
        delivery = await self._relay.deliver(outgoing)
        if delivery.reply.accepted and outgoing.mail_from:
            refused = {address for address, _ in delivery.refused}
            self._history.wrote(each.address for each in outgoing.recipients if each.address not in refused)
        return delivery
