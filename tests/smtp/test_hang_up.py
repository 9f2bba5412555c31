"""A client that goes away never leaves a message half handed over."""

import asyncio
import socket
import struct

from structlog.testing import capture_logs

from gateway.mail.reply import Reply
from tests.smtp.conftest import TAKEN, Dialogue, Listener


class Gate:
    """A pipeline that waits in the middle for the test."""

    def __init__(self) -> None:
        self.inside = asyncio.Event()
        self.go_on = asyncio.Event()
        self.done = asyncio.Event()

    async def handle(self, *_: object) -> Reply:
        self.inside.set()
        await self.go_on.wait()
        self.done.set()
        return TAKEN


async def _into(listener: Listener, gate: Gate) -> Dialogue:
    listener.inbox.answer = gate.handle
    client = await listener.connect()
    await client.begin()
    client.raw(b"Subject: x\r\n\r\nhello\r\n.\r\n")
    await gate.inside.wait()
    return client


async def test_a_reset_does_not_cancel_the_hand_over(listener: Listener) -> None:
    gate = Gate()
    client = await _into(listener, gate)
    sock = client.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.transport.abort()
    (connection,) = listener.server._door._inside
    async with asyncio.timeout(60):
        while connection.transport is not None:  # noqa: ASYNC110 -- the reset has no other witness
            await asyncio.sleep(0.001)
    with capture_logs() as logs:
        gate.go_on.set()
        await asyncio.wait_for(gate.done.wait(), 60)
        assert await listener.server.stop(60) == 0
    assert len(listener.inbox.messages) == 1
    (gone,) = [each for each in logs if each["event"] == "client_gone"]
    assert gone["queue_id"] == listener.inbox.messages[0][0].queue_id
    assert gone["reply"] == 250


async def test_a_half_closed_client_gets_its_reply(listener: Listener) -> None:
    gate = Gate()
    client = await _into(listener, gate)
    client.writer.write_eof()
    gate.go_on.set()
    assert (await client.reply()) == "250 2.0.0 Taken by the next server"
    assert await client.closed()


async def test_a_message_broken_off_before_its_end_is_none(listener: Listener) -> None:
    client = await listener.connect()
    await client.begin()
    client.raw(b"Subject: x\r\n\r\nhello\r\n")
    client.writer.write_eof()
    assert await client.closed()
    assert listener.inbox.messages == []


async def test_stopping_waits_for_the_message_in_work(listener: Listener) -> None:
    gate = Gate()
    client = await _into(listener, gate)
    idle = await listener.connect()
    stopping = asyncio.create_task(listener.server.stop(60))
    assert (await idle.reply()).startswith("421 4.3.2")
    assert not stopping.done()
    gate.go_on.set()
    assert (await client.reply()).startswith("250")
    assert await stopping == 0


async def test_stopping_waits_for_a_message_that_was_asked_for(listener: Listener) -> None:
    client, idle = await listener.connect(), await listener.connect()
    await client.begin()
    stopping = asyncio.create_task(listener.server.stop(60))
    assert (await idle.reply()).startswith("421 4.3.2")
    assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    assert await stopping == 0
    assert len(listener.inbox.messages) == 1


async def test_stopping_does_not_wait_for_ever(listener: Listener) -> None:
    gate = Gate()
    await _into(listener, gate)
    assert await listener.server.stop(0.05) == 1
    gate.go_on.set()
