"""Chaperone: an outbound email gateway that keeps children's privacy."""

from importlib.metadata import version

__version__ = version("chaperone-gateway")
