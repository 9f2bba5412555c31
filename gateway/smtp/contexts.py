"""TLS towards relays: with certificates that are checked, or not."""

import ssl
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=8)
def verified(ca_file: Path | None) -> ssl.SSLContext:
    """For servers that must prove who they are, to the system's authorities or to those of a file in PEM."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


@lru_cache(maxsize=1)
def unverified() -> ssl.SSLContext:
    """For TLS that protects against listeners only, and for servers that prove themselves by DANE."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
