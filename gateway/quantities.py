"""Quantities and addresses as a configuration file writes them: "50MB", "3 days", "127.0.0.1:25"."""

import ipaddress
import re
from typing import Any

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)i?b?\s*", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h|d|w)[a-z]*\s*", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST = 36_500 * 86_400  # seconds: beyond a hundred years no calendar follows
ADDRESS = r"^[^\s@<>,;]+@[^\s@<>,;]+$"
_ADDRESS = re.compile(ADDRESS)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})  # hosts that are this machine


def is_address(text: str) -> bool:
    """Whether it is one bare address, such as ``dsl@agency.example``, without a name or brackets."""
    return _ADDRESS.fullmatch(text) is not None


class Size(int):
    """A number of bytes, written ``50MB``, ``64 kB`` or ``1000``."""

    expected = 'a size such as "50MB"'

    @classmethod
    def read(cls, found: Any) -> "Size":
        """Raises ValueError for anything that is no size."""
        match = _SIZE.fullmatch(str(found))
        if match is None or isinstance(found, bool):
            raise ValueError(cls.expected)
        return cls(float(match[1]) * _FACTORS[match[2].lower()])


class Duration(float):
    """A number of seconds, written ``90s``, ``10 minutes`` or ``3 days``."""

    expected = 'a duration such as "10 minutes" or "3 days"'

    @classmethod
    def read(cls, found: Any) -> "Duration":
        """Raises ValueError for anything that is no duration."""
        match = _DURATION.fullmatch(str(found))
        if match is None:
            raise ValueError(cls.expected)
        seconds = float(match[1]) * _SECONDS[match[2].lower()]
        if seconds > _LONGEST:
            raise ValueError("a duration of at most 36500 days")
        return cls(seconds)


class HostPort(str):
    """A host and a port, written ``127.0.0.1:25``, ``relay.example:587`` or ``[::1]:25``."""

    __slots__ = ()
    expected = 'a host and port such as "127.0.0.1:2525"'

    @classmethod
    def read(cls, found: Any) -> "HostPort":
        """Raises ValueError for anything that is no host with a port."""
        if not isinstance(found, str):
            raise ValueError(cls.expected)
        value = cls(found.strip())
        host, colon, port = value.rpartition(":")
        if not colon or not host or not port.isdigit() or int(port) > 65_535:
            raise ValueError(cls.expected)
        if (":" in host and not host.startswith("[")) or any(map(str.isspace, host)):
            raise ValueError(cls.expected)
        return value

    @property
    def host(self) -> str:
        """The host, without the brackets of an IPv6 address."""
        return self.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port; 0 lets the system choose."""
        return int(self.rpartition(":")[2])


class Published(str):
    """
    A name that DNS gives servers for.

    ``mx:agency.example``, with another port ``mx:agency.example:2525``, or ``srv:agency.example``, which
    stands for ``srv:_submission._tcp.agency.example``.
    """

    __slots__ = ()
    _FORM = re.compile(r"(?:mx:([\w.-]*[^\W\d][\w.-]*)(?::(\d{1,5}))?|srv:([\w.-]*[^\W\d][\w.-]*))", re.ASCII)

    @classmethod
    def read(cls, found: Any) -> "Published | None":
        """None for anything that is no such name."""
        match = cls._FORM.fullmatch(found.strip()) if isinstance(found, str) else None
        return cls(match[0]) if match is not None and int(match[2] or 0) <= 65_535 else None

    @property
    def kind(self) -> str:
        """The record to ask for."""
        return self.partition(":")[0].upper()

    @property
    def name(self) -> str:
        """The name to ask for."""
        name = self.split(":")[1].lower().rstrip(".")
        return f"_submission._tcp.{name}" if self.kind == "SRV" and not name.startswith("_") else name

    @property
    def port(self) -> int:
        """The port of servers that MX names; SRV has its own."""
        return int(self.split(":")[2]) if self.count(":") == 2 else 25


class Relays(tuple["HostPort | Published", ...]):
    """One ``host:port``, ``mx:domain`` or ``srv:domain``, or a list of them that is tried in order."""

    __slots__ = ()
    expected = 'a host and port such as "127.0.0.1:2525", "mx:" or "srv:" and a domain, or a list of them'

    @classmethod
    def read(cls, found: Any) -> "Relays":
        """Raises ValueError for anything else, and for an empty list."""
        each = [found] if isinstance(found, str) else found
        if not isinstance(each, list) or not each:
            raise ValueError(cls.expected)
        try:
            return cls(Published.read(one) or HostPort.read(one) for one in each)
        except ValueError:
            raise ValueError(cls.expected) from None


class Network(str):
    """A network, written ``10.0.0.0/8``, ``::1/128`` or ``127.0.0.1``."""

    __slots__ = ()
    expected = 'a network such as "10.0.0.0/8"'

    @classmethod
    def read(cls, found: Any) -> "Network":
        """Raises ValueError for anything that is no network."""
        try:
            return cls(ipaddress.ip_network(found if isinstance(found, str) else ""))
        except ValueError:
            raise ValueError(cls.expected) from None

    def __contains__(self, host: object) -> bool:
        """Whether an IP address, given as text, lies in the network."""
        try:
            address = ipaddress.ip_address(str(host))
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address) in ipaddress.ip_network(str(self))
