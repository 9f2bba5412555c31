"""
Any bytes produce a reply, or the end of the connection; never a fault.

`pytest --hypothesis-profile=explore tests/smtp/test_fuzz.py` looks further than the suite does.
"""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.quantities import Duration
from gateway.smtp.paths import BadParameter, BadPath, parse_path
from tests.smtp.conftest import running, smtp

VERBS = st.sampled_from(
    [b"EHLO c.example", b"HELO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<c@d.example>", b"DATA", b"RSET", b"NOOP",
     b"VRFY x", b"BDAT 5", b"BDAT 3 LAST", b"STARTTLS", b"AUTH PLAIN", b"XCLIENT ADDR=1.2.3.4", b"HELP", b"EXPN l",
     b"MAIL FROM:<> SIZE=1 BODY=8BITMIME SMTPUTF8", b"RCPT TO:<\xc3\xa9@d.example>", b".", b""]
)  # fmt: skip
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n.\r\n", b"\n.\n", b""])
PIECES = st.lists(st.tuples(st.one_of(VERBS, st.binary(max_size=40)), ENDS), max_size=25)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@given(PIECES, st.integers(1, 60))
@example([(b"EHLO c", b"\r\n"), (b"MAIL FROM:<a@b.example>", b"\r\n"), (b"RCPT TO:<c@d.example>", b"\r\n"),
          (b"BDAT 99999999999", b"\r\n")], 60)  # fmt: skip
def test_any_bytes_get_replies_and_an_end(
    runner: asyncio.Runner, pieces: list[tuple[bytes, bytes]], step: int
) -> None:
    wire = b"".join(text + end for text, end in pieces)

    async def talk() -> bytes:
        async with running(smtp(idle_timeout=Duration(5))) as listener:
            client = await listener.dial()
            for start in range(0, len(wire), step):
                client.raw(wire[start : start + step])
                await asyncio.sleep(0)
            try:
                client.writer.write_eof()
                return await asyncio.wait_for(client.reader.read(), 60)
            except OSError:
                return b"220 (reset: more was sent than was read)\r\n"

    with capture_logs() as logs:
        heard = runner.run(talk())
    assert [each for each in logs if each["event"] == "trouble"] == []
    assert heard.endswith(b"\r\n")
    for line in heard[:-2].split(b"\r\n"):
        assert line[:3].isdigit(), line
        assert line[3:4] in (b" ", b"-"), line
        assert len(line) <= 510


@given(st.text(max_size=80), st.sampled_from(["FROM:", "TO:"]))
def test_any_text_is_a_path_or_is_refused(text: str, keyword: str) -> None:
    for argument in (text, keyword + text, f"{keyword}<{text}>", f"{keyword}<a@b.example> {text}"):
        try:
            path = parse_path(argument, keyword)
        except (BadPath, BadParameter):
            continue
        assert len(path.address.encode("utf-8", "surrogatepass")) <= 254
        assert not set(path.address) & set("\r\n\0<>")
