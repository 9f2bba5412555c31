"""SMTP smuggling: no spelling of the end of a message but CRLF.CRLF may end it, split as the packets may be."""

import asyncio

import pytest

from tests.smtp.conftest import Listener

ENDINGS = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "CRLF.CRCRLF": b"\r\n.\r\r\n",
    "LFCR.CRLF": b"\n\r.\r\n",
    "CRLF NUL.CRLF": b"\r\n\0.\r\n",
    "CRLF.NUL CRLF": b"\r\n.\0\r\n",
    "CRCRLF.CRLF": b"\r\r\n.\r\n",
}
SECOND = b"MAIL FROM:<evil@agency.example>\r\nRCPT TO:<victim@family.example>\r\nDATA\r\nSubject: second\r\n\r\nboo"


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS.keys())
async def test_the_message_behind_another_end_is_never_taken(listener: Listener, ending: bytes) -> None:
    client = await listener.connect()
    await client.begin()
    reply = await client.message(b"Subject: first\r\n\r\nhello" + ending + SECOND)
    assert reply.startswith(("550-5.6.11", "550-5.6.0"))
    assert listener.inbox.messages == []


# CR CR LF . CR LF holds the one true end: sent slowly, what follows it is a session of its own.
HIDDEN = {name: ending for name, ending in ENDINGS.items() if name != "CRCRLF.CRLF"}


@pytest.mark.parametrize("ending", HIDDEN.values(), ids=HIDDEN.keys())
async def test_nor_in_the_smallest_packets(listener: Listener, ending: bytes) -> None:
    client = await listener.connect()
    await client.begin()
    content = b"Subject: first\r\n\r\nhello" + ending + SECOND + b"\r\n.\r\n"
    for octet in content:
        client.raw(bytes([octet]))
        await asyncio.sleep(0)
    assert (await client.reply()).startswith(("550-5.6.11", "550-5.6.0"))
    assert listener.inbox.messages == []


async def test_two_real_messages_in_one_packet_are_two(listener: Listener) -> None:
    client = await listener.connect()
    await client.begin()
    client.raw(
        b"Subject: first\r\n\r\nhello\r\n.\r\nMAIL FROM:<tom@agency.example>\r\n"
        b"RCPT TO:<ana@family.example>\r\nDATA\r\n"
    )
    assert [(await client.reply())[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    await client.message(b"Subject: second\r\n\r\nhello")
    assert [raw.split(b"\r\n")[0] for _, raw in listener.inbox.messages] == [
        b"Subject: first",
        b"Subject: second",
    ]


async def test_a_message_sent_before_the_go_ahead_is_refused(listener: Listener) -> None:
    client = await listener.connect()
    client.raw(
        b"EHLO client.example\r\nMAIL FROM:<tom@agency.example>\r\nRCPT TO:<ana@family.example>\r\n"
        b"DATA\r\nSubject: early\r\n\r\nhello\r\n.\r\n"
    )
    replies = [(await client.reply()).split("\r\n")[-1] for _ in range(4)]
    assert replies[-1].startswith("503 5.5.0")
    assert await client.closed()
    assert listener.inbox.messages == []
