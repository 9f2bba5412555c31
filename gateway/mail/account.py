"""Who signed in: the value that every way of signing in gives."""

import msgspec


class Account(msgspec.Struct, frozen=True):
    """
    Somebody who may sign in.

    *addresses* are those that the account may send as, as they were entered;
    *roles* are words such as "submit", "reviewer", "administrator".
    """

    name: str
    addresses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
