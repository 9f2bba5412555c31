"""Who the client is, by the word of a trusted proxy, and of nobody else."""

import socket
import struct

import pytest

from gateway.quantities import Network
from gateway.smtp.forwarding import BadAttribute, read_attributes
from tests.smtp.conftest import Listener, running, smtp

HERE = (Network("127.0.0.1/32"),)


async def test_only_listed_servers_may_speak_for_others(listener: Listener) -> None:
    client = await listener.connect()
    offered = await client.say("EHLO client.example")
    assert "XCLIENT" not in offered
    assert "XFORWARD" not in offered
    assert (await client.say("XCLIENT ADDR=192.0.2.1")).startswith("550 5.7.0")
    assert (await client.say("XFORWARD ADDR=192.0.2.1")).startswith("550 5.7.0")


async def test_xforward_is_for_one_message_and_never_mixed() -> None:
    async with running(smtp(proxies=HERE)) as listener:
        client = await listener.connect()
        assert "250-XFORWARD" in (await client.say("EHLO proxy.example")).replace("250 XF", "250-XF")
        assert (await client.say("XFORWARD NAME=spike.example ADDR=192.0.2.7 PROTO=ESMTP")).startswith("250")
        await client.say("MAIL FROM:<tom@agency.example>")
        await client.say("RCPT TO:<ana@family.example>")
        assert (await client.say("XFORWARD ADDR=192.0.2.8")).startswith("503")
        await client.say("DATA")
        await client.message(b"Subject: x\r\n\r\nhello")
        await client.begin()
        await client.message(b"Subject: y\r\n\r\nhello")
        (first, _), (second, _) = listener.inbox.messages
        assert (first.peer, first.helo) == ("192.0.2.7", "")
        assert (second.peer, second.helo) == ("127.0.0.1", "client.example")


async def test_xclient_takes_the_proxys_place() -> None:
    async with running(smtp(proxies=HERE)) as listener:
        client = await listener.connect()
        await client.say("EHLO proxy.example")
        assert (await client.say("XCLIENT ADDR=192.0.2.7 NAME=[UNAVAILABLE]")).startswith("220 ")
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("530 5.7.0")
        assert (await client.say("XCLIENT ADDR=IPV6:2001:db8::1 LOGIN=tom+40agency.example")).startswith(
            "220 "
        )
        await client.begin()
        await client.message(b"Subject: x\r\n\r\nhello")
        envelope = listener.inbox.messages[0][0]
        assert (envelope.peer, envelope.account) == ("2001:db8::1", "tom@agency.example")


@pytest.mark.parametrize(
    "text",
    ["", "ADDR", "ADDR=", "COLOUR=red", "HELO=a+0D+0Ab", "HELO=a+20b", "ADDR=here", "NAME=" + "x" * 256],
)
def test_attributes_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadAttribute):
        read_attributes(text, ("ADDR", "HELO", "NAME"))


def v2(source: str, port: int) -> bytes:
    body = socket.inet_aton(source) + socket.inet_aton("192.0.2.99") + struct.pack("!HH", port, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11]) + struct.pack("!H", len(body)) + body


@pytest.mark.parametrize(
    "line", [b"PROXY TCP4 192.0.2.7 192.0.2.99 4711 25\r\n", v2("192.0.2.7", 4711)], ids=["v1", "v2"]
)
async def test_a_proxy_line_names_the_client(line: bytes) -> None:
    async with running(smtp(proxies=HERE, proxy_protocol=True)) as listener:
        client = await listener.dial()
        client.raw(line + b"EHLO client.example\r\nMAIL FROM:<tom@agency.example>\r\n")
        assert (await client.reply()).startswith("220")
        assert (await client.reply()).startswith("250")
        assert (await client.reply()).startswith("530"), "the client's own address is no trusted one"
        assert (await client.say("XCLIENT ADDR=127.0.0.1")).startswith("550")


async def test_a_connection_of_the_proxys_own_counts_as_its_own() -> None:
    async with running(smtp(proxies=HERE, proxy_protocol=True)) as listener:
        client = await listener.dial()
        client.raw(v2("192.0.2.7", 1)[:12] + bytes([0x20, 0, 0, 0]))
        assert (await client.reply()).startswith("220")


@pytest.mark.parametrize("line", [b"EHLO client.example\r\n", b"PROXY TCP4 here there\r\n", b"PROXY\r\n"])
async def test_without_a_proper_line_the_connection_is_closed(line: bytes) -> None:
    async with running(smtp(proxies=HERE, proxy_protocol=True)) as listener:
        client = await listener.dial()
        client.raw(line)
        assert await client.closed()
