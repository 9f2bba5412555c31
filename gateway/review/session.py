"""Who is signed in to the console, or calls its API."""

from datetime import datetime

import msgspec

from gateway.mail.account import Account


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is signed in. *id* may be shown; the token that the browser holds is another."""

    id: str
    account: Account
    begun_at: datetime
    seen_at: datetime | None = None
    peer: str = ""


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """
    A program may act for an account, within *scopes* ("items:read", "items:decide", …).

    The secret itself is shown once, when it is made.
    """

    id: str
    account: Account
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    seen_at: datetime | None = None
    revoked_at: datetime | None = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A single-use token's contents, and whether it still works at this moment."""

    purpose: str
    subject: str
    data: bytes
    expires_at: datetime
    used_at: datetime | None
    valid: bool


class TicketSpent(Exception):
    """The token was used before, has expired, or never was."""


class Listed(msgspec.Struct, frozen=True):
    """An account as the list shows it."""

    account: Account
    created_at: datetime
    disabled_at: datetime | None
