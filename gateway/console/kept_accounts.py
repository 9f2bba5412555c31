"""What the store keeps of those who sign in, as the console sees it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from gateway.mail.account import Account
from gateway.review.rules import Deputy
from gateway.review.session import ApiToken, Listed, Session, Ticket


class Accounts(Protocol):
    """Who may sign in."""

    async def verify(self, name: str, password: str) -> Account | None:
        """The account, if the password is right and it may sign in."""
        ...

    async def get(self, name: str) -> Listed | None:
        """An account by its name, disabled ones too."""
        ...

    async def list(self) -> tuple[Listed, ...]:
        """Every account, by name."""
        ...

    async def add(self, account: Account, password: str | None, who: str) -> bool:
        """Make an account, or give an existing one this profile and password; True if it is new."""
        ...

    async def change(self, account: Account, who: str) -> None:
        """Give an account other addresses and roles; its sessions end."""
        ...

    async def disable(self, name: str, who: str) -> None:
        """Nobody signs in under that name any more."""
        ...

    async def factors(self, name: str) -> bytes:
        """The second factors, in the console's own form; b"" for none."""
        ...

    async def set_factors(self, name: str, before: bytes, after: bytes, who: str) -> bool:
        """Keep second factors, if those that are kept are still *before*."""
        ...


class Sessions(Protocol):
    """Who is signed in, by the secret that their browser holds."""

    async def begin(self, account: Account, *, peer: str) -> str:
        """Sign somebody in; returns the secret."""
        ...

    async def find(self, token: str) -> Session | None:
        """Whose secret that is; None once the session has ended or the account was changed."""
        ...

    async def end(self, token: str) -> None:
        """Sign out."""
        ...

    async def of(self, name: str) -> tuple[Session, ...]:
        """Every session of an account, the latest first."""
        ...

    async def end_all(self, name: str, who: str) -> int:
        """Sign an account out everywhere."""
        ...


class Tickets(Protocol):
    """Tokens that work once."""

    async def issue(self, purpose: str, subject: str, lifetime: timedelta, data: bytes = b"") -> str:
        """A token of 256 bits."""
        ...

    async def look(self, token: str, purpose: str) -> Ticket | None:
        """What a token stands for. Changes nothing."""
        ...

    async def use(self, token: str, purpose: str) -> Ticket:
        """Use it up. Raises TicketSpent."""
        ...


class Tokens(Protocol):
    """What programs sign in with."""

    async def make(
        self, name: str, label: str, scopes: Iterable[str], lifetime: timedelta | None, who: str
    ) -> tuple[str, str]:
        """A new token for an account: its id, and the secret."""
        ...

    async def find(self, secret: str) -> ApiToken | None:
        """Whose secret that is."""
        ...

    async def list(self) -> tuple[ApiToken, ...]:
        """Every token, the latest first."""
        ...

    async def revoke(self, token: str, who: str) -> None:
        """It opens nothing any more."""
        ...


class Deputies(Protocol):
    """Who stands in for whom."""

    async def acting(self, name: str) -> frozenset[str]:
        """The roles that an account has just now because somebody is away."""
        ...

    async def list(self) -> tuple[Deputy, ...]:
        """Every appointment that has not ended."""
        ...

    async def appoint(self, name: str, role: str, since: datetime, until: datetime, who: str) -> str:
        """Let an account act in a role between two moments."""
        ...

    async def end(self, appointment: str, who: str) -> None:
        """They stand in no longer."""
        ...
