"""A name server on the loopback that answers from a table, for tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], str | list[str]]


class NameServer(asyncio.DatagramProtocol):
    """
    Answers from *zone*: (name, type) -> record or records.

    *silent* swallows every question and *failing* answers none; *signed* says that signatures
    were checked; questions for *broken* types fail.
    """

    def __init__(
        self, zone: Zone, *, silent: bool = False, failing: bool = False, signed: bool = False
    ) -> None:
        self.zone = zone
        self.silent, self.failing, self.signed = silent, failing, signed
        self.broken: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.silent:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA | (dns.flags.AD if self.signed else 0)
        if self.failing or kind in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in self.zone:
            found = self.zone[name, kind]
            records = [found] if isinstance(found, str) else found
            answer.answer.append(dns.rrset.from_text(question.name, 600, "IN", kind, *records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), peer)


@asynccontextmanager
async def name_server(
    zone: Zone, **options: bool
) -> AsyncIterator[tuple[NameServer, dns.asyncresolver.Resolver]]:
    """A running one, and a resolver that asks it."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(zone, **options), local_addr=("127.0.0.1", 0)
    )
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.timeout = 60.0  # a busy machine is no reason to ask twice
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield server, resolver
    finally:
        transport.close()
