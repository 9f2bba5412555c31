"""
The edges of the pipeline as it sees them: what it hands out, and what it may rely on.

The SMTP relay, the store, the notices and the look-ups implement these; the
pipeline knows none of them by name, so each can be replaced and tested apart.
"""

from datetime import datetime, timedelta
from typing import Protocol

from gateway.mail.envelope import Envelope
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.mail.reply import Reply
from gateway.policy.finding import Remedy
from gateway.policy.verdict import Verdict
from gateway.register.register import Register
from gateway.remedy.apply import Repaired
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.remedy.protection import PickUp, Protection


class Relay(Protocol):
    """The next hop."""

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand a message over. Any refusal is a value; no connection is an exception."""
        ...


class Lookups(Protocol):
    """Whatever needs network, history or worker processes."""

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:
        """Find out the facts that the rules need."""
        ...

    async def protection(self, addresses: tuple[str, ...], register: Register, at: datetime) -> Protection:
        """How these recipients can come to open what is protected."""
        ...


class Store(Protocol):
    """Held messages and the outbox. What returns has been committed to disk."""

    async def hold(self, raw: bytes, envelope: Envelope, verdict: Verdict, *notices: Outgoing) -> str:
        """Keep a message for review and queue its notices, in one transaction; its id is the queue id."""
        ...

    async def keep(
        self, raw: bytes, envelope: Envelope, verdict: Verdict, *notices: Outgoing, expires_at: datetime
    ) -> str:
        """Keep a refused message for its tutor to put right until then; returns its id."""
        ...

    async def released(self, raw: bytes, envelope: Envelope) -> str | None:
        """The id under which a reviewer let this very message go to these people; None where nobody did."""
        ...

    async def keep_passphrase(self, envelope: Envelope, verdict: Verdict, passphrase: str) -> None:
        """Keep what opens a protected message, for a tutor who loses it."""
        ...

    async def keep_pickups(self, envelope: Envelope, verdict: Verdict, pickups: tuple[PickUp, ...]) -> None:
        """Keep the files that are picked up on a page."""
        ...

    async def supersede(self, raw: bytes, envelope: Envelope, *, sent: bool) -> tuple[str, ...]:
        """Close the tutor's stopped messages that this one takes the place of; returns their ids."""
        ...

    async def first_time(self, what: str, period: timedelta) -> bool:
        """True once in each period for that text, over all processes."""
        ...

    async def enqueue(self, *mails: Outgoing, delay: timedelta = timedelta(0)) -> tuple[int, ...]:
        """Put mail into the outbox; it leaves after *delay* unless let go or withdrawn before."""
        ...

    async def let_go(self, *mails: int) -> None:
        """Send delayed mail now."""
        ...

    async def withdraw(self, *mails: int) -> None:
        """Take delayed mail back."""
        ...


class Notices(Protocol):
    """What people are told. None where nobody may be written to (a bounce, no tutor of ours)."""

    def reply(self, verdict: Verdict, envelope: Envelope, item: str) -> Reply:
        """The SMTP reply that refuses or holds; *item* is "" where the message was not kept."""
        ...

    def waiting(self, envelope: Envelope, verdict: Verdict) -> tuple[Outgoing, ...]:
        """What reviewers are told of a message that is held; it names nobody."""
        ...

    def explanation(
        self,
        message: Message | None,
        envelope: Envelope,
        verdict: Verdict,
        done: tuple[Remedy, ...] = (),
    ) -> Outgoing | None:
        """What happened to the message, why, and how to put it right; *done* is what was changed."""
        ...

    def passphrase(self, message: Message, repaired: Repaired) -> tuple[Outgoing, ...]:
        """The passphrase of a protected message: for its tutor, and as text messages. None for nobody of ours."""
        ...

    def undelivered(self, message: Message, delivery: Delivery) -> Outgoing | None:
        """A delivery report for recipients that the relay refused."""
        ...

    def expired(self, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """The message was not put right in time, so it was not sent."""
        ...

    def answered(self, envelope: Envelope, state: str) -> Outgoing | None:
        """What became of a message after its tutor answered by mail."""
        ...

    def until(self, envelope: Envelope) -> datetime:
        """How long a message that was stopped can be put right."""
        ...

    def bare(self, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """An explanation with nothing of the message in it, for when the full one may not leave."""
        ...
