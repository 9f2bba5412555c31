"""
The edges as the pipeline and the repairs see them: what they hand out, and what they may rely on.

The SMTP relay, the store, the notices and the look-ups implement these; nobody here
knows them by name, so each can be replaced and tested apart.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, Protocol

from gateway.mail.envelope import Envelope
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.mail.reply import Reply
from gateway.policy.exemption import Scope
from gateway.policy.finding import Remedy
from gateway.policy.verdict import Verdict
from gateway.register.register import Register
from gateway.remedy.apply import Repaired
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.remedy.protection import PickUp, Protection
from gateway.review.held import Item
from gateway.review.sending import Sending


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


class Kept(Protocol):
    """The store's side: kept messages."""

    async def get(self, item: str) -> Item:
        """Raises NoSuchItem."""
        ...

    async def raw(self, item: str) -> bytes:
        """The message as it came."""
        ...


class Steps(Protocol):
    """The store's side: the steps of a kept message, of which each happens once."""

    async def repair(
        self, item: str, who: str, outgoing: Iterable[Outgoing], notices: Iterable[Outgoing], note: str = ""
    ) -> None:
        """Send these in the message's place. Raises WrongState when something was decided already."""
        ...

    async def close(
        self, item: str, state: Literal["discarded", "expired"], who: str, *notices: Outgoing, note: str = ""
    ) -> None:
        """It does not leave. Raises WrongState."""
        ...

    async def ask(self, item: str, who: str, *notices: Outgoing, note: str = "") -> None:
        """A reviewer is to decide. Raises WrongState."""
        ...

    async def overdue(self, limit: int = 100) -> tuple[str, ...]:
        """Open messages whose time is over."""
        ...

    async def sendings(self, item: str) -> tuple[Sending, ...]:
        """What has become of the mails that left in the message's place."""
        ...


class Proposals(Protocol):
    """The store's side: exemptions that somebody asks for."""

    async def propose(self, scope: Scope, lifetime: timedelta, who: str, reason: str) -> str:
        """Ask for an exemption; it does nothing until somebody else approves it."""
        ...


class Escrow(Protocol):
    """The store's side: passphrases, for a while."""

    async def keep(self, message: str, tutor: str, passphrase: str) -> None:
        """Keep what opens a message."""
        ...


class PickUps(Protocol):
    """The store's side: files that wait on a page."""

    async def keep(self, message: str, tutor: str, waiting: tuple[PickUp, ...]) -> None:
        """Keep the files of a message."""
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
