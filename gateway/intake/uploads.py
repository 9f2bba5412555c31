"""
Imports through the console: planned first, and made when somebody has confirmed that plan.

A plan is kept in memory for a quarter of an hour, for whoever made it; nothing of it
lies on a disk. The store refuses it if the register has changed since.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from gateway.intake.files import unpacked
from gateway.intake.importing import Prepared, RegisterStore, commit, options_of, prepare
from gateway.register.imports.difference import Group, difference
from gateway.register.model import People
from gateway.register.problems import Problem
from gateway.sections import Settings

_GOOD_FOR = timedelta(minutes=15)
_AT_ONCE = 3  # plans; each holds a whole register


class Planned(msgspec.Struct, frozen=True):
    """
    What an import would do. *ticket* confirms it, once, by whoever planned it.

    *excessive* are the kinds of which more would disappear than is usual.
    """

    ticket: str
    groups: tuple[Group, ...]
    oddities: tuple[Problem, ...]
    leavers: int
    excessive: tuple[str, ...]


class _Pending(msgspec.Struct, frozen=True):
    prepared: Prepared
    planned: Planned
    who: str
    until: datetime


class Uploads:
    """Plans imports and makes them."""

    def __init__(self, store: RegisterStore, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._pending: OrderedDict[str, _Pending] = OrderedDict()

    async def plan(self, files: Mapping[str, bytes], who: str) -> Planned:
        """
        Read the files and compare them with the register in force. Changes nothing.

        Raises:
            RegisterProblem: they cannot be used; all reasons.
        """
        section = self._settings.register
        options, today = options_of(section), self._clock().date()
        prepared = await prepare(self._store, lambda: _all_of(files), self._settings, options, today=today)
        old = await self._store.load_register() or People()
        planned = Planned(
            secrets.token_urlsafe(32),
            await asyncio.to_thread(difference, old, prepared.new, prepared.plan),
            prepared.oddities,
            prepared.leavers,
            tuple(each.kind for each in prepared.plan.excessive(section.max_removals)),
        )
        self._pending[planned.ticket] = _Pending(prepared, planned, who, self._clock() + _GOOD_FOR)
        while len(self._pending) > _AT_ONCE:
            self._pending.popitem(last=False)
        return planned

    async def confirm(self, ticket: str, who: str, *, removals: bool) -> str | None:
        """
        Make the import that was planned under that ticket; returns the new version.

        None where there is no such plan (any more), or it is somebody else's, or more
        would disappear than is usual and *removals* does not allow it. Raises what the
        store raises where the register has changed since.
        """
        found = self._pending.get(ticket)
        if found is None or found.who != who or self._clock() >= found.until:
            return None
        if found.planned.excessive and not removals:
            return None
        del self._pending[ticket]
        return await commit(self._store, found.prepared, f"import by {who}")


def _all_of(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files, an archive unpacked."""
    if len(files) == 1:
        ((name, data),) = files.items()
        if name.casefold().endswith(".zip"):
            return unpacked(data, name)
    return files
