"""Who may sign in to submit mail, as the SMTP server asks for it."""

from typing import Protocol

from gateway.mail.account import Account


class Accounts(Protocol):
    """The accounts. An unknown name must take as long as a wrong password."""

    async def verify(self, name: str, password: str) -> Account | None:
        """The account, or None for a wrong pair, an unknown name, a disabled account or a leaver."""
        ...


class NoAccounts:
    """Nobody may sign in: only trusted networks submit."""

    async def verify(self, name: str, password: str) -> Account | None:  # noqa: ARG002
        """Nobody's password is right."""
        return None
