"""What every part of the store works with: the database, the vault and the clock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.store.crypto import Vault
from gateway.store.engine import Database
from gateway.store.open_tutors import OpenTutors

# Above this size encrypting takes long enough (a millisecond or so) to leave the event loop for it.
_SMALL = 256 * 1024


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Core:
    """Shared by the parts of one store."""

    database: Database
    vault: Vault
    clock: Callable[[], datetime] = utc_now
    open_tutors: OpenTutors = field(default_factory=OpenTutors)

    async def seal(self, identity: str, plain: bytes) -> bytes:
        """Seal something of any size."""
        if len(plain) < _SMALL:
            return self.vault.seal(identity, plain)
        return await asyncio.to_thread(self.vault.seal, identity, plain)

    async def open(self, identity: str, sealed: bytes) -> bytes:
        """
        Open something of any size.

        Raises:
            Tampered: it is not what was sealed there.
        """
        if len(sealed) < _SMALL:
            return self.vault.open(identity, sealed)
        return await asyncio.to_thread(self.vault.open, identity, sealed)
