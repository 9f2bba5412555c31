"""
What has come of a large message, on disk instead of in memory.

The file never has a name (O_TMPFILE where the system knows it), so that nothing is left of it whatever happens. What
is in it is encrypted with a key that is nowhere but in this process (AES-256-GCM, each piece bound to its place).
"""

import asyncio
import os
from collections.abc import Callable
from io import BytesIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway import journal
from gateway.mail.public import public

PIECE = 65_536  # octets, at least, that are written at a time


class Spools:
    """Opens files in *folder*, all under one key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cipher = AESGCM(os.urandom(32))
        self.numbers = count(1)  # no two pieces under one nonce

    def open(self) -> "Spool":
        """
        A new file. Blocks.

        Raises:
            OSError: the folder cannot be written to.
        """
        return Spool(self)


class Spool:
    """One message so far. `write` and `read` block: they are for threads."""

    def __init__(self, spools: Spools) -> None:
        self._spools = spools
        self._file = TemporaryFile(dir=spools.folder, buffering=0)  # noqa: SIM115 -- `close` is below
        self._pieces: list[tuple[bytes, int]] = []  # nonce, octets in the file
        self.size = 0  # octets of the message

    def write(self, *blocks: bytes) -> None:
        """
        Add octets.

        Raises:
            OSError: the disk is full, or broken.
        """
        plain = b"".join(blocks)
        nonce = next(self._spools.numbers).to_bytes(12)
        sealed = self._spools.cipher.encrypt(nonce, plain, str(len(self._pieces)).encode())
        rest = memoryview(sealed)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._pieces.append((nonce, len(sealed)))
        self.size += len(plain)

    def read(self, more: int = 0) -> BytesIO:
        """
        Everything that was written, with room for *more* octets behind it: nothing is in memory twice.

        Raises:
            OSError: it is not there any more, or has been changed.
        """
        whole = BytesIO()
        whole.seek(self.size + more)
        whole.write(b"\0")  # takes its memory once: growing with each piece, it would be copied over and over
        whole.seek(0)
        self._file.seek(0)
        try:
            for number, (nonce, length) in enumerate(self._pieces):
                whole.write(self._spools.cipher.decrypt(nonce, self._exactly(length), str(number).encode()))
        except InvalidTag:
            raise OSError("the spool has been changed") from None
        whole.truncate()
        return whole

    def _exactly(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            more = self._file.read(length - len(found))
            if not more:
                raise OSError("the spool is cut short")
            found += more
        return found

    def close(self) -> None:
        """Let go of it; with that it is gone."""
        self._file.close()


class Arriving:
    """
    What has come of one message: in memory up to *above* octets, beyond that mostly on disk.

    *failed*: the disk was full, or broken; what comes is then forgotten, and the client told at the end.
    """

    def __init__(self, spools: Spools, above: int) -> None:
        self._spools = spools
        self._above = above
        self._spool: Spool | None = None
        self.failed = False

    @property
    def at_most(self) -> int:
        """How many octets may be in memory."""
        return PIECE if self._spool is not None or self.failed else self._above

    @property
    def put(self) -> int:
        """How many octets are on disk."""
        return self._spool.size if self._spool is not None else 0

    async def put_by(self, blocks: list[bytes]) -> None:
        """Move octets from memory to disk."""
        if self.failed:
            return
        try:
            if self._spool is None:
                self._spool = await asyncio.to_thread(self._spools.open)
            await asyncio.to_thread(self._spool.write, *blocks)
        except OSError as fault:
            self._fail(fault)

    async def whole(self, held: int, finish: Callable[[BytesIO], bytes]) -> bytes:
        """The message in memory: what was put by, behind which *finish* writes the *held* octets that were not."""
        if self._spool is None:
            return finish(BytesIO())
        try:
            return await asyncio.to_thread(lambda spool: finish(spool.read(held)), self._spool)
        except OSError as fault:
            self._fail(fault)
            return b""

    def _fail(self, fault: OSError) -> None:
        self.failed = True
        journal.trouble(public("a large message could not be kept on disk while it came"), fault)

    def close(self) -> None:
        """Forget it."""
        if self._spool is not None:
            self._spool.close()
            self._spool = None
