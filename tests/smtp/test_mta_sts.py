"""Relays that prove themselves by MTA-STS, where their domain asks for that (RFC 8461)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from gateway.sections import Relay
from gateway.smtp.mta_sts import parse
from gateway.smtp.relay import RelayDown
from tests.smtp.hops import client_of, context_of
from tests.smtp.receiver import Taker, relay_of
from tests.smtp.test_relay import mail

ENFORCE = "version: STSv1\r\nmode: enforce\r\nmx: {mx}\r\nmax_age: 86400\r\n"


@pytest.fixture
def opportunistic(authority: trustme.CA, tmp_path: Path) -> Relay:
    """Settings that believe the test's authority, but do not insist on TLS."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return Relay(tls="opportunistic", ca_file=tmp_path / "ca.pem")


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


@pytest.mark.parametrize(
    ("mx", "tls"), [("localhost", False), ("*.agency.shop", True)], ids=["no TLS", "another name"]
)
async def test_a_server_that_does_not_keep_to_the_policy_gets_no_mail(
    authority: trustme.CA, opportunistic: Relay, mx: str, *, tls: bool
) -> None:
    taker = Taker()
    context = context_of(authority.issue_cert("localhost")) if tls else None
    async with (
        web(authority, ENFORCE.format(mx=mx)) as where,
        relay_of(taker, tls_context=context) as at,
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
