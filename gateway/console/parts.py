"""
What the console works with.

The store and the rest are handed in by whoever builds the gateway; the console
knows none of them by name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from gateway.console.kept import Store
from gateway.console.kept_accounts import Sessions
from gateway.mail.document import Document
from gateway.mail.envelope import Envelope
from gateway.mail.mime import Part
from gateway.policy.verdict import Policy, Verdict
from gateway.register.imports.difference import Group
from gateway.register.problems import Problem
from gateway.register.register import Register
from gateway.remedy.outgoing import Outgoing
from gateway.review.concern import Kind
from gateway.review.known_key import KeyFile
from gateway.review.standing import Corrected, Standing
from gateway.sections import Settings


class Notices(Protocol):
    """What tutors are told of a decision."""

    def released(self, envelope: Envelope, item: str) -> Outgoing | None:
        """A reviewer let the message go."""
        ...

    def passed_on(self, envelope: Envelope, verdict: Verdict) -> tuple[Outgoing, ...]:
        """A message waits for the safeguarding lead's decision; it names nobody."""
        ...

    def locked_out(self, account: str, addresses: Iterable[str], peer: str) -> tuple[Outgoing, ...]:
        """Nobody can sign in to an account for a while, since somebody there tried too often."""
        ...

    def reported(self, item: str, kind: Kind, report: str) -> tuple[Outgoing, ...]:
        """Somebody reported a breach or a concern; a link for the safeguarding lead."""
        ...

    def rejected(self, envelope: Envelope, verdict: Verdict, item: str, note: str) -> Outgoing | None:
        """A reviewer refused the message; *note* is what they say to the tutor."""
        ...


class Documents(Protocol):
    """Reads attachments in worker processes."""

    async def read(self, parts: tuple[Part, ...]) -> Mapping[str, Document]:
        """What is in each, by the part's path."""
        ...


class Corrections(Protocol):
    """What the gateway could put right in a stopped message."""

    async def look(self, item: str) -> Standing:
        """How it stands, and what would leave. Changes nothing."""
        ...

    async def corrected(self, item: str, digest: str) -> Corrected:
        """What would leave, and what the tutor is told then. Raises OfferChanged."""
        ...

    async def keep(self, item: str, corrected: Corrected) -> None:
        """Once that is what leaves: keep what opens it."""
        ...


class Planned(Protocol):
    """What an import would do."""

    @property
    def ticket(self) -> str: ...  # noqa: D102
    @property
    def groups(self) -> tuple[Group, ...]: ...  # noqa: D102
    @property
    def oddities(self) -> tuple[Problem, ...]: ...  # noqa: D102
    @property
    def leavers(self) -> int: ...  # noqa: D102
    @property
    def excessive(self) -> tuple[str, ...]: ...  # noqa: D102


class Imports(Protocol):
    """New registers: planned first, and made when the plan was confirmed."""

    async def plan(self, files: Mapping[str, bytes], who: str) -> Planned:
        """What these files would change. Raises RegisterProblem."""
        ...

    async def confirm(self, ticket: str, who: str, *, removals: bool) -> str | None:
        """Do it; None where there is no such plan any more, or it may not be done like this."""
        ...


class RecipientKeys(Protocol):
    """Certificates and OpenPGP keys of recipients."""

    async def all(self) -> tuple[KeyFile, ...]:
        """The files of the store and of the folder."""
        ...

    async def add(self, name: str, data: bytes, who: str) -> KeyFile:
        """Keep a file. Raises NoUsableKey."""
        ...

    async def remove(self, key: str, who: str) -> None:
        """Keep it no longer. Raises NoSuchItem."""
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
    corrections: Corrections | None = None
    imports: Imports | None = None
    keys: RecipientKeys | None = None
    clock: Callable[[], datetime] = now
