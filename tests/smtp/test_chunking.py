"""BDAT: pieces of a message whose lengths stand in front (RFC 3030)."""

from tests.smtp.conftest import Dialogue, Listener, running, smtp


async def named(listener: Listener) -> Dialogue:
    client = await listener.connect()
    assert "CHUNKING" in await client.say("EHLO client.example")
    await client.say("MAIL FROM:<tom@agency.example>")
    await client.say("RCPT TO:<ana@family.example>")
    return client


async def test_pieces_make_one_message(listener: Listener) -> None:
    client = await named(listener)
    client.raw(b"BDAT 14\r\nSubject: x\r\n\r\nBDAT 9\r\n.\r\n.dot\r\nBDAT 0 LAST\r\n")
    assert [(await client.reply())[:3] for _ in range(3)] == ["250", "250", "250"]
    assert listener.inbox.messages[0][1] == b"Subject: x\r\n\r\n.\r\n.dot\r\n"
    await client.begin()
    assert (await client.message(b"Subject: y\r\n\r\nhello")).startswith("250")


async def test_octets_of_a_refused_piece_are_not_commands(listener: Listener) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    client.raw(b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
    assert (await client.reply()).startswith("503")
    assert (await client.reply()).startswith("250")


async def test_a_length_that_cannot_be_read_ends_the_connection(listener: Listener) -> None:
    client = await named(listener)
    client.raw(b"BDAT six LAST\r\nQUIT\r\n")
    assert (await client.reply()).startswith("501")
    assert await client.closed()


async def test_data_does_not_go_with_bdat(listener: Listener) -> None:
    client = await named(listener)
    client.raw(b"BDAT 3\r\nabc")
    await client.reply()
    assert (await client.say("DATA")).startswith("503")
    await client.say("RSET")
    await client.begin()
    assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    assert b"abc" not in listener.inbox.messages[0][1]


async def test_bare_line_ends_are_refused_here_too(listener: Listener) -> None:
    client = await named(listener)
    client.raw(b"BDAT 18 LAST\r\nSubject: x\n.\r\nQUI\n")
    assert (await client.reply()).startswith("550-5.6.11")
    assert listener.inbox.messages == []


async def test_the_size_limit_holds_over_all_pieces() -> None:
    async with running(smtp(max_message_size=100)) as listener:
        client = await named(listener)
        client.raw(b"BDAT 60\r\n" + b"x" * 60)
        assert (await client.reply()).startswith("250")
        client.raw(b"BDAT 60 LAST\r\n" + b"x" * 60)
        assert (await client.reply()).startswith("552-5.3.4")
        assert (await client.say("NOOP")).startswith("250")


async def test_a_large_piece_arrives_whole(listener: Listener) -> None:
    content = b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 200_000
    client = await named(listener)
    client.raw(b"BDAT %d LAST\r\n" % len(content) + content)
    assert (await client.reply()).startswith("250")
    assert listener.inbox.messages[0][1] == content
