"""Commands that no honest client sends."""

import pytest

from tests.smtp.conftest import Listener


@pytest.mark.parametrize(
    "command",
    [
        b"NOOP\nNOOP",
        b"MAIL FROM:<tom@agency.example\0>",
        b"MAIL FROM:<tom\t@agency.example>",
        b"MAIL FROM:<tom@agency.example>\rRCPT TO:<x@y.example>",
    ],
    ids=["bare LF", "NUL", "TAB", "bare CR"],
)
async def test_control_characters_are_refused(listener: Listener, command: bytes) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    assert (await client.say(command)).startswith("500 5.5.2")


@pytest.mark.parametrize(
    "address",
    [
        '<"a',
        "<a b@family.example>",
        "ana@family.example",
        "<ana@>",
        "<@family.example>",
        "<ana@family.example",
        "<ana@family.example>>",
        "<ana@fam ily.example>",
        "<ana@family.example>x",
        f"<{'a' * 65}@family.example>",
        f"<a@{'b' * 250}.example>",
        "<ana>",
        "<>",
    ],
)
async def test_addresses_that_are_none_are_refused(listener: Listener, address: str) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    await client.say("MAIL FROM:<tom@agency.example>")
    assert (await client.say(f"RCPT TO:{address}")).startswith("501 5.1.3")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('<"ana marsh"@family.example>', '"ana marsh"@family.example'),
        ("<@relay.example,@b.example:ana@family.example>", "ana@family.example"),
        ("<ana@[192.0.2.1]>", "ana@[192.0.2.1]"),
        ("<ana+school@family.example>", "ana+school@family.example"),
        (" <ana@family.example>", "ana@family.example"),
        ("<Postmaster>", "Postmaster"),
    ],
)
async def test_addresses_that_are_rare_are_read(listener: Listener, written: str, read: str) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    await client.say("MAIL FROM:<>")
    assert (await client.say(f"RCPT TO:{written}")).startswith("250")
    await client.say("DATA")
    await client.message(b"Subject: x\r\n\r\nx")
    assert listener.inbox.messages[0][0].rcpt_to == (read,)


async def test_letters_beyond_ascii_need_smtputf8(listener: Listener) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    assert (await client.say("MAIL FROM:<zoë@agency.example>")).startswith("501 5.6.7")
    assert (await client.say(b"MAIL FROM:<zo\xeb@agency.example> SMTPUTF8")).startswith("501 5.1.7")
    assert (await client.say("MAIL FROM:<zoë@agency.example> SMTPUTF8")).startswith("250")
    assert (await client.say("RCPT TO:<søren@family.example>")).startswith("250")
    await client.say("DATA")
    await client.message(b"Subject: x\r\n\r\nx")
    envelope = listener.inbox.messages[0][0]
    assert (envelope.mail_from, envelope.smtputf8) == ("zoë@agency.example", True)


@pytest.mark.parametrize(
    ("parameters", "reply"),
    [
        ("SIZE=abc", "501 5.5.4"),
        ("SIZE=1 SIZE=1", "501 5.5.4"),
        ("BODY=BINARYMIME", "501 5.5.4"),
        ("RET=ALL", "501 5.5.4"),
        ("=x", "501 5.5.4"),
        ("XOORG=agency.example", "555 5.5.4"),
    ],
)
async def test_parameters_that_make_no_sense_are_refused(
    listener: Listener, parameters: str, reply: str
) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    assert (await client.say(f"MAIL FROM:<tom@agency.example> {parameters}")).startswith(reply)


async def test_nonsense_ends_the_connection_at_last(listener: Listener) -> None:
    client = await listener.connect()
    for _ in range(19):
        assert (await client.say("GET / HTTP/1.1")).startswith("500 5.5.1")
    assert (await client.say("GET / HTTP/1.1")).startswith("500")
    assert (await client.reply()).startswith("421 4.7.0")
    assert await client.closed()


async def test_idle_chatter_ends_the_connection_at_last(listener: Listener) -> None:
    client = await listener.connect()
    client.raw(b"NOOP\r\n" * 101)
    replies = [(await client.reply())[:3] for _ in range(101)]
    assert replies == ["250"] * 100 + ["421"]
    assert await client.closed()
