"""Accounts, and one's own tokens and sessions."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.console import accounts, tokens
from gateway.console.api.operation import Call, Operation
from gateway.console.pages import ADMIN, OVERSIGHT
from gateway.mail.account import Account
from gateway.review.session import ApiToken, Listed, Session

Name = Annotated[str, Meta(min_length=1, max_length=320)]
Role = Literal["submit", "reviewer", "safeguarding_lead", "auditor", "administrator"]
Roles = Annotated[tuple[Role, ...], Meta(min_length=1)]
Addresses = Annotated[tuple[Annotated[str, Meta(max_length=320)], ...], Meta(max_length=100)]


class Me(msgspec.Struct, frozen=True):
    """Whom the token acts for, the roles just now (lent ones too), and what it may be used for."""

    account: Account
    roles: tuple[str, ...]
    scopes: tuple[str, ...]


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who is to have an account."""

    name: Name
    roles: Roles
    addresses: Addresses = ()


class Invitation(msgspec.Struct, frozen=True):
    """The link to send them; it works once, for three days."""

    link: str


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account's roles, and the addresses that it sends as."""

    roles: Roles
    addresses: Addresses = ()


class Ended(msgspec.Struct, frozen=True):
    """How many sessions that ended."""

    sessions: int


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token for this same account, with no scope that the one in use has not got."""

    label: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
    scopes: Annotated[tuple[str, ...], Meta(min_length=1, max_length=50)]
    days: Annotated[int, Meta(ge=1, le=tokens.LONGEST)] = 90


class Secret(msgspec.Struct, frozen=True):
    """A new token; its secret is shown this once."""

    id: str
    secret: str


async def show_me(call: Call) -> Me:
    """Whom this token acts for."""
    assert call.token is not None
    return Me(call.token.account, tuple(sorted(call.roles)), call.token.scopes)


async def list_users(call: Call) -> tuple[Listed, ...]:
    """Every account."""
    return await call.parts.store.accounts.list()


async def invite_user(call: Call, asked: Invited) -> Invitation:
    """A link by which somebody makes their account."""
    account = Account(asked.name.strip(), asked.addresses, tuple(dict.fromkeys(asked.roles)))
    return Invitation(await accounts.invite_somebody(call, account))


async def change_user(call: Call, asked: Profile) -> None:
    """Give an account other roles and addresses; its sessions end."""
    account = Account(call.part("name"), asked.addresses, tuple(dict.fromkeys(asked.roles)))
    await accounts.change_account(call, account)


async def close_user(call: Call) -> None:
    """Close an account: nobody signs in under that name any more."""
    await accounts.close_account(call, call.part("name"))


async def sign_out_user(call: Call) -> Ended:
    """End every session of an account."""
    return Ended(await accounts.sign_out_everywhere(call, call.part("name")))


async def list_tokens(call: Call) -> tuple[ApiToken, ...]:
    """One's own tokens that are in force; an administrator's list holds everybody's."""
    return await tokens.theirs(call)


async def make_token(call: Call, asked: NewToken) -> Secret:
    """Another token for this account."""
    assert call.token is not None
    within = frozenset(call.token.scopes)
    return Secret(*await tokens.make(call, asked.label.strip(), asked.scopes, asked.days, within))


async def revoke_token(call: Call) -> None:
    """Revoke a token; an administrator anybody's."""
    await tokens.revoke(call, call.part("token"))


async def list_sessions(call: Call) -> tuple[Session, ...]:
    """Where one's own account is signed in."""
    return await call.parts.store.sessions.of(call.who)


async def end_sessions(call: Call) -> Ended:
    """Sign one's own account out everywhere; tokens stay."""
    return Ended(await call.parts.store.sessions.end_all(call.who, call.who))


OPERATIONS = (
    Operation("GET", "/me", show_me, "", OVERSIGHT),
    Operation("GET", "/users", list_users, "users:read", ADMIN),
    Operation("POST", "/users", invite_user, "users:write", ADMIN),
    Operation("PUT", "/users/{name}", change_user, "users:write", ADMIN),
    Operation("DELETE", "/users/{name}", close_user, "users:write", ADMIN),
    Operation("DELETE", "/users/{name}/sessions", sign_out_user, "users:write", ADMIN),
    Operation("GET", "/tokens", list_tokens, "account:read", OVERSIGHT),
    Operation("POST", "/tokens", make_token, "account:write", OVERSIGHT),
    Operation("DELETE", "/tokens/{token}", revoke_token, "account:write", OVERSIGHT),
    Operation("GET", "/sessions", list_sessions, "account:read", OVERSIGHT),
    Operation("DELETE", "/sessions", end_sessions, "account:write", OVERSIGHT),
)
