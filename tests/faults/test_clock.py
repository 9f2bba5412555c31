"""The machine's clock jumps while the outbox has mail due: nothing lies still, nothing goes twice."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import read_settings
from gateway.store.store import Store
from tests.faults.books import KINDS, Books, configuration, enqueue, receiving
from tests.faults.conftest import Row
from tests.faults.gateways import nursery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
HOUR, DAY = 3_600, 86_400
PATIENCE = 200.0  # seconds, for what takes one on a quiet machine, and never an hour


def set_clock(folder: Path, seconds: int) -> None:
    """How far the gateway's clock is ahead of the true time from now on."""
    draft = folder / "draft"
    draft.write_text(str(seconds))
    draft.replace(folder / "clock")


async def _tried(config: Path, number: int) -> None:
    """Wait until so many mails have been tried, and wait for another time."""
    store = await Store.open(read_settings(config).store, config.parent)
    try:
        async with asyncio.timeout(PATIENCE):
            while sum(each.attempts > 0 for each in await store.postmaster.list(["ready"])) < number:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await store.close()


async def _arrived(books: Books, number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(books.arrived) < number:  # noqa: ASYNC110 -- another process works
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("ahead", [HOUR, DAY])
async def test_a_clock_that_goes_back_postpones_nothing(
    tmp_path: Path, ahead: int, noted: Callable[[Row], None]
) -> None:
    """It was ahead when the relay was down, and is set right while mail waits for its next try."""
    books = Books(refuses=b"451 4.3.0 Later\r\n")
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(tmp_path, relay)
        set_clock(tmp_path, ahead)
        gateway = await nurse.start(config)
        letters = [books.write(KINDS[0]) for _ in range(5)]
        await enqueue(config, letters, ahead)
        await _tried(config, len(letters))
        books.refuses = b""
        set_clock(tmp_path, 0)
        await _arrived(books, len(letters))
        gateway.terminate()
    twice = sum(count - 1 for count in books.arrived.values())
    noted(Row(f"clock {ahead // HOUR} h back", 1, len(letters), twice=twice))
    assert twice == 0


async def test_a_clock_that_leaps_forward_repeats_nothing(
    tmp_path: Path, noted: Callable[[Row], None]
) -> None:
    """Every lease is over then, by the clock, also that of the mail which the relay is just taking."""
    books = Books(holds=asyncio.Event())
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(tmp_path, relay)
        gateway = await nurse.start(config)
        letters = [books.write(KINDS[0]) for _ in range(4)]
        await enqueue(config, letters[:2], 0)
        await _arrived(books, 2)
        set_clock(tmp_path, DAY)
        await enqueue(config, letters[2:], DAY)
        await _arrived(books, 4)
        assert books.holds is not None
        books.holds.set()
        await _empty(config)
        gateway.terminate()
    twice = sum(count - 1 for count in books.arrived.values())
    noted(Row("clock a day forward", 1, len(letters), twice=twice))
    assert twice == 0


async def _empty(config: Path) -> None:
    store = await Store.open(read_settings(config).store, config.parent)
    try:
        async with asyncio.timeout(PATIENCE):
            while await store.postmaster.list():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await store.close()
