"""
What can go wrong with the store: `gateway.review.errors`, and the one that ends a start.

    StoreUnusable   the store cannot be opened at all; the start ends with its one line
"""

from gateway.review.errors import NoSuchItem, RegisterChanged, StoreTrouble, Tampered, WrongState

__all__ = ["NoSuchItem", "RegisterChanged", "StoreTrouble", "StoreUnusable", "Tampered", "WrongState"]


class StoreUnusable(Exception):
    """The store cannot be opened. The text is the line to show; it holds no secret."""
