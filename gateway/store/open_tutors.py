"""Who has a stopped message open: asked for every message that is delivered, so the answer is kept in memory."""

from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import select

from gateway.store.tables import items

if TYPE_CHECKING:
    from gateway.review.held import State
    from gateway.store.core import Core

_FRESH = 2.0  # seconds for which what other processes stopped may be unknown here


class OpenTutors:
    """
    The keys of tutors with a message that is waiting or held.

    What this process stops is known at once, what another one stops after two
    seconds; a tutor whose message was decided meanwhile may still be in it.
    """

    def __init__(self) -> None:
        self._keys: frozenset[str] = frozenset()
        self._added: set[str] = set()  # since the last query began
        self._read_at = -_FRESH

    def add(self, tutor: str) -> None:
        """A message of theirs was stopped just now."""
        self._added.add(tutor)

    async def include(self, core: "Core", tutor: str, states: "tuple[State, ...]") -> bool:
        """
        Whether anything of this tutor's is in one of the states.

        Raises:
            StoreTrouble: the database does not say.
        """
        if monotonic() - self._read_at >= _FRESH:
            self._read_at = monotonic()
            before, self._added = self._added, set()
            self._keys |= before
            async with core.database.read() as connection:
                found = await connection.scalars(
                    select(items.c.tutor).where(items.c.state.in_(states)).distinct()
                )
                self._keys = frozenset(found.all())
        return tutor in self._keys or tutor in self._added
