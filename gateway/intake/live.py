"""The register in use: loaded at the start, replaced while mail flows."""

import asyncio
import gc
from contextlib import suppress
from datetime import datetime
from functools import partial

from gateway import journal
from gateway.intake.files import read_files
from gateway.intake.importing import RegisterStore, commit, options_of, prepare
from gateway.mail.public import Ident, public
from gateway.register.model import People
from gateway.register.register import Agency, Register
from gateway.sections import Settings

_POLL = 1.0  # seconds
_LONGEST = 60.0  # seconds, while the store does not answer


async def load_initial(store: RegisterStore, settings: Settings) -> People:
    """
    The register in force; the first time, that of the file which the configuration names.

    Raises:
        RegisterProblem: the store has none yet and the file cannot be used.
    """
    people = await store.load_register()
    if people is not None:
        return people
    section = settings.register
    if section.source is None:
        journal.event("register_empty", remedy=public("import one: chaperone register import FILE"))
        return People()
    today = datetime.now().astimezone().date()
    options = options_of(section)
    prepared = await prepare(store, partial(read_files, section.source), settings, options, today=today)
    version = await commit(store, prepared, "configuration")
    journal.event(
        "register_imported",
        version=public("{version}", version=Ident(version)),
        pupils=len(prepared.new.pupils),
        carers=len(prepared.new.carers),
        staff=len(prepared.new.staff),
        schools=len(prepared.new.schools),
        oddities=len(prepared.oddities),
    )
    return prepared.new


class RegisterHolder:
    """
    The one reference to the snapshot in use.

    Whoever judges a message takes `register` once and keeps that snapshot for as
    long as the message takes. A new version in the store is built in a thread and
    put in its place whole. The cycle collector is told to leave it alone
    (`gc.freeze`): walking through a large one would stop everything for a tenth of
    a second, and it is freed by its reference count.
    """

    def __init__(self, store: RegisterStore, agency: Agency, people: People) -> None:
        self._store = store
        self._agency = agency
        self._task: asyncio.Task[None] | None = None
        self.register = Register(people, agency)
        gc.freeze()

    def start(self) -> None:
        """Begin to look for new versions."""
        self._task = asyncio.create_task(self._follow(), name="register")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def refresh(self) -> bool:
        """Take over the store's register if it is another; whether it was."""
        version = await self._store.register_version()
        if version is None or version == self.register.version:
            return False
        people = await self._store.load_register()
        if people is None:
            return False
        self.register = await asyncio.to_thread(Register, people, self._agency)
        gc.freeze()
        journal.event("register_in_use", version=public("{version}", version=Ident(self.register.version)))
        return True

    async def _follow(self) -> None:
        wait = _POLL
        while True:
            await asyncio.sleep(wait)
            try:
                await self.refresh()
                wait = _POLL
            except Exception as fault:  # noqa: BLE001 -- the old register stays in use until the store answers
                journal.trouble(public("the register could not be refreshed"), fault)
                wait = min(2 * wait, _LONGEST)
