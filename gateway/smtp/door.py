"""What all connections of a listener share: who may come in, what they may do, and who is inside."""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Protocol

from gateway.mail.account import Account
from gateway.mail.envelope import Envelope
from gateway.mail.reply import Reply
from gateway.sections import Smtp
from gateway.smtp.accounts import Accounts
from gateway.smtp.certificate import Certificate
from gateway.smtp.rates import Hourly
from gateway.smtp.relay import RelayClient
from gateway.smtp.room import Room
from gateway.smtp.senders import Current
from gateway.smtp.spool import Spools
from gateway.smtp.throttle import Throttle
from gateway.smtp.trace import Seal

Handle = Callable[[Envelope, bytes], Awaitable[Reply]]
OnLimit = Callable[[str, str, int], None]  # who, what was counted, how many there may be in an hour


class Visitor(Protocol):
    """A connection, as the door sees it."""

    def dismiss(self) -> None:
        """Close as soon as no message is in work."""
        ...


class Door:
    """
    Settings and counts that every connection asks.

    *hostname* is the name that greetings and trace fields give; *certificate*
    offers STARTTLS; by *seal* our own trace fields are known again;
    *on_limit* hears of everything over the hourly limit.
    """

    def __init__(
        self,
        smtp: Smtp,
        handle: Handle,
        accounts: Accounts,
        certificate: Certificate | None,
        relay: RelayClient | None = None,
        is_ours: Callable[[str], bool] = lambda _: False,
        seal: Seal | None = None,
        on_limit: OnLimit = lambda *_: None,
        hourly: Hourly | None = None,
    ) -> None:
        self.smtp = smtp
        self.handle = handle
        self.accounts = accounts
        self.certificate = certificate
        self.relay = relay
        self.is_ours = is_ours
        self.seal = seal
        self.on_limit = on_limit
        self.hourly = hourly or Hourly.of(smtp)
        self.room = Room(smtp.max_in_flight)
        self.spools = Spools(smtp.spool_folder)
        self.throttle = Throttle(smtp.max_sign_in_failures, smtp.sign_in_window)
        self.hostname = smtp.hostname or socket.getfqdn()
        self.closing = False
        self._networks = [ipaddress.ip_network(str(each)) for each in smtp.trusted_networks]
        self._inside: set[Visitor] = set()
        self._by_address: Counter[str] = Counter()
        self._empty = asyncio.Event()
        self._empty.set()
        self._proxies = [ipaddress.ip_network(str(each)) for each in smtp.proxies]
        self.trusts = lru_cache(maxsize=4_096)(lambda peer: _lies_in(peer, self._networks))

    @property
    def relay_extensions(self) -> dict[str, str] | None:
        """What the relay announced last; None where that is not known."""
        return self.relay.extensions if self.relay is not None else None

    @property
    def relay_verified(self) -> bool:
        """Whether the relay is spoken to under TLS only, with a certificate that was checked."""
        return self.relay is not None and self.relay.verified

    def has_left(self, account: Account) -> bool:
        """Whether the register says that the account's owner has left the agency."""
        return isinstance(self.accounts, Current) and self.accounts.has_left(account)

    def is_proxy(self, peer: str) -> bool:
        """Whether an address may say who its clients are."""
        return bool(self._proxies) and _lies_in(peer, self._proxies)

    def admit(self, visitor: Visitor, peer: str) -> bool:
        """Count a connection in, unless there are too many; one that comes in must `leave`."""
        if self.closing or len(self._inside) >= self.smtp.max_connections:
            return False
        if not self.trusts(peer) and self._by_address[peer] >= self.smtp.max_connections_per_address:
            return False
        self._inside.add(visitor)
        self._by_address[peer] += 1
        self._empty.clear()
        return True

    def leave(self, visitor: Visitor, peer: str) -> None:
        """Count a connection out, once its last message is dealt with."""
        if visitor not in self._inside:
            return
        self._inside.discard(visitor)
        self._by_address[peer] -= 1
        if self._by_address[peer] <= 0:
            del self._by_address[peer]
        if not self._inside:
            self._empty.set()

    async def clear(self, grace: float) -> int:
        """Dismiss everybody; wait *grace* seconds for messages in work. Returns how many are left."""
        self.closing = True
        for visitor in tuple(self._inside):
            visitor.dismiss()
        try:
            await asyncio.wait_for(self._empty.wait(), grace)
        except TimeoutError:
            return len(self._inside)
        return 0


def _lies_in(peer: str, networks: "list[ipaddress.IPv4Network | ipaddress.IPv6Network]") -> bool:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)
