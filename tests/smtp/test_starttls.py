"""STARTTLS: what was said before it is forgotten, and nobody stalls it."""

import asyncio
import ssl

import pytest

from gateway.smtp import greeting
from tests.smtp.conftest import Listener


async def test_the_session_goes_on_under_tls(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    client = await stranger.connect()
    assert "250 STARTTLS" in await client.say("EHLO client.example")
    await client.start_tls(client_tls)
    assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("503 5.5.1")
    offered = await client.say("EHLO client.example")
    assert "STARTTLS" not in offered
    assert "AUTH PLAIN LOGIN" in offered
    assert (await client.say("STARTTLS")).startswith("503")


@pytest.mark.parametrize("apart", [False, True], ids=["same packet", "later packet"])
async def test_commands_put_in_before_the_handshake_are_never_obeyed(stranger: Listener, apart: bool) -> None:
    client = await stranger.connect()
    await client.say("EHLO client.example")
    injected = b"EHLO evil.example\r\nNOOP\r\n"
    client.raw(b"STARTTLS\r\n" + (b"" if apart else injected))
    assert (await client.reply()).startswith("220" if apart else "503 5.5.0")
    if apart:
        client.raw(injected)
    try:
        answered = await asyncio.wait_for(client.reader.read(), 60)
    except ConnectionError:  # cut off with something unread: no answer either
        answered = b""
    assert not answered.startswith(b"250")
    assert b"OK" not in answered


async def test_without_a_certificate_it_is_not_to_be_had(listener: Listener) -> None:
    client = await listener.connect()
    await client.say("EHLO client.example")
    assert (await client.say("STARTTLS")).startswith("454 4.7.0")


async def test_old_tls_is_refused(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    client_tls.minimum_version = ssl.TLSVersion.TLSv1
    client_tls.maximum_version = ssl.TLSVersion.TLSv1_1
    client_tls.set_ciphers("ALL:@SECLEVEL=0")
    client = await stranger.connect()
    await client.say("EHLO client.example")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await client.start_tls(client_tls)


async def test_a_stalled_handshake_is_closed(stranger: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeting, "HANDSHAKE", 0.1)
    client = await stranger.connect()
    await client.say("EHLO client.example")
    assert (await client.say("STARTTLS")).startswith("220")
    assert await client.closed()
    assert await stranger.server.stop(60) == 0


async def test_fifteen_seconds_is_the_longest_handshake() -> None:
    assert greeting.HANDSHAKE <= 15
