"""A recipient that the relay refuses is refused while the client names it, in the relay's own words."""

import asyncio

import msgspec
import pytest

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.reply import Reply
from gateway.quantities import HostPort, Relays
from gateway.sections import Relay
from gateway.smtp.relay import RelayClient
from tests.smtp.conftest import TAKEN, Dialogue, outgoing_of, running, smtp
from tests.smtp.receiver import Taker, greet, relay_of, scripted


def to(*addresses: HostPort, **changes: object) -> Relay:
    return msgspec.structs.replace(Relay(address=Relays(addresses)), **changes)


async def _named(client: Dialogue, *recipients: str) -> list[str]:
    await client.say("EHLO client.example")
    assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("250")
    return [await client.say(f"RCPT TO:<{each}@family.example>") for each in recipients]


async def test_the_relays_words_reach_the_client_at_rcpt() -> None:
    taker = Taker()
    taker.refuse["b@family.example"] = "550 5.1.1 No such mailbox here"
    taker.refuse["c@family.example"] = "450 4.2.1 Come back later"
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        replies = await _named(client, "a", "b", "c")
        assert replies == [
            "250 2.1.5 Recipient OK",
            "550 5.1.1 No such mailbox here",
            "450 4.2.1 Come back later",
        ]
        await client.say("DATA")
        assert (await client.message(b"Subject: x\r\n\r\nhello")) == "250 2.0.0 Queued as 12345"
        assert listener.inbox.messages[0][0].rcpt_to == ("a@family.example",)
    assert taker.got[0].rcpt_tos == ["a@family.example"]


async def test_a_relay_that_hangs_up_at_a_recipient_does_not_end_the_clients_connection() -> None:
    taker = Taker()
    taker.refuse["b@family.example"] = "421 4.3.2 Shutting down"
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        assert await _named(client, "a", "b") == ["250 2.1.5 Recipient OK", "451 4.3.2 Shutting down"]
        await client.say("DATA")
        assert (await client.message(b"Subject: x\r\n\r\nhello")) == "250 2.0.0 Queued as 12345"
    assert [each.rcpt_tos for each in taker.got] == [["a@family.example"]]


async def test_the_open_transaction_is_the_one_that_delivers() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        for _ in range(3):
            await client.begin()
            await client.message(b"Subject: x\r\n\r\nhello")
    assert (len(taker.got), taker.mails, taker.connections) == (3, 3, 1)


async def test_a_sender_that_the_relay_refuses_is_told_at_rcpt() -> None:
    taker = Taker()
    taker.refuse_sender = "553 5.7.1 Not your address"
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        assert await _named(client, "a") == ["553 5.7.1 Not your address"]
        assert (await client.say("DATA")).startswith("503")


async def test_a_fault_in_asking_the_relay_answers_each_recipient_of_a_packet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fault(*_: object) -> None:
        raise RuntimeError("Zoë Marsh")

    monkeypatch.setattr(RelayClient, "begin", fault)
    async with relay_of(Taker()) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<tom@agency.example>")
        client.raw(b"RCPT TO:<a@family.example>\r\nRCPT TO:<b@family.example>\r\nDATA\r\nNOOP\r\n")
        assert [(await client.reply())[:9] for _ in range(2)] == ["451 4.3.0", "451 4.3.0"]
        assert (await client.reply()).startswith("503"), "nobody is left whom a message could be for"
        assert (await client.reply()).startswith("250")


async def test_recipients_in_one_packet_are_asked_for_in_one() -> None:
    groups: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer, "PIPELINING")
        groups.append(await reader.read(10_000))
        writer.write(b"250 OK\r\n250 OK\r\n550 5.1.1 Who?\r\n")
        groups.append(await reader.read(10_000))
        writer.write(b"354 Go\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 2.0.0 Taken\r\n")
        await reader.read()

    async with scripted(script) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        client.raw(
            b"EHLO client.example\r\nMAIL FROM:<tom@agency.example>\r\nRCPT TO:<a@family.example>\r\n"
            b"RCPT TO:<nonsense>\r\nRCPT TO:<b@family.example>\r\nDATA\r\n"
        )
        replies = [await client.reply() for _ in range(6)]
        assert [each[:3] for each in replies[1:]] == ["250", "250", "501", "550", "354"]
        assert (await client.message(b"Subject: x\r\n\r\nhello")) == "250 2.0.0 Taken"
    assert groups == [
        b"MAIL FROM:<tom@agency.example>\r\nRCPT TO:<a@family.example>\r\nRCPT TO:<b@family.example>\r\n",
        b"DATA\r\n",
    ]


async def test_a_message_that_is_not_sent_leaves_nothing_behind() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        pass_on = listener.inbox.answer

        async def hold(*_: object) -> Reply:
            return Reply(250, "2.0.0", ("Held for review as Q1 [subject_name]",))

        listener.inbox.answer = hold
        client = await listener.connect()
        await client.begin()
        assert "Held" in await client.message(b"Subject: x\r\n\r\nsecret")
        listener.inbox.answer = pass_on
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    assert [each.original_content[-7:] for each in taker.got] == [b"hello\r\n"]
    assert taker.connections == 1


async def test_a_remedied_message_gets_a_transaction_of_its_own() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        relay = listener.server._door.relay
        assert relay is not None

        async def copy_the_carer(envelope: Envelope, raw: bytes) -> Reply:
            more = (*envelope.recipients, Recipient("carer@family.example"))
            return (
                await relay.deliver(msgspec.structs.replace(outgoing_of(envelope, raw), recipients=more))
            ).reply

        listener.inbox.answer = copy_the_carer
        client = await listener.connect()
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    assert [each.rcpt_tos for each in taker.got] == [["ana@family.example", "carer@family.example"]]


async def test_eight_bit_content_without_notice_is_announced_to_the_relay() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        await client.begin()
        assert (await client.message("Subject: x\r\n\r\nZoë".encode())).startswith("250")
    assert [each.mail_options[-1] for each in taker.got] == ["BODY=8BITMIME"]


async def test_a_relay_that_is_down_refuses_nobody_at_rcpt(closed_port: str) -> None:
    async with running(smtp(), to(HostPort(closed_port))) as listener:

        async def hold(*_: object) -> Reply:
            return TAKEN

        listener.inbox.answer = hold
        client = await listener.connect()
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")


async def test_a_relay_that_leaves_while_the_message_comes_is_asked_again() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        await client.begin()
        taker.hang_up()
        begun = next(iter(listener.server._door._inside))._begun
        while not begun._conversation.broken:  # noqa: ASYNC110 -- the transport tells nobody else
            await asyncio.sleep(0.01)
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    assert len(taker.got) == 1


async def test_a_command_that_comes_while_the_relay_is_asked_is_not_left_lying() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer)
        while line := await reader.readline():
            if line.upper().startswith(b"RCPT"):
                asked.set()
                await go_on.wait()
            writer.write(b"250 2.1.0 Ok\r\n")

    async with scripted(script) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        await client.say("EHLO client.example")
        client.raw(b"MAIL FROM:<tom@agency.example>\r\nRCPT TO:<a@family.example>\r\n")
        await asked.wait()
        client.raw(b"DATA\r\n")
        (connection,) = listener.server._door._inside
        while b"DATA" not in connection._input:  # noqa: ASYNC110 -- the connection tells nobody else
            await asyncio.sleep(0.001)
        go_on.set()
        assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "354"]


async def test_asking_can_be_switched_off() -> None:
    taker = Taker()
    taker.refuse["b@family.example"] = "550 5.1.1 No such mailbox here"
    async with relay_of(taker) as address, running(smtp(), to(address, check_recipients=False)) as listener:
        assert (await _named(await listener.connect(), "b"))[0].startswith("250")


async def test_what_the_relay_announces_bounds_what_is_offered() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await greet(reader, writer, "SIZE 1000", "DSN")
        await reader.read()

    async with scripted(script) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        offered = await client.say("EHLO client.example")
        assert "250-SIZE 1000\r\n" in offered
        assert "DSN" in offered
        assert (await client.say("MAIL FROM:<tom@agency.example> SIZE=1001")).startswith("552-5.3.4")


async def test_a_relay_without_delivery_reports_is_not_spoken_for() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        assert "DSN" not in await (await listener.connect()).say("EHLO client.example")


async def test_a_utf8_address_that_the_relay_cannot_take_is_refused_at_rcpt() -> None:
    taker = Taker()
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<tom@agency.example> SMTPUTF8")
        assert (await client.say("RCPT TO:<zoë@family.example>")).startswith("553 5.6.7")
        assert (await client.say("RCPT TO:<ana@family.example>")).startswith("250")


async def test_an_address_of_the_gateways_own_is_not_named_to_the_relay() -> None:
    taker = Taker()
    taker.refuse["chaperone+token@agency.example"] = "550 5.1.1 Who?"
    async with relay_of(taker) as address, running(smtp(), to(address)) as listener:
        listener.server._door.is_ours = lambda each: each.startswith("chaperone+")
        client = await listener.connect()
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<tom@agency.example>")
        assert (await client.say("RCPT TO:<chaperone+token@agency.example>")).startswith("250")
        taker.refuse["b@family.example"] = "550 5.1.1 Who?"
        client.raw(b"RCPT TO:<b@family.example>\r\nRCPT TO:<chaperone+token@agency.example>\r\n")
        assert [(await client.reply())[:3] for _ in range(2)] == ["550", "250"]


@pytest.mark.parametrize("line", [b"RCPT TO:<b\x01@family.example>", b"NOSUCH", b"RCPT TO:<" + b"b" * 20_000])
async def test_a_line_that_makes_no_sense_is_answered_in_its_turn_and_counted(line: bytes) -> None:
    async with relay_of(Taker()) as address, running(smtp(), to(address)) as listener:
        client = await listener.connect()
        await _named(client)
        client.raw(b"RCPT TO:<a@family.example>\r\n" + line + b"\r\nRCPT TO:<c@family.example>\r\n")
        assert [(await client.reply())[:1] for _ in range(3)] == ["2", "5", "2"]
        client.raw(b"RCPT TO:<d@family.example>\r\n" + b"NOSUCH\r\n" * 19)
        assert [(await client.reply())[:1] for _ in range(20)] == ["2", *["5"] * 19]
        assert (await client.reply()).startswith("421")
