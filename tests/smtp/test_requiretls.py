"""REQUIRETLS (RFC 8689): a promise that is only made when the next hop makes it too."""

import ssl
from pathlib import Path

import msgspec
import trustme

from gateway.quantities import Relays
from gateway.sections import Relay, Tls
from tests.smtp.conftest import Listener, running, smtp
from tests.smtp.receiver import Taker, greet, relay_of, scripted
from tests.smtp.test_relay import client_of, mail


async def test_it_is_not_offered_without_tls(listener: Listener) -> None:
    client = await listener.connect()
    assert "REQUIRETLS" not in await client.say("EHLO client.example")
    assert (await client.say("MAIL FROM:<tom@agency.example> REQUIRETLS")).startswith("555")


async def test_nor_when_the_relay_does_not_offer_it(
    authority: trustme.CA, tls_files: Tls, tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls_files.certificate, tls_files.key)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with relay_of(Taker(), tls_context=context) as address:
        relay = Relay(address=Relays((address,)), tls="required", ca_file=tmp_path / "ca.pem")
        async with running(smtp(tls=tls_files), relay) as listener:
            client = await listener.connect()
            await client.say("EHLO client.example")
            await client.start_tls(client_tls)
            assert "REQUIRETLS" not in await client.say("EHLO client.example")


async def test_a_message_that_requires_it_goes_to_no_relay_without_it() -> None:
    async def script(reader, writer) -> None:
        await greet(reader, writer, "REQUIRETLS")
        assert await reader.readline() in (b"QUIT\r\n", b"")

    letter = msgspec.structs.replace(mail(), mail_options=("REQUIRETLS",))
    async with scripted(script) as address, client_of(address) as client:
        delivery = await client.deliver(letter)
    assert (delivery.reply.code, delivery.reply.enhanced) == (550, "5.7.30")


async def test_the_limit_on_recipients_is_announced(listener: Listener) -> None:
    client = await listener.connect()
    assert "LIMITS RCPTMAX=1000" in await client.say("EHLO client.example")
