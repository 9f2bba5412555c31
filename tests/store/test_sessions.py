"""Sessions, API tokens and tickets: they open what they should, for as long as they should."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gateway.mail.account import Account
from gateway.review.errors import NoSuchItem
from gateway.review.session import TicketSpent
from gateway.store.store import Store
from tests.store.conftest import Clock

TOM = Account("tom", ("tom@agency.example",), ("reviewer",))
DAY = timedelta(days=1)
Opener = Callable[[], Awaitable[Store]]


@pytest.fixture
async def tom(store: Store) -> Store:
    await store.accounts.add(TOM, "correct horse", "cli:root")
    return store


async def test_a_session_is_known_on_every_node(tom: Store, open_store: Opener) -> None:
    token = await tom.sessions.begin(TOM, peer="192.0.2.1")
    found = await (await open_store()).sessions.find(token)
    assert found is not None
    assert (found.account, found.peer) == (TOM, "192.0.2.1")
    assert found.id not in token
    assert await tom.sessions.find(token + "x") is None
    assert await tom.sessions.find("") is None


async def test_a_session_ends_when_it_is_idle(tom: Store, clock: Clock) -> None:
    token = await tom.sessions.begin(TOM, peer="")
    for _ in range(5):
        clock.go(minutes=29)
        assert await tom.sessions.find(token)
    clock.go(minutes=31)
    assert await tom.sessions.find(token) is None


async def test_a_session_ends_after_its_longest_time(tom: Store, clock: Clock) -> None:
    token = await tom.sessions.begin(TOM, peer="")
    for _ in range(12 * 3 - 1):
        clock.go(minutes=20)
        assert await tom.sessions.find(token)
    clock.go(minutes=20)
    assert await tom.sessions.find(token) is None


async def test_signing_out_ends_it(tom: Store) -> None:
    token, other = await tom.sessions.begin(TOM, peer=""), await tom.sessions.begin(TOM, peer="")
    await tom.sessions.end(token)
    assert await tom.sessions.find(token) is None
    assert await tom.sessions.find(other)
    assert len(await tom.sessions.of("tom")) == 1
    assert await tom.sessions.end_all("tom", "lead") == 1
    assert await tom.sessions.find(other) is None


@pytest.mark.parametrize("change", ["password", "roles", "disabled"])
async def test_a_changed_account_is_signed_out(tom: Store, change: str) -> None:
    token = await tom.sessions.begin(TOM, peer="")
    if change == "password":
        await tom.accounts.add(TOM, "battery staple", "lead")
    elif change == "roles":
        await tom.accounts.change(Account("tom", (), ("auditor",)), "lead")
    else:
        await tom.accounts.disable("tom", "lead")
    assert await tom.sessions.find(token) is None


async def test_an_account_without_a_password_opens_with_none(store: Store) -> None:
    await store.accounts.add(TOM, None, "lead")
    for password in ("", "nobody has this password", "None"):
        assert await store.accounts.verify("tom", password) is None
    assert (await store.accounts.get("TOM")).account == TOM


async def test_changing_keeps_the_password(tom: Store) -> None:
    auditor = Account("tom", (), ("auditor",))
    await tom.accounts.change(auditor, "lead")
    assert await tom.accounts.verify("tom", "correct horse") == auditor
    with pytest.raises(NoSuchItem):
        await tom.accounts.change(Account("nobody"), "lead")


async def test_a_factor_is_used_up_once(tom: Store, open_store: Opener) -> None:
    other = await open_store()
    assert await tom.accounts.factors("tom") == b""
    outcomes = await asyncio.gather(
        *(each.accounts.set_factors("tom", b"", b"code 1 used", "tom") for each in (tom, other, tom))
    )
    assert sorted(outcomes) == [False, False, True]
    assert await other.accounts.factors("tom") == b"code 1 used"
    assert not await tom.accounts.set_factors("nobody", b"", b"x", "tom")


async def test_a_token_opens_until_it_is_revoked(tom: Store) -> None:
    token, secret = await tom.tokens.make("tom", "report script", ["items:read"], None, "lead")
    found = await tom.tokens.find(secret)
    assert found is not None
    assert (found.id, found.account, found.scopes) == (token, TOM, ("items:read",))
    await tom.tokens.revoke(token, "lead")
    assert await tom.tokens.find(secret) is None
    assert (await tom.tokens.list())[0].revoked_at is not None
    with pytest.raises(NoSuchItem):
        await tom.tokens.revoke(token, "lead")


async def test_a_token_expires_and_dies_with_its_account(tom: Store, clock: Clock) -> None:
    _, short = await tom.tokens.make("tom", "a", [], DAY, "lead")
    _, long = await tom.tokens.make("tom", "b", [], None, "lead")
    clock.now += DAY
    assert await tom.tokens.find(short) is None
    assert await tom.tokens.find(long)
    await tom.accounts.disable("tom", "lead")
    assert await tom.tokens.find(long) is None


async def test_a_ticket_survives_a_hundred_looks_and_works_once(store: Store) -> None:
    token = await store.tickets.issue("invite", "tom", DAY, b"private")
    for _ in range(100):
        seen = await store.tickets.look(token, "invite")
        assert seen is not None
        assert seen.valid
    outcomes = await asyncio.gather(
        *(store.tickets.use(token, "invite") for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(each, TicketSpent) for each in outcomes) == 3
    seen = await store.tickets.look(token, "invite")
    assert seen is not None
    assert not seen.valid
    assert seen.data == b"private"


async def test_a_ticket_opens_nothing_else_and_expires(store: Store, clock: Clock) -> None:
    token = await store.tickets.issue("invite", "tom", DAY)
    assert await store.tickets.look(token, "reset") is None
    with pytest.raises(TicketSpent):
        await store.tickets.use(token, "reset")
    clock.now += DAY
    assert not (await store.tickets.look(token, "invite")).valid
    with pytest.raises(TicketSpent):
        await store.tickets.use(token, "invite")
