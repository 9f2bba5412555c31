"""Addresses one slip of the finger away from those that the register knows."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

from gateway.mail.address import canonical
from gateway.register.folding import fold
from gateway.register.vocabulary import MAIL_DOMAINS

_SHORTEST = 5  # shorter local parts differ by one letter too often without being a slip
_ENDS = 3
_REMEMBERED = 10_000


class Lookalikes:
    """The register's addresses and domains, ready to be compared with. Strictly read-only."""

    def __init__(self, addresses: Iterable[str], domains: Iterable[str]) -> None:
        self._registered: dict[str, str] = {}
        self._by_ends: dict[tuple[str, str], list[str]] = {}
        known = set(domains)
        for address in addresses:
            key = canonical.__wrapped__(address)  # not to be remembered: it is the whole register
            local, _, domain = key.rpartition("@")
            self._registered[key] = address
            known.add(domain)
            if len(local) >= _SHORTEST:
                for end in _ends(local):
                    self._by_ends.setdefault((domain, end), []).append(key)
        self._domains = known | MAIL_DOMAINS
        self._meant: dict[str, str] = {}  # remembered, for the same few domains come again and again
        self._targets = tuple(domain for domain in self._domains if len(domain) > 5)

    def is_known(self, address: str) -> bool:
        """Whether the register has this very mailbox."""
        return canonical(address) in self._registered

    def domain_meant(self, domain: str) -> str:
        """The known domain that this one is a slip or a look-alike of; "" where it is known itself, or far off."""
        if domain not in self._meant:
            if len(self._meant) > _REMEMBERED:
                self._meant.clear()
            self._meant[domain] = self._find(domain)
        return self._meant[domain]

    def _find(self, domain: str) -> str:
        parent = domain
        while parent:
            if parent in self._domains:
                return ""
            parent = parent.partition(".")[2]
        plain = _plain(domain)
        for known in self._targets:
            if abs(len(known) - len(domain)) > 1:
                continue
            if plain == known or OSA.distance(domain, known, score_cutoff=1) <= 1:
                return known
        return ""

    def address_meant(self, address: str) -> str:
        """The registered address of the same domain that this one is a slip of; "" where there is none."""
        key = canonical(address)
        local, _, domain = key.rpartition("@")
        if key in self._registered or len(local) < _SHORTEST:
            return ""
        for end in _ends(local):
            for known in self._by_ends.get((domain, end), ()):
                other = known.rpartition("@")[0]
                if abs(len(other) - len(local)) <= 1 and _slipped(local, other):
                    return self._registered[known]
        return ""


def _ends(local: str) -> tuple[str, str]:
    """One slip leaves the beginning or the end as it is."""
    return f"^{local[:_ENDS]}", f"{local[-_ENDS:]}$"


def _slipped(one: str, other: str) -> bool:
    """One letter too many, too few, wrong or out of place; figures and a first letter make another person."""
    if one[0] != other[0] or "".join(filter(str.isdigit, one)) != "".join(filter(str.isdigit, other)):
        return False
    return OSA.distance(one, other, score_cutoff=1) == 1


def _plain(domain: str) -> str:
    """A domain with its look-alike letters in Latin."""
    return ".".join(fold(label) for label in domain.split("."))
