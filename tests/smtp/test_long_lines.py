"""Long lines in a message are no reason to lose it; long command lines are no way to fill the memory."""

from tests.smtp.conftest import Listener


async def test_a_line_of_a_megabyte_is_taken(listener: Listener) -> None:
    content = b"Subject: x\r\n\r\n" + b"x" * 1_000_000 + b"\r\n"
    client = await listener.connect()
    await client.begin()
    assert (await client.message(content[:-2])).startswith("250")
    assert listener.inbox.messages[0][1] == content


async def test_a_long_command_is_refused_and_the_session_goes_on(listener: Listener) -> None:
    client = await listener.connect()
    assert (await client.say("NOOP " + "x" * 10_000)).startswith("500 5.5.2")
    assert (await client.say("NOOP")).startswith("250")


async def test_a_command_without_end_closes_the_connection(listener: Listener) -> None:
    client = await listener.connect()
    client.raw(b"x" * 1_000_000)
    assert (await client.reply()).startswith("421 4.7.0")
    assert await client.closed()
