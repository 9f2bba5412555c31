"""
MTA-STS: a domain says, over HTTPS, which servers take its mail, and that they do so under verified TLS (RFC 8461).

A policy is kept for as long as it says, in memory; a new identifier in DNS has it fetched again.
"""

import ssl
from time import monotonic
from typing import Literal, cast

import dns.asyncresolver
import dns.exception
import dns.resolver
import msgspec

from gateway import journal
from gateway.mail.public import public

_LONGEST = 31_557_600  # seconds; RFC 8461, 3.2
_LARGEST = 65_536  # octets; RFC 8461, 3.3
_PATIENCE = 5.0  # seconds, for each answer
_RETRY = 300.0  # seconds, after a policy could not be fetched (RFC 8461, 3.3)
_OK = 200


class Policy(msgspec.Struct, frozen=True):
    """What a domain says of its mail servers. *mx* are names, or ``*.`` and the rest of one."""

    mode: Literal["enforce", "testing", "none"]
    max_age: int
    mx: tuple[str, ...] = ()

    def allows(self, host: str) -> bool:
        """Whether it names a server (RFC 8461, 4.1). A star stands for one label."""
        parent = "*." + host.lower().partition(".")[2]
        return any(each in (host.lower(), parent) for each in self.mx)


def parse(text: str) -> Policy:
    """
    Read a policy file.

    Raises:
        ValueError: it is none.
    """
    fields: dict[str, str] = {}
    servers: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        key, _, value = (each.strip() for each in line.partition(":"))
        if key == "mx":
            servers.append(value.lower().rstrip("."))
        else:
            fields.setdefault(key, value)
    mode = fields.get("mode")
    if fields.get("version") != "STSv1" or mode not in ("enforce", "testing", "none"):
        raise ValueError("no policy of this version")
    if mode != "none" and not servers:
        raise ValueError("no servers")
    age = min(int(fields.get("max_age", "")), _LONGEST)
    return Policy(cast('Literal["enforce", "testing", "none"]', mode), age, tuple(servers))


class MtaSts:
    """The policies in force. *where* is the address of a domain's policy; only tests have another."""

    def __init__(
        self,
        resolver: dns.asyncresolver.Resolver,
        context: ssl.SSLContext,
        where: str = "https://mta-sts.{domain}/.well-known/mta-sts.txt",
    ) -> None:
        self._resolver = resolver
        self._context = context
        self._where = where
        self._kept: dict[str, tuple[str, Policy, float]] = {}  # domain -> identifier, policy, its end
        self._failed: dict[str, tuple[str, float]] = {}  # domain -> identifier, when to try again

    async def of(self, domain: str) -> Policy | None:
        """The policy of a domain; the one that is kept, if DNS or the domain's web server fails."""
        identifier, now = await self._identifier(domain), monotonic()
        known, policy, end = self._kept.get(domain, ("", None, 0.0))
        policy = policy if now < end else None
        if identifier is None or (policy is not None and known == identifier):
            return policy
        failed, again = self._failed.get(domain, ("", 0.0))
        if failed == identifier and now < again:
            return policy
        import httpx2

        try:
            policy = await self._fetch(domain)
        except (httpx2.HTTPError, ValueError, OSError) as fault:
            journal.trouble(public("the relay's MTA-STS policy could not be fetched"), fault)
            self._failed[domain] = (identifier, now + _RETRY)
            return policy
        self._kept[domain] = (identifier, policy, now + policy.max_age)
        return policy

    async def _identifier(self, domain: str) -> str | None:
        """What DNS says of the policy's edition; None without a policy (RFC 8461, 3.1)."""
        try:
            answer = await self._resolver.resolve(
                f"_mta-sts.{domain}.", "TXT", lifetime=_PATIENCE, search=False
            )
        except dns.exception.DNSException:
            return None
        texts = [b"".join(each.strings).decode("ascii", "replace") for each in answer]
        ours = [each for each in texts if each.partition(";")[0].strip() == "v=STSv1"]
        return ours[0].partition("id=")[2].partition(";")[0].strip() if len(ours) == 1 else None

    async def _fetch(self, domain: str) -> Policy:
        import httpx2

        content = b""
        async with (
            httpx2.AsyncClient(verify=self._context, timeout=_PATIENCE, trust_env=False) as client,
            client.stream("GET", self._where.format(domain=domain)) as answer,
        ):
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if answer.status_code != _OK or kind != "text/plain":  # redirects are not followed either
                raise ValueError("no policy there")
            async for block in answer.aiter_bytes():
                content += block
                if len(content) > _LARGEST:
                    raise ValueError("too long for a policy")
        return parse(content.decode("utf-8"))
