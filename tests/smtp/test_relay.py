"""Mail out, to real receiving servers."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trustme

from gateway.mail.envelope import Recipient
from gateway.quantities import HostPort, Relays
from gateway.remedy.outgoing import Outgoing
from gateway.sections import Relay, Settings, Smtp
from gateway.smtp.relay import RelayClient, RelayDown
from tests.smtp.conftest import AGENCY
from tests.smtp.receiver import Taker, greet, relay_of, scripted

TRACE = "Received: from client.example ([192.0.2.1])\r\n\tby gateway.example with ESMTP id Q1;\r\n\tThu, 1 Jan 2026 00:00:00 +0000\r\n"


@asynccontextmanager
async def client_of(*addresses: HostPort, **changes: object) -> AsyncIterator[RelayClient]:
    relay = msgspec.structs.replace(Relay(address=Relays(addresses)), **changes)
    client = RelayClient(Settings(agency=AGENCY, smtp=Smtp(hostname="gateway.example"), relay=relay))
    try:
        yield client
    finally:
        await client.close()


def mail(raw: bytes = b"Subject: x\r\n\r\nhello\r\n", *recipients: str, **more: object) -> Outgoing:
    to = tuple(Recipient(each) for each in recipients or ("ana@family.example",))
    return Outgoing(mail_from="tom@agency.example", recipients=to, raw=raw, **more)


async def test_bytes_arrive_as_they_are_under_one_trace_field() -> None:
    raw = b"Subject: x\r\n\r\n.dot\r\n..dots\r\n" + b"y" * 900 + b"\r\n"
    taker = Taker()
    async with relay_of(taker) as address, client_of(address) as client:
        delivery = await client.deliver(mail(raw, trace=TRACE))
    assert delivery.reply.wire() == "250 2.0.0 Queued as 12345"
    assert taker.got[0].original_content == TRACE.encode() + raw
    assert taker.got[0].mail_from == "tom@agency.example"


async def test_a_large_message_arrives_whole() -> None:
    raw = b"Subject: x\r\n\r\n" + b".0123456789\r\n" * 200_000
    taker = Taker()
    async with relay_of(taker) as address, client_of(address) as client:
        assert (await client.deliver(mail(raw))).reply.accepted
    assert taker.got[0].original_content == raw


async def test_connections_are_used_again() -> None:
    taker = Taker()
    async with relay_of(taker) as address, client_of(address) as client:
        for _ in range(5):
            assert (await client.deliver(mail())).reply.accepted
    assert (len(taker.got), taker.connections) == (5, 1)


async def test_a_refused_recipient_is_reported_and_the_others_get_it() -> None:
    taker = Taker()
    taker.refuse["b@family.example"] = "550 5.1.1 No such mailbox"
    async with relay_of(taker) as address, client_of(address) as client:
        delivery = await client.deliver(mail(b"\r\nx\r\n", "a@family.example", "b@family.example"))
    assert delivery.reply.accepted
    ((refused, reply),) = delivery.refused
    assert (refused, reply.wire()) == ("b@family.example", "550 5.1.1 No such mailbox")
    assert taker.got[0].rcpt_tos == ["a@family.example"]


async def test_all_refused_is_the_relays_own_reply_and_the_connection_stays_usable() -> None:
    taker = Taker()
    taker.refuse["ana@family.example"] = "550 5.1.1 No such mailbox"
    async with relay_of(taker) as address, client_of(address) as client:
        delivery = await client.deliver(mail())
        assert delivery.reply.wire() == "550 5.1.1 No such mailbox"
        assert (await client.deliver(mail(b"\r\nx\r\n", "b@family.example"))).reply.accepted
    assert taker.connections == 1


async def test_a_refusal_after_the_message_is_passed_on() -> None:
    taker = Taker()
    taker.final = "554 5.7.1 Spam"
    async with relay_of(taker) as address, client_of(address) as client:
        assert (await client.deliver(mail())).reply.wire() == "554 5.7.1 Spam"


async def test_the_next_relay_is_tried_when_one_is_down(closed_port: str) -> None:
    taker = Taker()
    async with relay_of(taker) as address, client_of(HostPort(closed_port), address) as client:
        assert (await client.deliver(mail())).reply.accepted


async def test_nobody_there_is_trouble(closed_port: str) -> None:
    async with client_of(HostPort(closed_port)) as client:
        with pytest.raises(RelayDown) as down:
            await client.deliver(mail())
    assert not down.value.in_doubt


async def test_a_kept_connection_that_died_is_replaced() -> None:
    taker = Taker()
    async with relay_of(taker) as address, client_of(address) as client:
        await client.deliver(mail())
        taker.hang_up()
        ((kept, _),) = client._pools[0]._kept
        while not kept.broken:  # noqa: ASYNC110 -- the transport tells nobody else
            await asyncio.sleep(0.01)
        assert (await client.deliver(mail())).reply.accepted
    assert taker.connections == 2


async def test_a_connection_that_breaks_at_the_dot_is_in_doubt_and_not_tried_again() -> None:
    connections = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await greet(reader, writer)
        for answer in (b"250 OK\r\n", b"250 OK\r\n", b"354 Go\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")

    async with scripted(script) as one, scripted(script) as two, client_of(one, two) as client:
        with pytest.raises(RelayDown) as down:
            await client.deliver(mail())
    assert connections == 1
    assert down.value.in_doubt


async def test_a_pipelining_relay_gets_the_envelope_in_one_packet() -> None:
    group = b""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal group
        await greet(reader, writer, "PIPELINING", "DSN", "SIZE 1000000")
        group = await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 OK\r\n250 OK\r\n550 5.1.1 Who?\r\n354 Go\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 2.0.0 Taken\r\n")
        await reader.readline()

    letter = msgspec.structs.replace(
        mail(b"\r\nx\r\n", "a@family.example", "b@family.example"),
        mail_options=("BODY=8BITMIME", "RET=HDRS", "ENVID=Q1", "AUTH=<>"),
    )
    to = (Recipient("a@family.example", ("NOTIFY=NEVER",)), letter.recipients[1])
    letter = msgspec.structs.replace(letter, recipients=to)
    async with scripted(script) as address, client_of(address) as client:
        delivery = await client.deliver(letter)
    assert delivery.reply.accepted
    assert [each for each, _ in delivery.refused] == ["b@family.example"]
    assert group == (
        b"MAIL FROM:<tom@agency.example> SIZE=5 RET=HDRS ENVID=Q1\r\n"
        b"RCPT TO:<a@family.example> NOTIFY=NEVER\r\nRCPT TO:<b@family.example>\r\nDATA\r\n"
    )


async def test_eight_bit_mail_is_refused_when_the_relay_cannot_take_it() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        assert await reader.readline() in (b"QUIT\r\n", b"")

    async with scripted(script) as address, client_of(address) as client:
        delivery = await client.deliver(mail("Subject: x\r\n\r\nZoë\r\n".encode()))
    assert (delivery.reply.code, delivery.reply.enhanced) == (554, "5.6.3")


async def test_a_utf8_address_is_refused_when_the_relay_cannot_take_it() -> None:
    taker = Taker()
    async with relay_of(taker, enable_SMTPUTF8=False) as address, client_of(address) as client:
        delivery = await client.deliver(mail(b"\r\nx\r\n", "zoë@family.example", smtputf8=True))
    assert (delivery.reply.code, delivery.reply.enhanced) == (553, "5.6.7")
    assert taker.got == []


async def test_a_utf8_address_goes_where_it_is_welcome() -> None:
    taker = Taker()
    async with relay_of(taker, enable_SMTPUTF8=True) as address, client_of(address) as client:
        assert (await client.deliver(mail(b"\r\nx\r\n", "zoë@family.example", smtputf8=True))).reply.accepted
    assert taker.got[0].rcpt_tos == ["zoë@family.example"]


def _context(issuer: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name).configure_cert(context)
    return context


async def test_required_tls_takes_no_certificate_of_an_unknown_issuer(authority: trustme.CA) -> None:
    taker = Taker()
    context = _context(authority, "127.0.0.1")
    async with relay_of(taker, tls_context=context) as address, client_of(address, tls="required") as client:
        with pytest.raises(RelayDown):
            await client.deliver(mail())
    assert taker.got == []


async def test_required_tls_never_falls_back_to_plain() -> None:
    taker = Taker()
    async with relay_of(taker) as address, client_of(address, tls="required") as client:
        with pytest.raises(RelayDown):
            await client.deliver(mail())
    assert taker.got == []


async def test_opportunistic_tls_is_used_where_offered(authority: trustme.CA) -> None:
    taker = Taker()
    context = _context(authority, "other.example")
    async with relay_of(taker, tls_context=context, require_starttls=True) as address:  # noqa: SIM117
        async with client_of(address, tls="opportunistic") as client:
            assert (await client.deliver(mail())).reply.accepted


@pytest.mark.parametrize(
    "words",
    [b"250 " + b"x" * 200_000, b"250-x\r\n" * 20_000, b"hello\r\n", b"\xff\xfe\r\n", b"999 what\r\n"],
    ids=["endless line", "endless reply", "no code", "binary", "no such code"],
)
async def test_nonsense_from_the_relay_is_trouble(words: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await reader.readline()
        writer.write(words)
        await reader.read()

    async with scripted(script) as address, client_of(address) as client:
        with pytest.raises(RelayDown):
            await client.deliver(mail())


async def test_a_relay_that_falls_silent_is_given_up() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        await reader.read()

    async with scripted(script) as address, client_of(address, timeout=0.2) as client:
        with pytest.raises(RelayDown):
            await client.deliver(mail())
