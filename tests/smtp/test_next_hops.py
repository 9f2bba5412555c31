"""Relays that DNS names: found by MX or SRV, and proved by DANE or MTA-STS where DNS asks for that."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.quantities import HostPort, Published, Relays
from gateway.sections import Relay, Settings, Smtp
from gateway.smtp.contexts import verified
from gateway.smtp.mta_sts import MtaSts, parse
from gateway.smtp.next_hops import NextHops
from gateway.smtp.relay import RelayClient, RelayDown
from tests.smtp.conftest import AGENCY
from tests.smtp.name_server import NameServer, Zone, name_server
from tests.smtp.receiver import Taker, relay_of
from tests.smtp.test_relay import mail

ENFORCE = "version: STSv1\r\nmode: enforce\r\nmx: {mx}\r\nmax_age: 86400\r\n"


@asynccontextmanager
async def client_of(
    address: str, zone: Zone, relay: Relay | None = None, where: str = "", **options: bool
) -> AsyncIterator[tuple[RelayClient, NameServer]]:
    """A client whose relay is looked for at a name server with *zone*."""
    relay = msgspec.structs.replace(relay or Relay(), address=Relays.read(address))
    async with name_server(zone, **options) as (server, resolver):
        sts = MtaSts(resolver, verified(relay.ca_file), where) if where else None
        settings = Settings(agency=AGENCY, smtp=Smtp(hostname="gateway.example"), relay=relay)
        client = RelayClient(settings, hops=NextHops(relay, resolver, sts))
        try:
            yield client, server
        finally:
            await client.close()


def context_of(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context


@pytest.fixture
def opportunistic(authority: trustme.CA, tmp_path: Path) -> Relay:
    """Settings that believe the test's authority, but do not insist on TLS."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Relay(tls="opportunistic", ca_file=tmp_path / "ca.pem")


async def test_the_relay_is_found_by_mx() -> None:
    taker = Taker()
    async with relay_of(taker) as at:
        zone = {("agency.shop", "MX"): ["20 nowhere.invalid.", "10 localhost."]}
        async with client_of(f"mx:agency.shop:{at.port}", zone) as (client, server):
            for _ in range(3):
                assert (await client.deliver(mail())).reply.accepted
    assert server.asked == [("agency.shop", "MX")]
    assert (len(taker.got), taker.connections) == (3, 1)


async def test_a_domain_without_mx_takes_its_own_mail() -> None:
    taker = Taker()
    async with relay_of(taker) as at:  # noqa: SIM117
        async with client_of(f"mx:localhost:{at.port}", {("localhost", "A"): "127.0.0.1"}) as (client, _):
            assert (await client.deliver(mail())).reply.accepted


async def test_srv_names_the_port_and_the_next_server_is_tried_when_one_is_down(closed_port: str) -> None:
    taker, nobody = Taker(), HostPort(closed_port)
    async with relay_of(taker) as at:
        services = [f"10 0 {nobody.port} localhost.", f"20 0 {at.port} localhost."]
        zone = {("_submission._tcp.agency.shop", "SRV"): services}
        async with client_of("srv:agency.shop", zone) as (client, _):
            assert (await client.deliver(mail())).reply.accepted


async def test_a_domain_that_takes_no_mail_is_no_relay() -> None:
    async with client_of("mx:agency.shop", {("agency.shop", "MX"): "0 ."}) as (client, _):
        with pytest.raises(RelayDown):
            await client.deliver(mail())


async def test_dns_that_fails_later_leaves_the_servers_that_it_named() -> None:
    taker = Taker()
    async with relay_of(taker) as at:
        zone = {("agency.shop", "MX"): "10 localhost."}
        async with client_of(f"mx:agency.shop:{at.port}", zone) as (client, server):
            await client.deliver(mail())
            server.failing = True
            client._hops._until = 0.0
            assert (await client.deliver(mail())).reply.accepted
    assert len(server.asked) > 1


async def test_dns_that_has_never_answered_means_that_the_relay_is_down() -> None:
    async with client_of("mx:agency.shop", {}, failing=True) as (client, _):
        with pytest.raises(RelayDown):
            await client.deliver(mail())
        assert await client.begin(mail(), 0) == (None, [])


async def test_connections_to_a_server_that_dns_names_no_more_are_closed() -> None:
    taker = Taker()
    async with relay_of(taker) as at, relay_of(taker) as other:
        zone = {("agency.shop", "MX"): "10 localhost."}
        name = "_submission._tcp.agency.shop"
        zone = {(name, "SRV"): f"10 0 {at.port} localhost."}
        async with client_of("srv:agency.shop", zone) as (client, _):
            await client.deliver(mail())
            ((kept, _),) = client._pools[0]._kept
            zone[name, "SRV"] = f"10 0 {other.port} localhost."
            client._hops._until = 0.0
            await client.deliver(mail())
            assert kept.broken
    assert taker.connections == 2


# -- DANE


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


async def test_a_server_whose_records_cannot_be_had_gets_no_mail() -> None:
    """Whoever swallows the answer must not get the mail in plain text by it (RFC 7672, 2.1)."""
    taker = Taker()
    async with relay_of(taker) as at:
        zone = signed_zone(at.port, "3 1 1 00")
        async with client_of(f"mx:agency.shop:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
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


async def test_the_records_of_a_server_that_the_settings_name_must_be_had() -> None:
    taker = Taker()
    async with relay_of(taker) as at:
        zone = signed_zone(at.port, "3 1 1 00")
        async with client_of(f"localhost:{at.port}", zone, Relay(tls="opportunistic"), signed=True) as (
            client,
            server,
        ):
            server.broken.add("TLSA")
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


# -- MTA-STS


@asynccontextmanager
async def web(authority: trustme.CA, text: str, kind: str = "text/plain") -> AsyncIterator[str]:
    """A web server under TLS with that policy."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        writer.write((head + text).encode())
        writer.close()

    context = context_of(authority.issue_cert("localhost"))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/.well-known/mta-sts.txt"
    finally:
        server.close()


def sts_zone() -> dict[tuple[str, str], str]:
    return {
        ("agency.shop", "MX"): "10 localhost.",
        ("_mta-sts.agency.shop", "TXT"): '"v=STSv1; id=20260101;"',
    }


async def test_a_policy_asks_for_a_valid_certificate(authority: trustme.CA, opportunistic: Relay) -> None:
    taker = Taker()
    async with (
        web(authority, ENFORCE.format(mx="localhost")) as where,
        relay_of(taker, tls_context=context_of(authority.issue_cert("localhost"))) as at,
        client_of(f"mx:agency.shop:{at.port}", sts_zone(), opportunistic, where) as (client, _),
    ):
        assert (await client.deliver(mail())).reply.accepted
        assert client.verified


async def test_under_a_policy_a_server_without_tls_gets_no_mail(
    authority: trustme.CA, opportunistic: Relay
) -> None:
    taker = Taker()
    async with (
        web(authority, ENFORCE.format(mx="localhost")) as where,
        relay_of(taker) as at,
        client_of(f"mx:agency.shop:{at.port}", sts_zone(), opportunistic, where) as (client, _),
    ):
        with pytest.raises(RelayDown):
            await client.deliver(mail())
    assert taker.got == []


async def test_a_server_that_the_policy_does_not_name_gets_no_mail(
    authority: trustme.CA, opportunistic: Relay
) -> None:
    taker = Taker()
    async with (
        web(authority, ENFORCE.format(mx="*.agency.shop")) as where,
        relay_of(taker, tls_context=context_of(authority.issue_cert("localhost"))) as at,
        client_of(f"mx:agency.shop:{at.port}", sts_zone(), opportunistic, where) as (client, _),
    ):
        with pytest.raises(RelayDown):
            await client.deliver(mail())
    assert taker.got == []


async def test_a_policy_stays_in_force_when_it_is_gone_from_dns(
    authority: trustme.CA, opportunistic: Relay
) -> None:
    taker, zone = Taker(), sts_zone()
    async with (
        web(authority, ENFORCE.format(mx="localhost")) as where,
        relay_of(taker) as at,
        client_of(f"mx:agency.shop:{at.port}", zone, opportunistic, where) as (client, _),
    ):
        for _ in range(2):
            with pytest.raises(RelayDown):
                await client.deliver(mail())
            zone.pop(("_mta-sts.agency.shop", "TXT"), None)
            client._hops._until = 0.0
    assert taker.got == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mode: enforce", "text/plain"),
        (ENFORCE.format(mx="other"), "text/html"),
        ("x" * 70_000, "text/plain"),
    ],
    ids=["no policy", "wrong type", "too long"],
)
async def test_a_policy_that_cannot_be_read_is_none(
    authority: trustme.CA, opportunistic: Relay, text: str, kind: str
) -> None:
    taker = Taker()
    async with (
        web(authority, text, kind) as where,
        relay_of(taker) as at,
        client_of(f"mx:agency.shop:{at.port}", sts_zone(), opportunistic, where) as (client, _),
    ):
        assert (await client.deliver(mail())).reply.accepted


def test_a_star_stands_for_one_label() -> None:
    policy = parse("version: STSv1\nmode: enforce\nmx: *.agency.shop\nmx: mx.other.shop\nmax_age: 60\n")
    assert policy.allows("A.agency.shop")
    assert policy.allows("mx.other.shop")
    assert not policy.allows("a.b.agency.shop")
    assert not policy.allows("agency.shop")


# -- the settings


@pytest.mark.parametrize(
    ("text", "kind", "name", "port"),
    [
        ("mx:Agency.shop", "MX", "agency.shop", 25),
        ("mx:agency.shop:2525", "MX", "agency.shop", 2525),
        ("srv:agency.shop", "SRV", "_submission._tcp.agency.shop", 25),
        ("srv:_smtp._tcp.agency.shop", "SRV", "_smtp._tcp.agency.shop", 25),
    ],
)
def test_names_that_dns_gives_servers_for(text: str, kind: str, name: str, port: int) -> None:
    (found,) = Relays.read(text)
    assert isinstance(found, Published)
    assert (found.kind, found.name, found.port) == (kind, name, port)


def test_a_host_called_mx_is_still_a_host() -> None:
    assert Relays.read("mx:25") == (HostPort("mx:25"),)


@pytest.mark.parametrize("text", ["mx:", "mx:agency.shop:99999", "srv:agency.shop:25", "mx:two words"])
def test_what_is_neither_name_nor_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host and port"):
        Relays.read(text)
