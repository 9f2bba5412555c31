"""What is held in memory at once is bounded, and somebody always gets on."""

import asyncio

import pytest

from gateway.mail.reply import Reply
from gateway.smtp.room import Room
from tests.smtp.conftest import TAKEN, running, smtp


async def test_what_fits_does_not_wait():
    room = Room(100)
    one, two = room.claim(), room.claim()
    assert await one.reach(60)
    assert await two.reach(40)
    assert room.taken == 100
    one.leave()
    two.leave()
    assert room.taken == 0


async def test_what_does_not_fit_waits_until_somebody_leaves():
    room = Room(100)
    one, two = room.claim(), room.claim()
    assert await one.reach(60)
    waiting = asyncio.create_task(two.reach(60))
    await asyncio.sleep(0)
    assert not waiting.done()
    one.leave()
    assert await waiting
    assert room.taken == 60


async def test_the_first_always_gets_on():
    """Both are half read and want more than there is: the one that came first has it."""
    room = Room(100)
    one, two = room.claim(), room.claim()
    assert await one.reach(50)
    assert await two.reach(50)
    waiting = asyncio.create_task(two.reach(80))
    assert await one.reach(500)
    one.leave()
    assert await waiting
    assert room.taken == 80


async def test_nobody_waits_for_ever():
    room = Room(100, patience=0.01)
    one, two = room.claim(), room.claim()
    assert await one.reach(100)
    assert not await two.reach(1)
    two.leave()
    assert room.taken == 100


async def test_a_larger_message_than_the_room_is_taken_alone():
    room = Room(10)
    one, two = room.claim(), room.claim()
    assert await one.reach(1_000)
    waiting = asyncio.create_task(two.reach(1_000))
    await asyncio.sleep(0)
    assert not waiting.done()
    one.leave()
    assert await waiting


async def test_whoever_leaves_while_waiting_leaves_no_trace():
    room = Room(100)
    one, two, three = room.claim(), room.claim(), room.claim()
    assert await one.reach(100)
    waiting = asyncio.create_task(two.reach(50))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    two.leave()
    one.leave()
    assert await three.reach(100)
    assert room.taken == 100


@pytest.fixture
async def narrow():
    """A listener that holds 300 kB at once."""
    async with running(smtp(max_in_flight=300_000)) as listener:
        yield listener


async def test_thirty_large_messages_at_once_all_get_through(narrow):
    most = 0

    async def answer(*_: object) -> Reply:
        nonlocal most
        most = max(most, narrow.server._door.room.taken)
        await asyncio.sleep(0)
        return TAKEN

    narrow.inbox.answer = answer
    content = b"Subject: x\r\n\r\n" + b"a line of text\r\n" * 6_000

    async def send(announce: str) -> str:
        client = await narrow.connect()
        assert (await client.say("EHLO client.example")).startswith("250")
        assert (await client.say(f"MAIL FROM:<tom@agency.example>{announce}")).startswith("250")
        assert (await client.say("RCPT TO:<ana@family.example>")).startswith("250")
        assert (await client.say("DATA")).startswith("354")
        return await client.message(content)

    sizes = [f" SIZE={len(content)}", ""] * 15
    assert {reply[:3] for reply in await asyncio.gather(*map(send, sizes))} == {"250"}
    assert [len(raw) for _, raw in narrow.inbox.messages] == [len(content) + 2] * 30
    assert most <= 300_000 + len(content)  # the first may be beyond, alone
    assert narrow.server._door.room.taken == 0


async def one_fills_it_and_one_would_send(narrow):
    """A client whose message takes all room until the event is set, and one that has named its recipient."""
    narrow.server._door.room.patience = 0.05
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def answer(*_: object) -> Reply:
        inside.set()
        await go_on.wait()
        return TAKEN

    narrow.inbox.answer = answer
    first, second = await narrow.connect(), await narrow.connect()
    await first.begin()
    first.raw(b"Subject: x\r\n\r\n" + b"a line of text\r\n" * 18_700 + b".\r\n")
    await inside.wait()
    assert (await second.say("EHLO client.example")).startswith("250")
    assert (await second.say("MAIL FROM:<tom@agency.example>")).startswith("250")
    assert (await second.say("RCPT TO:<ana@family.example>")).startswith("250")
    return first, second, go_on


async def test_who_finds_no_room_is_told_to_come_again(narrow):
    first, second, go_on = await one_fills_it_and_one_would_send(narrow)
    assert (await second.say("DATA")).startswith("451 4.3.1 ")
    go_on.set()
    assert (await first.reply()).startswith("250")
    await second.begin()
    assert (await second.message(b"Subject: x\r\n\r\nhello")).startswith("250")


async def test_what_comes_before_the_reply_to_data_is_no_command_where_there_is_no_room(narrow):
    first, second, go_on = await one_fills_it_and_one_would_send(narrow)
    second.raw(b"DATA\r\nNOOP\r\n")
    assert (await second.reply()).startswith("503 5.5.0")
    assert await second.closed()
    go_on.set()
    assert (await first.reply()).startswith("250")


async def test_a_client_that_hangs_up_gives_its_room_back(narrow):
    client = await narrow.connect()
    await client.begin()
    client.raw(b"x" * 100_000)
    client.close()
    other = await narrow.connect()
    await other.begin()
    assert (await other.message(b"Subject: x\r\n\r\n" + b"a line of text\r\n" * 18_700)).startswith("250")
    assert narrow.server._door.room.taken == 0


async def test_what_has_arrived_waits_longer():
    """Longer than a client waits for its 354: the message need not come a second time."""
    room = Room(100, patience=0.01, arrived=60)
    one, two, three = room.claim(), room.claim(), room.claim()
    assert await one.reach(100)
    waiting = asyncio.create_task(two.reach(80, arrived=True))
    assert not await three.reach(80)
    one.leave()
    assert await waiting
