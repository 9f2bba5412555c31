"""The gateway's view of attachments: asks the workers, remembers what was read."""

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.documents.limits import Limits
from gateway.documents.pool import Pool, WorkerLost
from gateway.mail.document import Document
from gateway.mail.mime import Part
from gateway.settings import config_folder

_REMEMBERED = 64_000_000  # characters of text kept, so that one file sent to a class is read once
# Bytes that are decoded and hashed in less time than a hop to a thread and back takes.
_AT_ONCE = 262_144


class Documents:
    """
    Reads attachments away from the event loop.

    One object for the process; *workers* processes start when the first
    attachment comes.
    """

    def __init__(self, workers: int = 0, words: Path | None = None, limits: Limits = Limits()) -> None:
        words = words or config_folder() / "words" / "special_category.toml"
        self._pool = Pool(workers or min(4, os.cpu_count() or 1), words, limits)
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._weight = 0
        self._reading: dict[str, asyncio.Future[Document]] = {}  # by digest, those in work

    async def read(self, parts: Iterable[Part]) -> Mapping[str, Document]:
        """What was found in each part, by its path. A part that kills its worker counts as not read."""
        listed = tuple(parts)
        if sum(part.end - part.body for part in listed) <= _AT_ONCE:
            files = [_decoded(part) for part in listed]
        else:
            files = await asyncio.to_thread(lambda: [_decoded(part) for part in listed])
        found = {part.path: self._recalled(digest) for part, (_, digest) in zip(listed, files, strict=True)}
        documents = {path: document for path, document in found.items() if document is not None}
        if len(documents) == len(listed):
            return documents  # no task is worth making
        read = await asyncio.gather(*(self._once(data, digest) for data, digest in files))
        return {part.path: document for part, document in zip(listed, read, strict=True)}

    async def read_bytes(self, data: bytes) -> Document:
        """What was found in a file."""
        if len(data) <= _AT_ONCE:
            return await self._once(data, _digest(data))
        return await self._once(data, await asyncio.to_thread(_digest, data))

    def _recalled(self, digest: str) -> Document | None:
        """What was read of it before, which is then kept the longer."""
        known = self._known.get(digest)
        if known is not None:
            self._known.move_to_end(digest)
        return known

    async def _once(self, data: bytes, digest: str) -> Document:
        """Remembered, or read; a file that comes in thirty messages at once is read once."""
        known = self._recalled(digest)
        if known is not None:
            return known
        reading = self._reading.get(digest)
        if reading is None:
            reading = asyncio.ensure_future(self._read(data, digest))
            self._reading[digest] = reading
            reading.add_done_callback(lambda _: self._reading.pop(digest))
        return await asyncio.shield(reading)

    async def _read(self, data: bytes, digest: str) -> Document:
        try:
            document = await asyncio.get_running_loop().run_in_executor(
                self._pool.threads, self._pool.read, data
            )
        except WorkerLost:
            return _not_read(data, digest)
        self._remember(document)
        return document

    def _remember(self, document: Document) -> None:
        if document.digest not in self._known:
            self._known[document.digest] = document
            self._weight += _weight(document)
        while self._weight > _REMEMBERED:
            _, oldest = self._known.popitem(last=False)
            self._weight -= _weight(oldest)

    @property
    def lost(self) -> int:
        """How many workers a document brought down so far."""
        return self._pool.lost

    def close(self) -> None:
        """End the workers."""
        self._pool.close()


def _decoded(part: Part) -> tuple[bytes, str]:
    content = part.encoded if part.children else part.content
    return content, _digest(content)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _weight(document: Document) -> int:
    return 1_000 + sum(len(passage.text) for passage in document.passages)


def _not_read(data: bytes, digest: str) -> Document:
    return Document(
        media_type="application/octet-stream",
        digest=digest,
        size=len(data),
        protection="unknown",
        complete=False,
        unread="reading it took too long, or brought its reader down",
        reasons=("reading it took too long, or brought its reader down",),
    )
