"""
What the console works with, as it sees it.

The store and the rest are handed in by whoever builds the gateway; the console
knows none of them by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from gateway.mail.account import Account
from gateway.mail.document import Document
from gateway.mail.envelope import Envelope
from gateway.mail.mime import Part
from gateway.policy.verdict import Policy, Verdict
from gateway.register.register import Register
from gateway.remedy.outgoing import Outgoing
from gateway.review.held import Held, Item, State
from gateway.review.session import Session
from gateway.settings import Settings


class Sessions(Protocol):
    """Who is signed in, by the secret that their browser holds."""

    async def begin(self, account: Account, *, peer: str) -> str:
        """Sign somebody in; returns the secret."""
        ...

    async def find(self, token: str) -> Session | None:
        """Whose secret that is; None once the session has ended, was idle too long, or the account is gone."""
        ...

    async def end(self, token: str) -> None:
        """Sign out."""
        ...


class Accounts(Protocol):
    """Who may sign in."""

    async def verify(self, name: str, password: str) -> Account | None:
        """The account, if the password is right and it may sign in."""
        ...


class Quarantine(Protocol):
    """Held messages. Errors are those of `gateway.review.errors`."""

    async def list(
        self, states: tuple[State, ...] = ("held", "releasing"), limit: int = 1000, offset: int = 0
    ) -> tuple[Held, ...]:
        """Items in those states, the oldest first."""
        ...

    async def look(self, item: str, who: str, reason: str) -> Item:
        """Everything about an item; that *who* looked, and why, is on record before."""
        ...

    async def get(self, item: str) -> Item:
        """Everything about an item, without a record: for deciding what may be shown of it."""
        ...

    async def raw(self, item: str) -> bytes:
        """The message as it came."""
        ...

    async def release(self, item: str, who: str, note: str = "") -> int:
        """Send the message as it came."""
        ...

    async def reject(self, item: str, who: str, note: str = "", *notices: Outgoing) -> None:
        """It does not leave; *notices* tell its tutor."""
        ...


class Store(Protocol):
    """Everything that is kept."""

    @property
    def quarantine(self) -> Quarantine:
        """Held messages."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        ...

    async def register_version(self) -> str | None:
        """Cheap to ask: tells whether the store answers."""
        ...


class Notices(Protocol):
    """What tutors are told of a decision."""

    def rejected(self, envelope: Envelope, verdict: Verdict, item: str, note: str) -> Outgoing | None:
        """A reviewer refused the message; *note* is what they say to the tutor."""
        ...


class Documents(Protocol):
    """Reads attachments in worker processes."""

    async def read(self, parts: tuple[Part, ...]) -> Mapping[str, Document]:
        """What is in each, by the part's path."""
        ...


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """All of it, put together once."""

    settings: Settings
    store: Store
    sessions: Sessions
    notices: Notices
    documents: Documents
    register: Callable[[], Register]
    policy: Callable[[], Policy]
    clock: Callable[[], datetime] = now
