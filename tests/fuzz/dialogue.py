"""
What a client may say: any octets, to a running listener with a running relay behind it.

Everything gets a well-formed reply or the end of the connection, and no fault of ours. Each message that the
relay gets has been promised to the client, has ended in CRLF.CRLF alone, and has no bare line end in it.
"""

import asyncio
import re

from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.quantities import Duration, Relays
from gateway.sections import Relay
from tests.smtp.conftest import running, smtp
from tests.smtp.receiver import Taker, relay_of

_VERBS = st.sampled_from(
    [b"EHLO c.example", b"EHLO c.example", b"HELO x", b"MAIL FROM:<a@b.example>", b"MAIL FROM:<a@b.example>",
     b"RCPT TO:<c@d.example>", b"RCPT TO:<c@d.example>", b"RCPT TO:<e@d.example> NOTIFY=NEVER", b"DATA", b"DATA",
     b"RSET", b"NOOP", b"VRFY x", b"BDAT 5", b"BDAT 3 LAST", b"BDAT 0 LAST", b"BDAT 7 LAST\r\nx: y\r\n\r",
     b"STARTTLS", b"AUTH PLAIN", b"AUTH PLAIN AAAA", b"AUTH LOGIN", b"*", b"XCLIENT ADDR=1.2.3.4",
     b"XFORWARD NAME=x", b"HELP", b"EXPN l", b"QUIT", b"MAIL FROM:<> SIZE=1 BODY=8BITMIME SMTPUTF8",
     b"MAIL FROM:<a@b.example> RET=HDRS ENVID=+41 AUTH=<> SIZE=99999999999", b"RCPT TO:<\xc3\xa9@d.example>",
     b'RCPT TO:<"a b"@d.example> ORCPT=rfc822;+', b"RCPT TO:<@x.example,@y.example:c@d.example>",
     b"Subject: x", b"Subject: x\r\n\r\nhello", b"From: a@b.example", b".", b"..", b".x", b""]
)  # fmt: skip
_ENDS = st.sampled_from(
    [b"\r\n"] * 6
    + [b"\n", b"\r", b"\r\n.\r\n", b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n\0.\r\n", b"\0", b""]
)
_PIECES = st.lists(st.tuples(st.one_of(_VERBS, _VERBS, st.binary(max_size=40)), _ENDS), max_size=30)
_SCENES = st.sampled_from(
    [b"", b"EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n",
     b"EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"]
)  # fmt: skip
WIRES = st.tuples(
    st.builds(lambda scene, pieces: scene + b"".join(map(b"".join, pieces)), _SCENES, _PIECES),
    st.integers(1, 90),
)
_REPLY = re.compile(rb"[2-5][0-9][0-9][ -][^\r\n]{0,506}")


async def converse(wires: list[tuple[bytes, int]]) -> None:
    """Say each to a listener of its own, in pieces of so many octets. DATA is waited for, as a client must."""
    taker = Taker()
    async with relay_of(taker, enable_SMTPUTF8=True) as at:
        relay = Relay(address=Relays((at,)))
        async with running(smtp(idle_timeout=Duration(5)), relay) as listener:
            for wire, step in wires:
                taker.got.clear()
                client = await listener.dial()
                with capture_logs() as logs:
                    heard = await _say(client.reader, client.writer, wire, step)
                _judge(heard, logs, taker)


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: bytes, step: int) -> bytes:
    heard = b""
    try:
        for chunk in re.split(rb"(?<=DATA\r\n)", wire):
            for start in range(0, len(chunk), step):
                writer.write(chunk[start : start + step])
                await asyncio.sleep(0)
            if chunk.endswith(b"DATA\r\n"):
                heard += await asyncio.wait_for(reader.read(65_536), 60)
        writer.write_eof()
        return heard + await asyncio.wait_for(reader.read(), 60)
    except OSError:  # more was sent than was read: replies may be lost
        return b""
    finally:
        writer.close()


def _judge(heard: bytes, logs: list[object], taker: Taker) -> None:
    assert [each for each in logs if isinstance(each, dict) and each["event"] == "trouble"] == []
    for envelope in taker.got:
        content = envelope.original_content or b""
        assert content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
        assert b"\0" not in content
    if not heard:
        return
    assert heard.endswith(b"\r\n")
    for line in heard[:-2].split(b"\r\n"):
        assert _REPLY.fullmatch(line), line
    assert len(taker.got) == heard.count(b"250 2.0.0 Queued as 12345\r\n")
