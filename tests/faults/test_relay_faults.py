"""
The relay closes, stalls, talks nonsense and answers 4xx and 5xx at every command.

Whatever it does: the client gets 250 only after the relay's own 250 to the final dot,
never silence, and the gateway goes on serving.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.quantities import HostPort
from gateway.running import Gateway
from gateway.settings import read_settings
from tests.faults.books import KINDS, Letter, configuration, post, reply_of
from tests.faults.conftest import Row

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

STEPS = ("banner", "EHLO", "MAIL", "RCPT", "DATA", "dot", "after the dot's answer")
FAULTS = {
    "closes": b"",
    "421": b"421 4.3.2 Shutting down\r\n",
    "451": b"451 4.3.0 Later\r\n",
    "552": b"552 5.2.2 Full\r\n",
    "nonsense": b"\xff\xfe no reply at all\r\n",
    "10 MB": b"250-" + b"x" * 70 + b"\r\n",
    "two answers": b"250 OK\r\n250 OK\r\n",
}


STALLS = "stalls"


class FaultyRelay:
    """A relay that is well until *step*."""

    def __init__(self) -> None:
        self.step = ""
        self.fault = ""
        self.taken = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._fails("banner", reader, writer):
                return
            writer.write(b"220 relay.example ESMTP\r\n")
            while line := await reader.readline():
                verb = line[:4].decode().upper()
                if await self._fails(verb, reader, writer):
                    return
                if verb == "DATA":
                    writer.write(b"354 Go ahead\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    if await self._fails("dot", reader, writer):
                        return
                    self.taken += 1
                    writer.write(b"250 2.0.0 Taken\r\n")
                    if await self._fails("after the dot's answer", reader, writer):
                        return
                else:
                    writer.write(b"250 2.0.0 OK\r\n")
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _fails(self, step: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if step != self.step:
            return False
        if self.fault == STALLS:
            await reader.read()
            return True
        for _ in range(130_000 if self.fault == "10 MB" else 1):
            writer.write(FAULTS[self.fault])
            if writer.transport.is_closing():
                break
        return True


@asynccontextmanager
async def line(tmp_path: Path, patience: str = "60s") -> AsyncIterator[tuple[FaultyRelay, HostPort]]:
    relay = FaultyRelay()
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, limit=10_000_000)
    address = HostPort(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    file = configuration(tmp_path, address)
    file.write_text(file.read_text("utf-8").replace('timeout = "60s"', f'timeout = "{patience}"'), "utf-8")
    try:
        async with Gateway.running(read_settings(file)) as gateway:
            yield relay, gateway.addresses[0]
    finally:
        server.close()


async def test_every_fault_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noted: Callable[[Row], None]
) -> None:
    monkeypatch.setattr("gateway.smtp.relay._LEFT_ALONE", 0.0)
    outcomes, unanswered, lied = {}, [], []
    async with line(tmp_path) as (relay, address):
        for step in STEPS:
            for fault in FAULTS:
                relay.step, relay.fault, relay.taken = step, fault, 0
                letter = Letter(f"{step} {fault}", KINDS[0])
                await asyncio.wait_for(post(letter, address), 60)
                outcomes[step, fault] = letter.reply[:3]
                unanswered += [] if letter.reply else [letter.mark]
                taken = relay.taken > 0 or (step, fault) == ("dot", "two answers")
                lied += [letter.mark] if letter.acknowledged != taken else []
                relay.step = ""
                well = Letter("well again", KINDS[0])
                await asyncio.wait_for(post(well, address), 60)
                assert well.acknowledged, f"not well again after: {letter.mark}: {well.reply}"
    noted(Row("relay breaks at every command", len(outcomes), 2 * len(outcomes), lost=len(lied)))
    assert (unanswered, lied) == ([], [])
    assert outcomes["MAIL", "552"] == "552"
    assert outcomes["RCPT", "451"] == "451"
    assert outcomes["dot", "552"] == "552"
    assert outcomes["dot", "closes"] == "451"


async def test_a_relay_that_stalls_at_any_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noted: Callable[[Row], None]
) -> None:
    """
    Our patience is short here, so on a busy machine a relay that is well may be given up too.

    What must hold all the same: an answer, no 250 that is not the relay's, and mail that gets through in the end.
    """
    monkeypatch.setattr("gateway.smtp.conversation._FINAL_REPLY", 0.3)
    monkeypatch.setattr("gateway.smtp.relay._LEFT_ALONE", 0.0)
    lied = []
    async with line(tmp_path, "0.3s") as (relay, address):
        for step in STEPS:
            relay.step, relay.fault, relay.taken = step, STALLS, 0
            letter = Letter(f"{step} stalls", KINDS[0])
            await asyncio.wait_for(post(letter, address), 60)
            assert letter.reply, f"no answer: {letter.mark}"
            lied += [letter.mark] if letter.acknowledged and not relay.taken else []
            relay.step = ""
            well = Letter("well again", KINDS[0])
            async with asyncio.timeout(60):
                while not well.acknowledged:
                    await post(well, address)
    noted(Row("relay stalls at every command", len(STEPS), 2 * len(STEPS), lost=len(lied)))
    assert lied == []


async def test_a_held_message_needs_no_relay(tmp_path: Path) -> None:
    async with line(tmp_path) as (relay, address):
        relay.step, relay.fault = "banner", "closes"
        letter = Letter("held", KINDS[1])
        await asyncio.wait_for(post(letter, address), 60)
        assert letter.reply.startswith("250 2.0.0 Held for review as ")


async def test_the_connection_to_the_client_survives_the_relay(tmp_path: Path) -> None:
    async with line(tmp_path) as (relay, address):
        relay.step, relay.fault = "dot", "closes"
        reader, writer = await asyncio.open_connection(address.host, address.port)
        await reply_of(reader)
        for expected in ("451", "250"):
            for command in (
                "EHLO c.example",
                "MAIL FROM:<tom.reed@larkfield-tutors.example>",
                "RCPT TO:<ana.marsh@family.example>",
                "DATA",
            ):
                writer.write(f"{command}\r\n".encode())
                assert (await reply_of(reader))[0] in "23"
            writer.write(Letter("x", KINDS[0]).content.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
            assert (await reply_of(reader)).startswith(expected)
            relay.step = ""
        writer.close()
