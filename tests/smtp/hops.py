"""A relay client whose servers are named by a name server of the test's own."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trustme

from gateway.quantities import Relays
from gateway.sections import Relay, Settings, Smtp
from gateway.smtp.contexts import verified
from gateway.smtp.mta_sts import MtaSts
from gateway.smtp.next_hops import NextHops
from gateway.smtp.relay import RelayClient
from tests.smtp.conftest import AGENCY
from tests.smtp.name_server import NameServer, Zone, name_server


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
