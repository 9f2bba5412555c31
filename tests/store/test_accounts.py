"""Accounts: the right password opens, nothing else does, and nothing tells why."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from time import process_time

import pytest

from gateway.mail.account import Account
from gateway.store.errors import NoSuchItem
from gateway.store.store import Store

TOM = Account("Tom@Agency.example", ("tom@agency.example",), ("submit", "reviewer"))


async def test_the_right_password_opens_on_every_node(
    open_store: Callable[[], Awaitable[Store]],
) -> None:
    assert await (await open_store()).accounts.add(TOM, "correct horse", "cli:root")
    assert await (await open_store()).accounts.verify("tom@agency.example ", "correct horse") == TOM


@pytest.mark.parametrize(
    "password", ["", "correct hors", "Correct horse", "correct horse\x00", "x" * 100_000]
)
async def test_another_password_does_not(store: Store, password: str) -> None:
    await store.accounts.add(TOM, "correct horse", "cli:root")
    assert await store.accounts.verify(TOM.name, password) is None


async def test_composed_and_decomposed_letters_are_one_password(store: Store) -> None:
    await store.accounts.add(TOM, "caf\u00e9 creme", "cli:root")
    assert await store.accounts.verify(TOM.name, "cafe\u0301 creme") == TOM


async def test_a_disabled_account_is_refused_until_it_is_added_again(store: Store) -> None:
    await store.accounts.add(TOM, "correct horse", "cli:root")
    await store.accounts.disable(TOM.name, "cli:root")
    assert await store.accounts.verify(TOM.name, "correct horse") is None
    assert not await store.accounts.add(TOM, "battery staple", "cli:root")
    assert await store.accounts.verify(TOM.name, "correct horse") is None
    assert await store.accounts.verify(TOM.name, "battery staple") == TOM


async def test_disabling_nobody_is_an_error(store: Store) -> None:
    with pytest.raises(NoSuchItem):
        await store.accounts.disable("nobody", "cli:root")


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(store: Store) -> None:
    """
    Measured in processor time, all threads together.

    A neighbour on the same processor stretches even that, so the least of each counts, and they are measured in
    turn, until both have had a quiet moment. What costs less by nature never comes near.
    """
    await store.accounts.add(TOM, "correct horse", "cli:root")
    await store.accounts.verify("warm", "up")

    async def cost(name: str) -> float:
        start = process_time()
        assert await store.accounts.verify(name, "wrong") is None
        return process_time() - start

    known, unknown = await cost(TOM.name), await cost("nobody@agency.example")
    for _ in range(100):
        if 0.5 < known / unknown < 2:
            break
        known = min(known, await cost(TOM.name))
        unknown = min(unknown, await cost("nobody@agency.example"))
    assert 0.5 < known / unknown < 2


async def test_hashing_leaves_the_event_loop_free(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing begins only when the loop is at its next turn: on the loop itself it would wait in vain."""
    await store.accounts.add(TOM, "correct horse", "cli:root")
    matches, loop, turned = store.accounts._matches, asyncio.get_running_loop(), threading.Event()

    def when_the_loop_has_turned(stored: str, password: str) -> bool:
        loop.call_soon_threadsafe(turned.set)
        assert turned.wait(60)
        return matches(stored, password)

    monkeypatch.setattr(store.accounts, "_matches", when_the_loop_has_turned)
    assert await store.accounts.verify(TOM.name, "correct horse") == TOM


async def test_accounts_are_listed_by_name(store: Store) -> None:
    for name in ("zoe", "Ana", "bo"):
        await store.accounts.add(Account(name, (), ("submit",)), "correct horse", "cli:root")
    assert [each.account.name for each in await store.accounts.list()] == ["Ana", "bo", "zoe"]
