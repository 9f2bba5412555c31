"""The keys that are known of recipients, for those who look after them: the store's and the folder's."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from gateway.keys.files import File, files_in, is_private
from gateway.keys.keyring import Keyring
from gateway.review.known_key import KeyFile, NoUsableKey
from gateway.sections import Keys

_LONGEST_NAME = 100


class Stored(Protocol):
    """A file that the store keeps."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def data(self) -> bytes: ...  # noqa: D102
    @property
    def added_at(self) -> datetime: ...  # noqa: D102


class Kept(Protocol):
    """The store's keys; each change is on record."""

    async def list(self) -> Sequence[Stored]:
        """All of them."""
        ...

    async def add(self, name: str, data: bytes, who: str) -> str:
        """Keep a file; its id."""
        ...

    async def remove(self, key: str, who: str) -> None:
        """Keep it no longer; NoSuchItem."""
        ...


class KnownKeys:
    """Lists them, and takes files in that can be used."""

    def __init__(
        self, section: Keys, kept: Kept, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._section = msgspec.structs.replace(
            section, wkd=False
        )  # nobody is asked just to show what is here
        self._kept = kept
        self._clock = clock

    async def all(self) -> tuple[KeyFile, ...]:
        """Every file of the store, then of the folder."""
        stored = await self._kept.list()
        return await asyncio.to_thread(self._described, *_listed(stored))

    async def add(self, name: str, data: bytes, who: str) -> KeyFile:
        """
        Keep a file, if something can be encrypted to a key in it; what is known already may complete its chain.

        Raises:
            NoUsableKey: it was not kept.
        """
        name = name.replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:]
        if await asyncio.to_thread(is_private, name, data):
            raise NoUsableKey(
                "it holds a private key, which is for its owner alone: give the public one alone"
            )
        files, contents = _listed(await self._kept.list())
        new = KeyFile("", name, self._clock(), ())
        (found, *_) = await asyncio.to_thread(self._described, [new, *files], [(name, data), *contents])
        if all(each.why_not for each in found.keys):
            reasons = dict.fromkeys((*(each.why_not for each in found.keys), found.trouble))
            raise NoUsableKey("; ".join(filter(None, reasons)) or "it holds authorities’ certificates alone")
        return msgspec.structs.replace(found, id=await self._kept.add(name, data, who))

    async def remove(self, key: str, who: str) -> None:
        """
        Keep a file no longer.

        Raises:
            NoSuchItem: the store has no such file.
        """
        await self._kept.remove(key, who)

    def _described(self, files: list[KeyFile], contents: list[File]) -> tuple[KeyFile, ...]:
        lying = files_in(self._section.folder)
        files = [*files, *(KeyFile("", name, None, ()) for name, _ in lying)]
        found = Keyring(self._section).describe([*contents, *lying], self._clock())
        return tuple(
            msgspec.structs.replace(file, keys=keys, trouble=trouble)
            for file, (keys, trouble) in zip(files, found, strict=True)
        )


def _listed(stored: Sequence[Stored]) -> tuple[list[KeyFile], list[File]]:
    files = [KeyFile(each.id, each.name, each.added_at, ()) for each in stored]
    return files, [(each.name, each.data) for each in stored]
