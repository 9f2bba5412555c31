"""The disk is full, the database is locked, two gateways share one store."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.mail.envelope import Recipient
from gateway.remedy.outgoing import Outgoing
from gateway.settings import read_settings
from gateway.store.store import Store
from tests.faults.books import KINDS, MARK, TUTOR, Books, Letter, configuration, post, receiving
from tests.faults.gateways import nursery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]
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


async def test_a_full_disk_promises_nothing(small_disk: Path, tmp_path: Path) -> None:
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(small_disk, relay)
        gateway = await nurse.start(config)
        filler = small_disk / "filler"
        before = books.write(HELD)
        await post(before, gateway.address)
        assert before.acknowledged, before.reply
        with filler.open("wb") as fill:  # until nothing more fits
            try:
                while True:
                    fill.write(b"\0" * 65_536)
                    fill.flush()
            except OSError:
                pass
        letters = [books.write(HELD) for _ in range(5)]
        for letter in letters:
            await post(letter, gateway.address)
        assert {each.reply[:3] for each in letters} == {"451"}
        clean = books.write(KINDS[0])
        await post(clean, gateway.address)
        assert clean.acknowledged, "what needs no store goes on"
        filler.unlink()
        for letter in letters:
            await post(letter, gateway.address)
        assert all(each.acknowledged for each in letters)
        gateway.terminate()
        assert await _held(config) == {each.mark for each in (before, *letters)}


async def test_a_locked_database_promises_nothing(tmp_path: Path) -> None:
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(tmp_path, relay)
        gateway = await nurse.start(config)
        lock = sqlite3.connect(tmp_path / "chaperone.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        letter = books.write(HELD)
        await post(letter, gateway.address)
        assert letter.reply.startswith("451")
        lock.execute("ROLLBACK")
        lock.close()
        await post(letter, gateway.address)
        assert letter.acknowledged
        gateway.terminate()
        assert await _held(config) == {letter.mark}


async def test_two_gateways_on_one_store_send_everything_once(tmp_path: Path) -> None:
    """Both work on one outbox while one of them is killed; what it had in hand is sent by the other."""
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log") as nurse:
        config = configuration(tmp_path, relay)
        one, two = await nurse.start(config), await nurse.start(config)
        letters = [books.write(KINDS[0]) for _ in range(20)]
        store = await Store.open(read_settings(config).store, tmp_path)
        try:
            await store.enqueue(*(_mail(each) for each in letters))
        finally:
            await store.close()
        async with asyncio.timeout(60):
            while sum(books.arrived.values()) < 5:  # noqa: ASYNC110 -- another process works
                await asyncio.sleep(0.02)
            one.kill()
            while len(books.arrived) < len(letters):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert all(books.arrived[each.mark] >= 1 for each in letters)
        twice = sum(1 for each in letters if books.arrived[each.mark] > 1)
        assert twice <= 8, "at most what the dead one had in hand"
        two.terminate()


def _mail(letter: Letter) -> Outgoing:

    return Outgoing(
        mail_from=TUTOR,
        recipients=tuple(Recipient(each) for each in letter.kind.recipients),
        raw=letter.content,
    )


async def _held(config: Path) -> set[str]:
    settings = read_settings(config)
    store = await Store.open(settings.store, settings.base)
    try:
        raws = [await store.quarantine.raw(each.id) for each in await store.quarantine.list()]
    finally:
        await store.close()
    found = [MARK.search(raw) for raw in raws]
    return {each[1].decode() for each in found if each}
