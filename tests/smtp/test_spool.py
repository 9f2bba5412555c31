"""Large messages wait on disk while they come, encrypted, and nobody can tell from what arrives."""

import asyncio
import gc
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.quantities import Size
from gateway.smtp.room import Room
from gateway.smtp.spool import Spools
from tests.smtp.conftest import Dialogue, Listener, running, smtp

SECRET = b"the quick brown fox"
LETTER = b"Subject: x\r\n\r\n" + (b".dots " + SECRET + b"\r\n") * 20_000  # half a megabyte


@asynccontextmanager
async def spooling(folder: Path, **more: object) -> AsyncIterator[Listener]:
    async with running(smtp(spool_above=Size(10_000), spool_folder=folder, **more)) as listener:
        yield listener


def stuffed(content: bytes) -> bytes:
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"


async def send(client: Dialogue, content: bytes) -> str:
    await client.begin()
    client.raw(stuffed(content))
    return await client.reply()


async def test_a_large_message_arrives_as_it_was_sent(tmp_path: Path) -> None:
    async with spooling(tmp_path) as listener:
        client = await listener.connect()
        for _ in range(2):
            assert (await send(client, LETTER)).startswith("250")
        assert [raw == LETTER for _, raw in listener.inbox.messages] == [True, True]
        assert listener.server._door.room.taken == 0


@pytest.mark.parametrize("step", [1_000, 99_999, 262_144])
async def test_however_it_is_cut(tmp_path: Path, step: int) -> None:
    async with spooling(tmp_path) as listener:
        client = await listener.connect()
        await client.begin()
        wire = stuffed(LETTER)
        for start in range(0, len(wire), step):
            client.raw(wire[start : start + step])
            await client.writer.drain()
            await asyncio.sleep(0)
        assert (await client.reply()).startswith("250")
        ((_, raw),) = listener.inbox.messages
        assert raw == LETTER


async def test_commands_right_behind_it_are_not_lost(tmp_path: Path) -> None:
    async with spooling(tmp_path) as listener:
        client = await listener.connect()
        await client.begin()
        client.raw(stuffed(LETTER) + b"NOOP\r\n")
        client.raw(b"QUIT\r\n")
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "221"]


@pytest.mark.parametrize("end", [b"", b"no line end"])
async def test_chunks_arrive_as_they_were_sent(tmp_path: Path, end: bytes) -> None:
    async with spooling(tmp_path) as listener:
        client = await listener.connect()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<tom@agency.example>")
        await client.say("RCPT TO:<ana@family.example>")
        for start in range(0, len(LETTER), 70_000):
            piece = LETTER[start : start + 70_000]
            client.raw(b"BDAT %d\r\n" % len(piece) + piece)
            assert (await client.reply()).startswith("250")
        client.raw(b"BDAT %d LAST\r\n" % len(end) + end)
        assert (await client.reply()).startswith("250")
        ((_, raw),) = listener.inbox.messages
        assert raw == LETTER + (end + b"\r\n" if end else b"")


async def test_large_messages_do_not_wait_for_one_another_while_they_come(tmp_path: Path) -> None:
    """Each is larger than all the room that there is, and all are half sent."""
    async with spooling(tmp_path, max_in_flight=Size(700_000)) as listener:
        clients = [await listener.connect() for _ in range(5)]
        wire = stuffed(LETTER * 2)
        for client in clients:
            await client.begin()
            client.raw(wire[: len(wire) // 2])
            await client.writer.drain()
        for client in reversed(clients):
            client.raw(wire[len(wire) // 2 :])
        for client in clients:
            assert (await client.reply()).startswith("250")
        assert len(listener.inbox.messages) == 5


def open_below(folder: Path) -> list[Path]:
    """This process's handles of files in *folder* that have no name."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            target = str(each.readlink())
        except OSError:
            continue
        found += [each] if target.startswith(str(folder)) and target.endswith("(deleted)") else []
    return found


def test_nothing_of_it_has_a_name_or_can_be_read(tmp_path: Path) -> None:
    spool = Spools(tmp_path).open()
    spool.write(LETTER)
    assert list(tmp_path.iterdir()) == []
    (handle,) = open_below(tmp_path)
    octets = handle.read_bytes()
    assert len(octets) >= len(LETTER)
    assert SECRET not in octets
    assert spool.read().getvalue() == LETTER
    spool.close()
    assert open_below(tmp_path) == []


def test_what_is_still_in_memory_follows_what_was_on_disk(tmp_path: Path) -> None:
    spool = Spools(tmp_path).open()
    spool.write(LETTER)
    whole = spool.read(more=10)
    whole.write(b"the end")
    assert whole.getvalue() == LETTER + b"the end"
    spool.close()


async def test_a_client_that_hangs_up_leaves_nothing_behind(tmp_path: Path) -> None:
    async with spooling(tmp_path) as listener:
        client = await listener.connect()
        await client.begin()
        client.raw(stuffed(LETTER)[:-5])
        await client.writer.drain()
        client.close()
        async with asyncio.timeout(60):
            while listener.server._door._inside:  # noqa: ASYNC110 -- nobody tells us
                await asyncio.sleep(0.01)
        assert listener.server._door.room.taken == 0
    gc.collect()
    assert open_below(tmp_path) == []


def test_what_was_changed_on_disk_is_not_taken(tmp_path: Path) -> None:
    spool = Spools(tmp_path).open()
    spool.write(LETTER)
    spool._file.seek(1_000)
    spool._file.write(b"x" * 10)
    with pytest.raises(OSError, match="changed"):
        spool.read()
    spool.close()


async def test_without_a_folder_the_client_keeps_its_message(tmp_path: Path) -> None:
    async with spooling(tmp_path / "gone") as listener:
        client = await listener.connect()
        assert (await send(client, 4 * LETTER)).startswith("452 4.3.1")
        assert (await send(client, b"Subject: x\r\n\r\nsmall\r\n")).startswith("250")
        assert len(listener.inbox.messages) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a fifth of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if not made or made.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield disk
    # Lazily: a file without a name may be open until it is collected.
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize("chunked", [False, True])
async def test_on_a_full_disk_the_client_keeps_its_message(small_disk: Path, *, chunked: bool) -> None:
    async with spooling(small_disk) as listener:
        client = await listener.connect()
        if chunked:
            for command in (
                "EHLO c.example",
                "MAIL FROM:<tom@agency.example>",
                "RCPT TO:<ana@family.example>",
            ):
                await client.say(command)
            client.raw(b"BDAT %d LAST\r\n" % (4 * len(LETTER)) + 4 * LETTER)
            assert (await client.reply()).startswith("452 4.3.1")
        else:
            assert (await send(client, 4 * LETTER)).startswith("452 4.3.1")
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nsmall")).startswith("250")


async def test_room_is_given_back_as_octets_go_to_disk() -> None:
    room = Room(100)
    one, two = room.claim(), room.claim()
    await one.reach(90)
    waiting = asyncio.create_task(two.reach(60))
    await asyncio.sleep(0)
    one.shrink(40)
    assert await waiting
    one.leave()
    two.leave()
    assert room.taken == 0
