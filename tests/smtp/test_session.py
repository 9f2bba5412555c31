"""An ordinary session, as mail programs hold it."""

import asyncio
import smtplib

from gateway.mail.envelope import Recipient
from tests.smtp.conftest import Listener, running, smtp


async def test_a_message_arrives_byte_for_byte(listener: Listener) -> None:
    client = await listener.connect()
    await client.begin()
    content = b"Subject: Zo\xc3\xab\r\n\r\nhello\r\n..two dots\r\n.\tone dot\r\n" + b"x" * 5_000
    assert (
        await client.message(content.replace(b"\r\n.", b"\r\n.."))
    ) == "250 2.0.0 Taken by the next server"
    ((envelope, raw),) = listener.inbox.messages
    assert raw == content + b"\r\n"
    assert envelope.mail_from == "tom@agency.example"
    assert envelope.rcpt_to == ("ana@family.example",)
    assert envelope.helo == "client.example"
    assert envelope.peer == "127.0.0.1"
    assert envelope.account is None
    assert envelope.received_at.tzinfo is not None
    assert envelope.trace.startswith(
        "Received: from client.example ([127.0.0.1])\r\n\tby gateway.example with ESMTP id "
    )
    assert envelope.queue_id in envelope.trace


async def test_ehlo_offers_what_is_done(listener: Listener) -> None:
    client = await listener.connect()
    offered = (await client.say("EHLO client.example")).split("\r\n")
    keywords = {line[4:].split()[0] for line in offered[1:]}
    assert {"SIZE", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "PIPELINING"} <= keywords
    assert "STARTTLS" not in keywords
    assert "AUTH" not in keywords


async def test_commands_in_one_packet_are_answered_in_order(listener: Listener) -> None:
    client = await listener.connect()
    client.raw(
        b"EHLO client.example\r\nMAIL FROM:<tom@agency.example>\r\nRCPT TO:<a@family.example>\r\n"
        b"RCPT TO:<>\r\nRCPT TO:<b@family.example>\r\nDATA\r\n"
    )
    codes = [(await client.reply()).split("\r\n")[-1][:3] for _ in range(6)]
    assert codes == ["250", "250", "250", "501", "250", "354"]
    assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    assert listener.inbox.messages[0][0].rcpt_to == ("a@family.example", "b@family.example")


async def test_several_messages_over_one_connection(listener: Listener) -> None:
    client = await listener.connect()
    for number in range(3):
        await client.begin()
        assert (await client.message(b"Subject: %d\r\n\r\nhello" % number)).startswith("250")
    assert (await client.say("QUIT")).startswith("221")
    assert await client.closed()
    assert [raw[9:10] for _, raw in listener.inbox.messages] == [b"0", b"1", b"2"]


async def test_delivery_report_parameters_are_kept(listener: Listener) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    mail = "MAIL FROM:<tom@agency.example> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=QQ314159 AUTH=<>"
    assert (await client.say(mail)).startswith("250")
    rcpt = "RCPT TO:<ana@family.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;ana@family.example"
    assert (await client.say(rcpt)).startswith("250")
    assert (await client.say("DATA")).startswith("354")
    assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    envelope = listener.inbox.messages[0][0]
    assert envelope.mail_options == ("BODY=8BITMIME", "RET=HDRS", "ENVID=QQ314159", "AUTH=<>")
    assert envelope.recipients == (
        Recipient("ana@family.example", ("NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;ana@family.example")),
    )


async def test_an_announced_size_over_the_limit_is_refused_at_mail() -> None:
    async with running(smtp(max_message_size=1_000)) as listener:
        client = await listener.connect()
        await client.say("EHLO client.example")
        assert (await client.say("MAIL FROM:<tom@agency.example> SIZE=1001")).startswith("552-5.3.4")


async def test_a_message_over_the_limit_is_read_to_its_end_and_refused() -> None:
    async with running(smtp(max_message_size=1_000)) as listener:
        client = await listener.connect()
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\n" + b"x" * 2_000)).startswith("552-5.3.4")
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nsmall")).startswith("250")
        assert len(listener.inbox.messages) == 1


async def test_a_recipient_too_many_is_refused_for_now() -> None:
    async with running(smtp(max_recipients=2)) as listener:
        client = await listener.connect()
        await client.begin("tom@agency.example", "a@family.example", "b@family.example")
        await client.message(b"Subject: x\r\n\r\nhello")
        await client.say("MAIL FROM:<tom@agency.example>")
        replies = [await client.say(f"RCPT TO:<{each}@family.example>") for each in "abc"]
        assert replies[2].startswith("452 4.5.3")


async def test_commands_out_of_order_get_503(listener: Listener) -> None:
    client = await listener.connect()
    assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("503 5.5.1")
    await client.say("EHLO client.example")
    assert (await client.say("RCPT TO:<ana@family.example>")).startswith("503 5.5.1")
    assert (await client.say("DATA")).startswith("503 5.5.1")
    await client.say("MAIL FROM:<tom@agency.example>")
    assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("503 5.5.1")
    assert (await client.say("DATA")).startswith("503 5.5.1")
    assert (await client.say("RSET")).startswith("250")
    assert (await client.say("RCPT TO:<ana@family.example>")).startswith("503 5.5.1")


async def test_a_fault_in_the_pipeline_shows_a_reference_only(listener: Listener) -> None:
    async def fault(*_: object) -> None:
        raise RuntimeError("Zoë Marsh")

    listener.inbox.answer = fault
    client = await listener.connect()
    await client.begin()
    reply = await client.message(b"Subject: x\r\n\r\nhello")
    assert reply.startswith("451 4.3.0")
    assert "Reference" in reply
    assert "Zo" not in reply
    assert "Runtime" not in reply
    assert (await client.say("NOOP")).startswith("250")


async def test_the_standard_library_client_gets_through(listener: Listener) -> None:
    def send() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP(listener.address.host, listener.address.port, timeout=60) as client:
            return client.sendmail("tom@agency.example", ["ana@family.example"], "Subject: x\n\n.hello\n")

    assert await asyncio.to_thread(send) == {}
    assert listener.inbox.messages[0][1] == b"Subject: x\r\n\r\n.hello\r\n"
