"""
What can go wrong with the store: `gateway.review.errors`, and the one that ends a start.

    RegisterChanged the register is no longer the one that was to be replaced
    StoreUnusable   the store cannot be opened at all; the start ends with its one line
"""

from gateway.review.errors import NoSuchItem, StoreTrouble, Tampered, WrongState

__all__ = ["NoSuchItem", "RegisterChanged", "StoreTrouble", "StoreUnusable", "Tampered", "WrongState"]


class StoreUnusable(Exception):
    """The store cannot be opened. The text is the line to show; it holds no secret."""


class RegisterChanged(StoreTrouble):
    """Somebody else replaced the register since it was read; nothing was saved."""
