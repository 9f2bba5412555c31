"""Too many at once are asked to come back."""

from gateway.quantities import Network
from tests.smtp.conftest import running, smtp

NOBODY = (Network("192.0.2.0/24"),)


async def test_one_address_holds_a_few_connections_only() -> None:
    async with running(smtp(max_connections_per_address=2, trusted_networks=NOBODY)) as listener:
        first, _second = await listener.connect(), await listener.connect()
        third = await listener.dial()
        assert (await third.reply()).startswith("421 4.7.0")
        assert await third.closed()
        await first.say("QUIT")
        assert await first.closed()
        await listener.connect()


async def test_trusted_networks_are_not_counted() -> None:
    async with running(smtp(max_connections_per_address=1)) as listener:
        inside = [await listener.connect() for _ in range(3)]  # a client that nobody holds hangs up
        assert [await each.say("NOOP") for each in inside] == ["250 2.0.0 OK"] * 3


async def test_all_connections_together_are_bounded() -> None:
    async with running(smtp(max_connections=1)) as listener:
        first = await listener.connect()
        assert (await (await listener.dial()).reply()).startswith("421 4.7.0")
        assert await first.say("NOOP") == "250 2.0.0 OK"
