"""One tutor's hour has an end."""

import os

import pytest

from gateway.smtp.rates import Hourly, OwnRate, SharedRate
from tests.smtp.conftest import running, smtp


@pytest.mark.parametrize("kind", [OwnRate, SharedRate])
@pytest.mark.parametrize("start", [0.0, 1_000_000.0])
def test_an_hour_later_there_is_room_again(kind: type[OwnRate | SharedRate], start: float) -> None:
    now = [start]
    rate = kind(2, clock=lambda: now[0])
    assert [rate.takes("tom") for _ in range(3)] == [True, True, False]
    assert rate.takes("eve")
    now[0] += 3_500.0
    assert not rate.takes("tom")
    now[0] += 161.0
    assert rate.takes("tom")


@pytest.mark.parametrize("kind", [OwnRate, SharedRate])
def test_nothing_is_counted_without_a_limit(kind: type[OwnRate | SharedRate]) -> None:
    rate = kind(0)
    assert all(rate.takes("tom") for _ in range(1_000))


async def test_messages_by_sender() -> None:
    async with running(smtp(max_messages_per_hour=1)) as listener:
        client = await listener.connect()
        await client.begin()
        await client.message(b"Subject: x\r\n\r\nhello")
        assert (await client.say("MAIL FROM:<TOM@agency.example>")).startswith("450-4.7.1")
        assert (await client.say("MAIL FROM:<eve@agency.example>")).startswith("250")


async def test_recipients_by_sender() -> None:
    async with running(smtp(max_recipients_per_hour=2)) as listener:
        client = await listener.connect()
        await client.begin("tom@agency.example", "a@family.example", "b@family.example")
        await client.message(b"Subject: x\r\n\r\nhello")
        await client.say("MAIL FROM:<tom@agency.example>")
        assert (await client.say("RCPT TO:<c@family.example>")).startswith("450-4.7.1")


def test_the_hour_slides_for_processes_that_count_together() -> None:
    now = [90_000.0]
    rate = SharedRate(2, clock=lambda: now[0])
    assert rate.takes("tom")
    now[0] += 1_800.0
    assert rate.takes("tom")
    now[0] += 1_900.0
    assert rate.takes("tom")
    assert not rate.takes("tom")


def test_processes_count_together() -> None:
    rate = SharedRate(40)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            taken = sum(rate.takes("tom") for _ in range(25))
            os._exit(taken)
        children.append(child)
    taken = [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children]
    assert sum(taken) == 40
    assert not rate.takes("tom")
    assert rate.takes("eve")


def test_more_names_than_there_are_places_forget_the_oldest() -> None:
    now = [60.0]
    rate = SharedRate(1, clock=lambda: now[0])
    for number in range(40_000):
        assert rate.takes(f"tutor {number}")
    now[0] += 60
    assert rate.takes("tom")
    assert not rate.takes("tom")


def test_several_workers_count_together_and_one_by_itself() -> None:
    assert isinstance(Hourly.of(smtp(workers=2)).messages, SharedRate)
    assert isinstance(Hourly.of(smtp()).named, OwnRate)
