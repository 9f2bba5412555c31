"""Relays that prove themselves by DANE, where DNS asks for that (RFC 7672)."""

import hashlib

import msgspec
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.sections import Relay
from gateway.smtp.relay import RelayDown
from tests.smtp.hops import client_of, context_of
from tests.smtp.receiver import Taker, relay_of
from tests.smtp.test_relay import mail


def tlsa_of(issued: trustme.LeafCert) -> str:
    """The record that is recommended: this very key, by its SHA-256 (3 1 1)."""
    certificate = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"3 1 1 {hashlib.sha256(key).hexdigest()}"


def signed_zone(port: int, tlsa: str) -> dict[tuple[str, str], str]:
    return {
        ("agency.shop", "MX"): "10 localhost.",
        ("localhost", "A"): "127.0.0.1",
        (f"_{port}._tcp.localhost", "TLSA"): tlsa,
    }


async def test_a_certificate_that_dns_names_is_believed_whoever_issued_it() -> None:
    taker, issued = Taker(), trustme.CA().issue_cert("other.example")
    async with relay_of(taker, tls_context=context_of(issued)) as at:
        zone = signed_zone(at.port, tlsa_of(issued))
        async with client_of(f"mx:agency.shop:{at.port}", zone, Relay(tls="required"), signed=True) as (
            client,
            _,
        ):
            assert (await client.deliver(mail())).reply.accepted
            assert client.verified


async def test_another_certificate_than_the_one_in_dns_gets_no_mail(authority: trustme.CA) -> None:
    taker, other = Taker(), authority.issue_cert("localhost")
    async with relay_of(taker, tls_context=context_of(authority.issue_cert("localhost"))) as at:
        zone = signed_zone(at.port, tlsa_of(other))
        async with client_of(f"mx:agency.shop:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
            client,
            _,
        ):
            with pytest.raises(RelayDown):
                await client.deliver(mail())
    assert taker.got == []


@pytest.mark.parametrize("name", ["localhost", "agency.shop", "other.example"])
async def test_an_authority_that_dns_names_vouches_for_the_servers_name(name: str) -> None:
    taker, root = Taker(), trustme.CA()
    below = root.create_child_ca()
    der = x509.load_pem_x509_certificate(below.cert_pem.bytes()).public_bytes(Encoding.DER)
    async with relay_of(taker, tls_context=context_of(below.issue_cert(name))) as at:
        zone = signed_zone(at.port, f"2 0 2 {hashlib.sha512(der).hexdigest()}")
        async with client_of(f"mx:agency.shop:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
            client,
            _,
        ):
            if name == "other.example":
                with pytest.raises(RelayDown):
                    await client.deliver(mail())
            else:
                assert (await client.deliver(mail())).reply.accepted


async def test_dane_needs_tls() -> None:
    taker, issued = Taker(), trustme.CA().issue_cert("localhost")
    async with relay_of(taker) as at:
        zone = signed_zone(at.port, tlsa_of(issued))
        async with client_of(f"mx:agency.shop:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
            client,
            _,
        ):
            with pytest.raises(RelayDown):
                await client.deliver(mail())
    assert taker.got == []


async def test_records_that_nobody_signed_mean_nothing() -> None:
    taker, issued = Taker(), trustme.CA().issue_cert("localhost")
    async with relay_of(taker) as at:
        zone = signed_zone(at.port, tlsa_of(issued))
        async with client_of(f"mx:agency.shop:{at.port}", zone, Relay(tls="opportunistic")) as (client, _):
            assert (await client.deliver(mail())).reply.accepted


@pytest.mark.parametrize("named", ["mx:agency.shop", "localhost"])
async def test_a_server_whose_records_cannot_be_had_gets_no_mail(named: str) -> None:
    """Whoever swallows the answer must not get the mail in plain text by it (RFC 7672, 2.1)."""
    taker = Taker()
    async with relay_of(taker) as at:
        zone = signed_zone(at.port, "3 1 1 00")
        async with client_of(f"{named}:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
            client,
            server,
        ):
            server.broken.add("TLSA")
            with pytest.raises(RelayDown):
                await client.deliver(mail())
    assert taker.got == []


async def test_a_server_that_the_settings_name_proves_itself_by_dane() -> None:
    """RFC 7672, 2.2.2: the names of TLSA records begin with the port and the host that are configured."""
    taker, issued = Taker(), trustme.CA().issue_cert("other.example")
    async with relay_of(taker, tls_context=context_of(issued)) as at:
        zone, settings = signed_zone(at.port, tlsa_of(issued)), Relay(tls="opportunistic")
        async with client_of(f"localhost:{at.port}", zone, settings, signed=True) as (client, server):
            for _ in range(2):
                assert (await client.deliver(mail())).reply.accepted
            assert client.verified
    assert set(server.asked) == {("localhost", "A"), (f"_{at.port}._tcp.localhost", "TLSA")}


async def test_a_server_that_the_settings_name_with_another_certificate_gets_no_mail() -> None:
    taker, issued = Taker(), trustme.CA().issue_cert("localhost")
    async with relay_of(taker, tls_context=context_of(issued)) as at:
        zone = signed_zone(at.port, "3 1 1 " + "00" * 32)
        async with client_of(f"localhost:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
            client,
            _,
        ):
            with pytest.raises(RelayDown):
                await client.deliver(mail())
    assert taker.got == []


@pytest.mark.parametrize("signed", [True, False])
async def test_a_server_without_records_is_used_as_the_settings_say(*, signed: bool) -> None:
    taker = Taker()
    async with relay_of(taker) as at:
        zone = {("localhost", "A"): "127.0.0.1"}
        settings = Relay(tls="opportunistic")
        async with client_of(f"localhost:{at.port}", zone, settings, signed=signed) as (client, _):
            assert (await client.deliver(mail())).reply.accepted


@pytest.mark.parametrize("options", [{"failing": True}, {}])
async def test_a_server_that_this_machine_alone_knows_needs_no_dns(options: dict[str, bool]) -> None:
    taker = Taker()
    async with relay_of(taker) as at:  # noqa: SIM117
        async with client_of(f"localhost:{at.port}", {}, Relay(tls="opportunistic"), **options) as (
            client,
            _,
        ):
            assert (await client.deliver(mail())).reply.accepted


async def test_dns_is_asked_nothing_about_a_number_or_without_tls() -> None:
    taker = Taker()
    async with relay_of(taker) as at:
        for address, tls in ((f"127.0.0.1:{at.port}", "opportunistic"), (f"localhost:{at.port}", "none")):
            settings = msgspec.structs.replace(Relay(), tls=tls)
            async with client_of(address, {}, settings, signed=True) as (client, server):
                assert (await client.deliver(mail())).reply.accepted
            assert server.asked == []
