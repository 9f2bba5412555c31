"""
Slow clients are shown out; a message in work has all the time it needs.

Where a client is to be in time, it has seconds to spare: the machine may be busy.
"""

import asyncio

from gateway.mail.reply import Reply
from gateway.quantities import Duration
from tests.smtp.conftest import TAKEN, running, smtp


async def test_a_silent_client_is_told_and_closed() -> None:
    async with running(smtp(idle_timeout=Duration(0.1))) as listener:
        client = await listener.connect()
        assert (await client.reply()).startswith("421 4.4.2")
        assert await client.closed()


async def test_dripping_a_command_wins_no_time() -> None:
    async with running(smtp(idle_timeout=Duration(0.3))) as listener:
        client = await listener.connect()

        async def drip() -> None:
            while True:
                client.raw(b"x")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert (await client.reply()).startswith("421 4.4.2")
        dripping.cancel()


async def test_a_pipeline_slower_than_the_timeout_still_answers() -> None:
    async def slow(*_: object) -> Reply:
        await asyncio.sleep(3.5)
        return TAKEN

    async with running(smtp(idle_timeout=Duration(3))) as listener:
        listener.inbox.answer = slow
        client = await listener.connect()
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")


async def test_a_slow_upload_that_moves_is_not_cut() -> None:
    async with running(smtp(idle_timeout=Duration(3))) as listener:
        client = await listener.connect()
        await client.begin()
        for _ in range(12):
            client.raw(b"0123456789" * 50 + b"\r\n")
            await asyncio.sleep(0.3)
        assert (await client.message(b"end")).startswith("250")


async def test_dripping_a_message_wins_no_time() -> None:
    async with running(smtp(idle_timeout=Duration(3))) as listener:
        client = await listener.connect()
        await client.begin()

        async def drip() -> None:
            while True:
                client.raw(b"x")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert (await client.reply()).startswith("421 4.4.2")
        dripping.cancel()
        assert listener.inbox.messages == []
