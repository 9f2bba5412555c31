"""What works in the background goes on working."""

import asyncio

from structlog.testing import capture_logs

from gateway.background import kept_up


async def test_work_that_fails_begins_anew_and_says_so_without_a_word_of_the_fault():
    begun, stop = 0, asyncio.Event()

    async def work(stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ValueError("Zoe Marsh")
        await stop.wait()

    with capture_logs() as logs:
        going = asyncio.create_task(kept_up(work, stop, pause=0.001))
        async with asyncio.timeout(60):
            while begun < 3:  # noqa: ASYNC110 -- nothing else tells
                await asyncio.sleep(0.001)
            stop.set()
            await going
    assert begun == 3
    assert [each["event"] for each in logs] == ["trouble", "trouble"]
    assert "Zoe" not in str(logs)


async def test_work_that_ends_by_itself_has_ended():
    async def work(_stop: asyncio.Event) -> None:
        return

    async with asyncio.timeout(60):
        await kept_up(work, asyncio.Event())


async def test_the_pause_is_cut_short_when_everything_stops():
    stop, failed = asyncio.Event(), asyncio.Event()

    async def work(_stop: asyncio.Event) -> None:
        failed.set()
        raise ValueError

    going = asyncio.create_task(kept_up(work, stop, pause=3600))
    await failed.wait()
    stop.set()
    async with asyncio.timeout(60):
        await going
