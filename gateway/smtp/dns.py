"""
Asks DNS whether a domain takes mail at all (RFC 5321, 5.1; RFC 7505).

An answer is kept for as long as DNS allows, within bounds. DNS that is slow or
down means "unknown" and never holds mail up for longer than the time limit.
"""

import asyncio
from collections.abc import Iterable, Mapping
from time import monotonic

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from gateway.mail.facts import DomainState

# Names that nobody can register (RFC 2606, 2; RFC 6761, 6; RFC 6762, 3): DNS says nothing about them.
_RESERVED = frozenset(["example", "test", "invalid", "localhost", "local", "internal"])
_RESERVED_SECOND = frozenset(["example.com", "example.net", "example.org"])
_SHORTEST, _LONGEST, _RETRY = 300.0, 86_400.0, 60.0  # seconds
_MOST = 20_000


class MailDomains:
    """The state of recipients' domains, cached. For one event loop."""

    def __init__(self, resolver: dns.asyncresolver.Resolver | None = None, limit: float = 3.0) -> None:
        self._resolver = resolver
        self._limit = limit
        self._known: dict[str, tuple[DomainState, float]] = {}
        self._asking: dict[str, asyncio.Task[DomainState]] = {}

    async def states(self, domains: Iterable[str]) -> Mapping[str, DomainState]:
        """What is known of each domain, in lower case, when the time limit has passed at the latest."""
        wanted = {domain.lower().rstrip(".") for domain in domains} - {""}
        found = {domain: state for domain in wanted if (state := self._cached(domain))}
        tasks = {self._ask(domain): domain for domain in wanted - found.keys()}
        if tasks:
            done, _ = await asyncio.wait(tasks, timeout=self._limit)
            found |= {domain: task.result() if task in done else "unknown" for task, domain in tasks.items()}
        return found

    def _cached(self, domain: str) -> DomainState | None:
        if _is_reserved(domain):
            return "unknown"
        state, until = self._known.get(domain, ("unknown", 0.0))
        return state if monotonic() < until else None

    def _ask(self, domain: str) -> "asyncio.Task[DomainState]":
        """The query that is under way for a domain; one is enough for all messages that wait."""
        task = self._asking.get(domain)
        if task is None:
            task = self._asking[domain] = asyncio.create_task(
                self._find(domain), name=f"dns {len(self._asking)}"
            )
            task.add_done_callback(lambda _: self._asking.pop(domain, None))
        return task

    async def _find(self, domain: str) -> DomainState:
        try:
            state, lifetime = await self._look_up(domain)
        except (dns.exception.DNSException, OSError, ValueError):
            state, lifetime = "unknown", _RETRY
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[domain] = (state, monotonic() + lifetime)
        return state

    async def _look_up(self, domain: str) -> tuple[DomainState, float]:
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver()
        name = dns.name.from_unicode(f"{domain}.", idna_codec=dns.name.IDNA_2008_Practical)
        try:
            answer = await self._resolver.resolve(name, "MX", lifetime=2 * self._limit, search=False)
        except dns.resolver.NXDOMAIN as problem:
            return "no_such_domain", _lifetime(problem.response(name))  # type: ignore[no-untyped-call]
        except dns.resolver.NoAnswer:
            return await self._look_up_host(name)
        hosts = [record.exchange for record in answer]
        if all(host == dns.name.root for host in hosts):
            return "null_mx", _bounded(answer.rrset.ttl if answer.rrset else 0)
        return "takes_mail", _bounded(answer.rrset.ttl if answer.rrset else 0)

    async def _look_up_host(self, name: dns.name.Name) -> tuple[DomainState, float]:
        """Without MX the domain's own address is where mail goes (RFC 5321, 5.1)."""
        assert self._resolver is not None
        for kind in ("A", "AAAA"):
            try:
                answer = await self._resolver.resolve(name, kind, lifetime=2 * self._limit, search=False)
            except dns.resolver.NoAnswer:
                continue
            return "takes_mail", _bounded(answer.rrset.ttl if answer.rrset else 0)
        return "no_mail_host", _SHORTEST


def _is_reserved(domain: str) -> bool:
    labels = domain.split(".")
    return labels[-1] in _RESERVED or ".".join(labels[-2:]) in _RESERVED_SECOND or len(labels) < 2


def _lifetime(response: dns.message.Message) -> float:
    """How long a refusal holds: the SOA's minimum (RFC 2308, 5)."""
    for rrset in response.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return _bounded(min(rrset.ttl, rrset[0].minimum))
    return _SHORTEST


def _bounded(seconds: float) -> float:
    return min(max(float(seconds), _SHORTEST), _LONGEST)
