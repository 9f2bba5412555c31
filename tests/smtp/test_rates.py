"""One tutor's hour has an end."""

from gateway.smtp.rates import Rate
from tests.smtp.conftest import running, smtp


def test_an_hour_later_there_is_room_again() -> None:
    now = [0.0]
    rate = Rate(2, clock=lambda: now[0])
    assert [rate.takes("tom") for _ in range(3)] == [True, True, False]
    assert rate.takes("eve")
    now[0] = 3_601.0
    assert rate.takes("tom")


def test_nothing_is_counted_without_a_limit() -> None:
    rate = Rate(0)
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
