"""The disk is full, the database is locked, two gateways share one store."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.settings import read_settings
from gateway.store.store import Store
from tests.faults.books import KINDS, MARK, Books, configuration, enqueue, post, receiving
from tests.faults.conftest import Row
from tests.faults.gateways import nursery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
HELD = KINDS[1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_full_disk_promises_nothing(
    small_disk: Path, tmp_path: Path, noted: Callable[[Row], None]
) -> None:
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(small_disk, relay)
        gateway = await nurse.start(config)
        filler = small_disk / "filler"
        before = books.write(HELD)
        await post(before, gateway.address)
        assert before.acknowledged, before.reply
        with suppress(OSError), filler.open("wb", buffering=0) as fill:  # until not one more page fits
            while fill.write(b"\0" * 4_096) == 4_096:
                pass
        letters = [books.write(HELD) for _ in range(5)]
        for letter in letters:
            await post(letter, gateway.address)
        # One may find room yet where the database's own log has been written before.
        assert {each.reply[:3] for each in letters} <= {"451", "250"}
        assert not letters[-1].acknowledged, letters[-1].reply
        refused = [each for each in letters if not each.acknowledged]
        clean = books.write(KINDS[0])
        await post(clean, gateway.address)
        assert clean.acknowledged, "what needs no store goes on"
        filler.unlink()
        for letter in refused:
            await post(letter, gateway.address)
        assert all(each.acknowledged for each in letters)
        gateway.terminate()
        promised, held = {each.mark for each in (before, *letters)}, await _held(config)
        noted(Row("disk full", len(refused), len(letters) + 2, lost=len(promised - held)))
        assert held == promised


async def test_a_locked_database_promises_nothing(tmp_path: Path, noted: Callable[[Row], None]) -> None:
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(tmp_path, relay)
        gateway = await nurse.start(config)
        lock = sqlite3.connect(tmp_path / "chaperone.db", isolation_level=None, timeout=60)
        lock.execute("BEGIN EXCLUSIVE")
        letter = books.write(HELD)
        await post(letter, gateway.address)
        assert letter.reply.startswith("451")
        lock.execute("ROLLBACK")
        lock.close()
        await post(letter, gateway.address)
        assert letter.acknowledged
        gateway.terminate()
        held = await _held(config)
        noted(Row("store locked", 1, 1, lost=1 - len(held)))
        assert held == {letter.mark}


async def test_two_gateways_on_one_store_send_everything_once(
    tmp_path: Path, noted: Callable[[Row], None]
) -> None:
    """
    Both work on one outbox while one of them is killed; what it had in hand is sent by the other.

    Twice goes only what the dead one had brought to the relay and could not write down.
    """
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config, other = (configuration(tmp_path, relay, name=each) for each in ("one", "two"))
        one, two = await nurse.start(config), await nurse.start(other)
        letters = [books.write(KINDS[0]) for _ in range(20)]
        await enqueue(config, letters)
        async with asyncio.timeout(200):
            while sum(books.arrived.values()) < 5:  # noqa: ASYNC110 -- another process works
                await asyncio.sleep(0.02)
            one.kill()
            while one.lives():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            (tmp_path / "clock").write_text("61")  # the dead one's leases are over
            while len(books.arrived) < len(letters):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            while await _under_way(config):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        two.terminate()
    twice = [books.senders[each.mark] for each in letters if books.arrived[each.mark] > 1]
    lost = sum(1 for each in letters if not books.arrived[each.mark])
    noted(Row("one of two processes killed", 1, len(letters), lost=lost, twice=len(twice)))
    assert lost == 0
    assert all(each == ["one.example", "two.example"] for each in twice), twice


async def _under_way(config: Path) -> int:
    settings = read_settings(config)
    store = await Store.open(settings.store, settings.base)
    try:
        return len(await store.postmaster.list())
    finally:
        await store.close()


async def _held(config: Path) -> set[str]:
    settings = read_settings(config)
    store = await Store.open(settings.store, settings.base)
    try:
        raws = [await store.quarantine.raw(each.id) for each in await store.quarantine.list()]
    finally:
        await store.close()
    found = [MARK.search(raw) for raw in raws]
    return {each[1].decode() for each in found if each}
