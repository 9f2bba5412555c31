"""Who may send as whom: an account's own addresses, and the shared mailboxes that it is listed for."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from gateway.mail.account import Account
from gateway.mail.address import canonical, read_addresses
from gateway.mail.headers import read_headers
from gateway.mail.malformed import MalformedMessage
from gateway.register.register import Register
from gateway.smtp.accounts import Accounts

_AUTHORS = ("from", "sender", "resent-from", "resent-sender")
_HEADER_BYTES = 1_000_000


def owns(account: Account, address: str) -> bool:
    """Whether the account may send as the address. The null sender of a receipt is anybody's."""
    return not address or canonical(address) in _own(account)


def forges(account: Account, content: bytes) -> bool:
    """
    Whether a message names an author that is not the account's.

    Every author counts, since mail programs show one or the other of several. A
    header that cannot be read is left to the rules, which hold such a message.
    """
    try:
        headers, _ = read_headers(content, 0, len(content), _HEADER_BYTES)
    except MalformedMessage:
        return False
    own = _own(account)
    named = [
        mailbox.address
        for name in _AUTHORS
        for field in headers.all(name)
        for mailbox in read_addresses(field.raw)
    ]
    return any(canonical(address) not in own for address in named)


def _own(account: Account) -> frozenset[str]:
    names = (*account.addresses, account.name) if "@" in account.name else account.addresses
    return frozenset(map(canonical, names))


def with_shared(account: Account, mailboxes: Mapping[str, tuple[str, ...]]) -> Account:
    """The account with the shared mailboxes that it, or one of its addresses, is listed for."""
    own = _own(account) | {account.name.casefold()}
    shared = tuple(
        mailbox for mailbox, users in mailboxes.items() if any(canonical(user) in own for user in users)
    )
    return msgspec.structs.replace(account, addresses=(*account.addresses, *shared)) if shared else account


class Current:
    """Accounts, less those of people who have left the agency by the register."""

    def __init__(self, accounts: Accounts, register: Callable[[], Register]) -> None:
        self._accounts = accounts
        self._register = register

    async def verify(self, name: str, password: str) -> Account | None:
        """The account, unless everybody whom the register knows by its addresses has left."""
        account = await self._accounts.verify(name, password)
        if account is None or self.has_left(account):
            return None
        return account

    def has_left(self, account: Account) -> bool:
        """Whether everybody whom the register knows by the account's addresses has left."""
        today = datetime.now().astimezone().date()
        register = self._register()
        staff = [each for address in _own(account) for each in register.staff_at(address)]
        return bool(staff) and all(each.has_left(today) for each in staff)
