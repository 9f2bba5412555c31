"""``on_relay_down = "queue"``: what the relay cannot take now is kept and sent later."""

from typing import Protocol

from gateway import journal
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.smtp.relay import RelayDown

_QUEUED = Reply(
    250, "2.0.0", ("Kept here for now: the next mail server cannot be reached, and will be tried again",)
)


class Relay(Protocol):
    """The next hop."""

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand a message over. Raises RelayDown."""
        ...


class Queue(Protocol):
    """The durable outbox; what returns is on disk."""

    async def enqueue(self, *mails: Outgoing) -> tuple[int, ...]:
        """Keep mail, to be sent with retries."""
        ...


class OrQueue:
    """A relay that is never down: its 250 is the relay's, or the outbox's."""

    def __init__(self, relay: Relay, queue: Queue) -> None:
        self._relay = relay
        self._queue = queue

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """
        Hand a message over, or keep it.

        A connection that broke at the final dot leaves it open whether the relay
        has the message; it is then sent again, since twice is better than never.
        """
        try:
            return await self._relay.deliver(outgoing)
        except RelayDown:
            await self._queue.enqueue(outgoing)
            journal.event("queued_for_relay")
            return Delivery(_QUEUED)
