"""The store as the console sees it. Errors are those of `gateway.review.errors`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.console.kept_accounts import Accounts, Deputies, Sessions, Tickets, Tokens
from gateway.mail.account import Account
from gateway.mail.envelope import Envelope
from gateway.policy.exemption import Scope
from gateway.remedy.outgoing import Outgoing
from gateway.review.concern import Concern, Kind, Told
from gateway.review.exemptions import ExemptionState, Proposal, Trial
from gateway.review.held import Entry, Filter, Held, Item, State
from gateway.review.pickup import Waiting
from gateway.review.rules import Obstacle
from gateway.review.sending import Mail


class Quarantine(Protocol):
    """Held messages."""

    async def page(self, wanted: Filter, limit: int = 50, offset: int = 0) -> tuple[tuple[Held, ...], int]:
        """One page of the items that *wanted* describes, and how many there are in all."""
        ...

    async def envelopes(self, ids: Iterable[str]) -> Mapping[str, Envelope]:
        """The envelopes of these items, by id."""
        ...

    async def states(self, ids: Iterable[str]) -> Mapping[str, State]:
        """What has become of these items, by id: cheap to ask again and again."""
        ...

    async def within(self, since: datetime, until: datetime) -> tuple[Held, ...]:
        """Every item that came in within that time, whatever became of it."""
        ...

    async def ids(self, person: str = "", tutor: str = "") -> tuple[str, ...]:
        """Every item about a person of the register, or of a tutor, in any state."""
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


class Review(Protocol):
    """Decisions, by those who may decide: the others get NotAllowed, who comes second WrongState."""

    async def obstacle(self, item: Item, account: Account) -> Obstacle | None:
        """What stands against this account deciding on an item."""
        ...

    async def release(
        self, item: str, account: Account, note: str = "", *, after: Iterable[Outgoing] = ()
    ) -> str:
        """Send it as it came: "releasing", or "agreed" where a second person is needed."""
        ...

    async def send(
        self,
        item: str,
        account: Account,
        outgoing: Iterable[Outgoing],
        note: str = "",
        *,
        plan: str,
        after: Iterable[Outgoing] = (),
    ) -> str:
        """Send these in its place: "releasing", or "agreed" where a second person is needed."""
        ...

    async def reject(self, item: str, account: Account, note: str = "", *notices: Outgoing) -> None:
        """It does not leave; *notices* tell its tutor."""
        ...

    async def undo(self, item: str, account: Account) -> None:
        """Take a decision back, within a few seconds."""
        ...

    async def pass_on(self, item: str, account: Account, note: str = "", *notices: Outgoing) -> None:
        """Only the safeguarding lead decides on it from now on."""
        ...

    async def hand_back(self, item: str, account: Account, note: str = "") -> None:
        """Any reviewer may decide on it again: the lead's word."""
        ...

    async def agreed(self, item: str) -> int:
        """How many have agreed so far."""
        ...


class Exemptions(Protocol):
    """Findings that are fine for a while: proposed by one, approved by another."""

    async def propose(self, scope: Scope, lifetime: timedelta, who: str, reason: str) -> str:
        """Ask for one; TooWide where it names nothing but a rule."""
        ...

    async def approve(self, proposal: str, who: str, reason: str = "") -> None:
        """Let it take effect; SamePerson, WrongState."""
        ...

    async def refuse(self, proposal: str, who: str, reason: str = "") -> None:
        """It does not take effect."""
        ...

    async def revoke(self, proposal: str, who: str, reason: str = "") -> None:
        """It has no effect any more."""
        ...

    async def list(self, states: Iterable[ExemptionState] = ("proposed", "approved")) -> tuple[Proposal, ...]:
        """Those that have not expired, the newest first."""
        ...

    async def trial(self, scope: Scope, days: int = 90, limit: int = 2000) -> Trial:
        """What it would have done in the past."""
        ...


class Escrow(Protocol):
    """What opens protected messages."""

    async def look(self, message: str, who: str, reason: str) -> str:
        """The passphrase; that *who* looked, and why, is on record before. NoSuchItem."""
        ...

    async def has(self, message: str) -> bool:
        """Whether a passphrase is kept for that message."""
        ...

    async def of_tutor(self, tutor: str) -> tuple[str, ...]:
        """The messages of one tutor whose passphrases are kept, the newest first."""
        ...


class Concerns(Protocol):
    """Reports of breaches and concerns."""

    def new_id(self) -> str:
        """An id for a report that is about to be kept."""
        ...

    async def keep(self, key: str, item: str, kind: Kind, told: Told, who: str, *notices: Outgoing) -> None:
        """Keep a report under a `new_id`, with its notices."""
        ...

    async def get(self, key: str) -> Concern:
        """One report; NoSuchItem."""
        ...

    async def about(self, item: str) -> tuple[Concern, ...]:
        """Every report about a message, the oldest first."""
        ...


class PickUps(Protocol):
    """Files that wait on a page."""

    async def look(self, pickup: str) -> Waiting:
        """How one stands. NoSuchItem."""
        ...

    async def names(self, pickup: str) -> tuple[str, ...]:
        """The neutral names of its files."""
        ...

    async def take(self, pickup: str, code: str, name: str) -> bytes:
        """One file, against the code. NotPickedUp, NoSuchItem."""
        ...

    async def of_message(self, message: str) -> tuple[Waiting, ...]:
        """Every pick-up of a message."""
        ...

    async def of_tutor(self, tutor: str) -> tuple[str, ...]:
        """The messages of one tutor whose files wait."""
        ...

    async def revoke(self, message: str, who: str) -> int:
        """Withdraw the files of a message."""
        ...


class Flaw(Protocol):
    """Something in the audit trail that is not as it was written."""

    @property
    def seq(self) -> int: ...  # noqa: D102
    @property
    def what(self) -> str: ...  # noqa: D102


class Head(Protocol):
    """The last entry's number and link."""

    @property
    def seq(self) -> int: ...  # noqa: D102
    @property
    def link(self) -> str: ...  # noqa: D102


class Postmaster(Protocol):
    """The outbox."""

    async def list(self, states: Iterable[str] = ..., limit: int = 1000, offset: int = 0) -> tuple[Mail, ...]:
        """Mail in those states, the oldest first."""
        ...

    async def retry(self, number: int, who: str) -> None:
        """Try a mail now."""
        ...

    async def cancel(self, number: int, who: str, note: str = "") -> None:
        """Take a mail out."""
        ...


class Audit(Protocol):
    """The audit trail."""

    async def about(self, subject: str) -> tuple[Entry, ...]:
        """Every entry on one subject, oldest first."""
        ...

    async def page(
        self, *, what: tuple[str, ...] = (), who: str = "", before: int | None = None, limit: int = 100
    ) -> tuple[Entry, ...]:
        """The newest entries first."""
        ...

    async def verify(self) -> Sequence[Flaw]:
        """Check every link; () where the chain holds, else what does not."""
        ...

    async def head(self) -> Head | None:
        """The end of the chain; None while nothing was recorded."""
        ...

    async def record(self, what: str, subject: str, who: str, **detail: str) -> int:
        """Add an entry."""
        ...


class Store(Protocol):
    """Everything that is kept."""

    @property
    def quarantine(self) -> Quarantine: ...  # noqa: D102 -- the classes above say what they are
    @property
    def accounts(self) -> Accounts: ...  # noqa: D102
    @property
    def sessions(self) -> Sessions: ...  # noqa: D102
    @property
    def tickets(self) -> Tickets: ...  # noqa: D102
    @property
    def tokens(self) -> Tokens: ...  # noqa: D102
    @property
    def audit(self) -> Audit: ...  # noqa: D102
    @property
    def review(self) -> Review: ...  # noqa: D102
    @property
    def deputies(self) -> Deputies: ...  # noqa: D102
    @property
    def escrow(self) -> Escrow: ...  # noqa: D102
    @property
    def pickups(self) -> PickUps: ...  # noqa: D102
    @property
    def exemptions(self) -> Exemptions: ...  # noqa: D102
    @property
    def concerns(self) -> Concerns: ...  # noqa: D102
    @property
    def postmaster(self) -> Postmaster: ...  # noqa: D102

    async def tell(self, what: str, period: timedelta, *mails: Outgoing) -> None:
        """Put mail into the outbox the first time in each period for that text, over all processes."""
        ...

    async def register_version(self) -> str | None:
        """Cheap to ask: tells whether the store answers."""
        ...
