"""
Where the relay is: the addresses of the settings, and those that DNS names for ``mx:`` and ``srv:`` (RFC 5321, 5.1; RFC 2782).

DNS also says how servers prove who they are: by DANE where the name server on this machine has checked the signatures
(RFC 7672; also for a host that the settings name, 2.2.2 there), else by the domain's MTA-STS policy (RFC 8461). Either is
only ever stricter than ``[relay] tls``. What was found is kept while its records hold, and for longer if DNS fails.
"""

import asyncio
import ipaddress
from time import monotonic
from typing import Any, Literal

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.resolver
import msgspec

from gateway import journal
from gateway.mail.public import public
from gateway.quantities import HostPort, Published
from gateway.sections import Relay
from gateway.smtp.contexts import verified
from gateway.smtp.dane import Tlsa
from gateway.smtp.mta_sts import MtaSts, Policy

_PATIENCE = 5.0  # seconds, for each answer of DNS
_SHORTEST, _LONGEST, _RETRY = 60.0, 3_600.0, 30.0  # seconds that an answer is kept
_MOST = 10  # servers of one name; nobody waits for more


class Hop(msgspec.Struct, frozen=True):
    """
    One server, and how it proves who it is.

    *tls* is as in the settings; "encrypted" is TLS whose certificate nobody can check.
    With *tlsa*, those records decide, for any of *names*.
    """

    address: HostPort
    tls: Literal["none", "opportunistic", "encrypted", "required"]
    tlsa: tuple[Tlsa, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether a connection stands only with a server that has proved who it is."""
        return self.tls == "required" or bool(self.tlsa)


class NextHops:
    """Finds the servers of ``[relay] address``. For one event loop."""

    def __init__(
        self, relay: Relay, resolver: dns.asyncresolver.Resolver | None = None, sts: MtaSts | None = None
    ) -> None:
        self._relay = relay
        self._found: dict[str, tuple[Hop, ...]] = {
            each: (Hop(each, relay.tls),) for each in relay.address if isinstance(each, HostPort)
        }
        self._published = [each for each in relay.address if isinstance(each, Published)]
        named = [each for each in self._found.values() if not _is_ip(each[0].address.host)]
        self._named = [hop.address for (hop,) in named if hop.tls != "none"]
        self._lock = asyncio.Lock()
        self.known = self._together()
        self._signed = False
        if self._published or self._named:
            self._prepare(resolver, sts)
        if not self._signed:  # a host that we know by its name has nothing to prove that DNS could say
            self._named = []
        self._until = 0.0 if self._published or self._named else float("inf")

    def _prepare(self, resolver: dns.asyncresolver.Resolver | None, sts: MtaSts | None) -> None:
        try:
            self._resolver = resolver or dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            if self._published:
                raise
            return
        self._resolver.use_edns(0, dns.flags.DO, 1_232)  # have signatures checked, and be told so
        self._sts = sts or MtaSts(self._resolver, verified(self._relay.ca_file))
        self._signed = all(_is_here(str(each)) for each in self._resolver.nameservers)

    async def now(self) -> tuple[Hop, ...]:
        """The servers, best first. None at all: DNS has never said where they are."""
        if monotonic() >= self._until:
            async with self._lock:
                if monotonic() >= self._until:
                    await self._look_up()
        return self.known

    async def _look_up(self) -> None:
        lifetime = _LONGEST
        for each in self._published:
            try:
                self._found[each], seconds = await self._servers(each)
            except (dns.exception.DNSException, OSError, ValueError) as fault:
                journal.trouble(public("DNS does not say where the relay is"), fault)
                seconds = _RETRY
            lifetime = min(lifetime, seconds)
        for address in self._named:
            self._found[address], seconds = await self._named_host(address)
            lifetime = min(lifetime, seconds)
        self._until = monotonic() + lifetime
        found = self._together()
        if found != self.known:
            self.known = found

    async def _named_host(self, address: HostPort) -> tuple[tuple[Hop, ...], float]:
        """
        A server that the settings name, by its records if it has signed ones; none if those cannot be had.

        A name that DNS does not know, or says nothing of just now, is as it was: it may be in a file
        on this machine, and without DNS or that file there is no way to it anyway.
        """
        try:
            signed, seconds = await self._is_secure(address.host)
        except dns.resolver.NXDOMAIN:
            return (Hop(address, self._relay.tls),), _LONGEST
        except dns.exception.DNSException:
            return self._found[address], _RETRY
        if not signed:
            return (Hop(address, self._relay.tls),), seconds
        try:
            hop, holds = await self._hop(address.host, address.port, address.host, None, signed=True)
        except dns.exception.DNSException as fault:  # never fall back to less (RFC 7672, 2.1)
            journal.trouble(public("DNS does not say how a relay proves itself"), fault)
            return (), _RETRY
        return ((hop,) if hop is not None else ()), min(seconds, holds)

    def _together(self) -> tuple[Hop, ...]:
        return tuple(hop for each in self._relay.address for hop in self._found.get(each, ()))

    async def _servers(self, published: Published) -> tuple[tuple[Hop, ...], float]:
        """The servers behind one name, and how long that holds, in seconds."""
        name, policy = published.name, None
        answer = await self._ask(name, published.kind)
        records: list[Any] = list(answer.rrset.processing_order()) if answer.rrset else []
        seconds = _lifetime(answer)
        if published.kind == "MX":
            targets = [(_text(each.exchange), published.port) for each in records] or [(name, published.port)]
            policy = await self._sts.of(name) if self._relay.tls != "none" else None
        else:
            targets = [(_text(each.target), each.port) for each in records]
        hops = []
        for host, port in targets[:_MOST]:
            if not host:  # "." says that there is no such service (RFC 7505; RFC 2782)
                continue
            try:
                hop, holds = await self._hop(host, port, name, policy, signed=self._is_signed(answer))
            except dns.exception.DNSException as fault:  # never fall back to less (RFC 7672, 2.1)
                journal.trouble(public("DNS does not say how a relay proves itself"), fault)
                hop, holds = None, _RETRY
            seconds = min(seconds, holds)
            hops += [hop] if hop is not None else []
        if not hops:
            journal.event("relay_not_in_dns", named=len(targets))
        return tuple(hops), seconds

    async def _hop(
        self, host: str, port: int, domain: str, policy: Policy | None, *, signed: bool
    ) -> tuple[Hop | None, float]:
        """One server; None where the domain's policy does not name it."""
        address, tls = HostPort(f"{host}:{port}"), self._relay.tls
        if tls == "none":
            return Hop(address, tls), _LONGEST
        tlsa, seconds = await self._tlsa(host, port) if signed else (None, _LONGEST)
        if policy is not None and policy.mode == "enforce":
            if not policy.allows(host):
                journal.event("relay_not_in_policy")
                return None, seconds
            tls = "required"
        if tlsa is None:
            return Hop(address, tls), seconds
        usable = tuple(each for each in tlsa if each.usable)
        if usable:
            return Hop(address, "encrypted", usable, (host, domain)), seconds
        return Hop(address, "required" if tls == "required" else "encrypted"), seconds

    async def _tlsa(self, host: str, port: int) -> tuple[tuple[Tlsa, ...] | None, float]:
        """The signed records of a server whose address is signed too (RFC 7672, 2.2.2); else None."""
        secure, seconds = await self._is_secure(host)
        if not secure:
            return None, seconds
        try:
            answer = await self._ask(f"_{port}._tcp.{host}", "TLSA")
        except dns.resolver.NXDOMAIN:
            return None, seconds
        if answer.rrset is None or not self._is_signed(answer):
            return None, seconds
        records = (Tlsa(each.usage, each.selector, each.mtype, each.cert) for each in answer)
        return tuple(records), min(seconds, _lifetime(answer))

    async def _is_secure(self, host: str) -> tuple[bool, float]:
        """Whether a server's address is signed, and how long that holds, in seconds."""
        where = await self._ask(host, "A")
        if where.rrset is None:
            where = await self._ask(host, "AAAA")
        return self._is_signed(where), _lifetime(where)

    async def _ask(self, name: str, kind: str) -> dns.resolver.Answer:
        return await self._resolver.resolve(
            f"{name}.", kind, lifetime=_PATIENCE, search=False, raise_on_no_answer=False
        )

    def _is_signed(self, answer: dns.resolver.Answer) -> bool:
        """Whether the name server on this machine has checked signatures; others could be imitated."""
        return self._signed and bool(answer.response.flags & dns.flags.AD)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""


def _lifetime(answer: dns.resolver.Answer) -> float:
    return min(max(float(answer.rrset.ttl if answer.rrset else 0), _SHORTEST), _LONGEST)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_here(server: str) -> bool:
    return _is_ip(server) and ipaddress.ip_address(server).is_loopback
