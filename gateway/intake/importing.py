"""One import: files in, the plan of what would change, and the new register into the store."""

import asyncio
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

import msgspec

from gateway.intake.files import read_files
from gateway.intake.workbook import read_apart
from gateway.register.imports.bundle import Options, read_bundle
from gateway.register.imports.plan import Plan, plan
from gateway.register.imports.spreadsheet import Mapped, check_mapping
from gateway.register.leaving import without_leavers
from gateway.register.model import People
from gateway.register.problems import Problem, Reading, RegisterProblem
from gateway.sections import RegisterSource, Settings


class RegisterStore(Protocol):
    """Where the register is kept, for all processes."""

    async def save_register(self, people: People, *, source: str, replacing: str | None = None) -> str:
        """Replace the register in one transaction; returns its version."""
        ...

    async def load_register(self) -> People | None:
        """The register in force; None where there is none yet."""
        ...

    async def register_version(self) -> str | None:
        """The version of the register in force."""
        ...


class Prepared(msgspec.Struct, frozen=True):
    """An import that has been read and compared, and not yet made."""

    replaces: str | None
    new: People
    plan: Plan
    oddities: tuple[Problem, ...]
    leavers: int


async def prepare(
    store: RegisterStore,
    read: Callable[[], Mapping[str, bytes]],
    settings: Settings,
    options: Options,
    *,
    today: date,
    tick: Callable[[int], None] = lambda _: None,
) -> Prepared:
    """
    Understand the files that *read* gives, and compare them with the register in force.

    Raises:
        RegisterProblem: it cannot be used; all reasons.
    """
    version = await store.register_version()
    old = await store.load_register() or People()
    return await asyncio.to_thread(_prepare, read, old, version, settings, options, today, tick)


def _prepare(
    read: Callable[[], Mapping[str, bytes]],
    old: People,
    version: str | None,
    settings: Settings,
    options: Options,
    today: date,
    tick: Callable[[int], None],
) -> Prepared:
    reading = read_bundle(read(), settings.agency, old, options, today=today, tick=tick, workbook=read_apart)
    new, leavers = reading.people, 0
    if settings.register.keep_leavers is not None:
        keep = timedelta(seconds=settings.register.keep_leavers)
        parting = without_leavers(new, today, keep)
        new, leavers = parting.people, len(parting.pupils) + parting.staff
        old = without_leavers(old, today, keep).people
    return Prepared(version, new, plan(old, new), reading.oddities, leavers)


async def commit(store: RegisterStore, prepared: Prepared, source: str) -> str:
    """
    Make the import; returns the new version.

    Raises whatever the store raises where somebody else changed the register meanwhile.
    """
    return await store.save_register(prepared.new, source=source, replacing=prepared.replaces)


def read_register(path: Path, settings: Settings, *, today: date) -> Reading:
    """
    Read a register of any known format from the disk, on its own.

    Raises:
        RegisterProblem: it cannot be used; all reasons.
    """
    options = options_of(settings.register)
    return read_bundle(read_files(path), settings.agency, People(), options, today=today, workbook=read_apart)


def options_of(section: RegisterSource) -> Options:
    """
    How the configuration says that files are to be understood.

    Raises:
        RegisterProblem: the mapping file cannot be used.
    """
    mapping = read_mapping(section.mapping) if section.mapping else {}
    return Options(encoding=section.encoding, mapping=mapping, contracted=section.contracted)


def read_mapping(path: Path) -> Mapped:
    """
    A mapping file (TOML): for each kind of people and field, the columns that hold it.

    Raises:
        RegisterProblem: it is missing, no TOML, or names what does not exist.
    """
    try:
        return check_mapping(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        found = "nothing at this path"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        found = f"no TOML ({fault})"
    except ValueError as fault:
        raise RegisterProblem([Problem(str(path), "", "what is no mapping", "", str(fault))]) from None
    raise RegisterProblem([Problem(str(path), "", found, "a mapping of columns (TOML, UTF-8)")])
