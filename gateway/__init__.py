"""Chaperone: an outbound email gateway that keeps children's privacy."""

__version__ = "0.1.0"
