"""Relays that DNS names by MX or SRV, and how the settings write them."""

import pytest

from gateway.quantities import HostPort, Published, Relays
from gateway.smtp.relay import RelayDown
from tests.smtp.hops import client_of
from tests.smtp.receiver import Taker, relay_of
from tests.smtp.test_relay import mail


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
