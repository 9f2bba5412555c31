"""Former pupils and staff are not kept for longer than the agency has a reason to."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from gateway import journal
from gateway.intake.importing import RegisterStore
from gateway.mail.public import public
from gateway.register.leaving import without_leavers
from gateway.register.register import Register
from gateway.sections import Settings

_DAY = 86_400.0  # seconds


class Leavers:
    """Looks once a day whether somebody's time is over, in the *register* that is in use."""

    def __init__(self, store: RegisterStore, settings: Settings, register: Callable[[], Register]) -> None:
        self._store = store
        self._register = register
        self._keep = settings.register.keep_leavers

    async def run(self, stop: asyncio.Event) -> None:
        """Purge at the start and then daily, until *stop* is set."""
        while self._keep is not None and not stop.is_set():
            try:
                await self.purge(datetime.now().astimezone().date())
            except Exception as fault:  # noqa: BLE001 -- tomorrow is another day
                journal.trouble(public("leavers could not be purged"), fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _DAY)

    async def purge(self, today: date) -> int:
        """Remove whoever left too long ago; how many pupils, carers and staff that were."""
        if self._keep is None:
            return 0
        register = self._register()
        keep = timedelta(seconds=self._keep)
        parting = await asyncio.to_thread(without_leavers, register.people, today, keep)
        gone = len(parting.pupils) + len(parting.carers) + parting.staff
        if gone:
            await self._store.save_register(parting.people, source="leavers", replacing=register.version)
            journal.event("leavers_purged", people=gone)
        return gone
