"""
The drop folder: whatever a nightly export puts there is imported, and the outcome reported.

A .zip, workbook, JSON file or sub-folder is one export; CSV files that lie loose
in the folder are one export together. An export is taken when nothing in the
folder has changed for a while. Beside it stands afterwards a report, which says
where something is wrong but not with whom. An export that was imported is
removed, since it holds in the clear what the store keeps encrypted.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from watchfiles import awatch

from gateway import journal
from gateway.intake.files import read_files
from gateway.intake.importing import Prepared, RegisterStore, commit, options_of, prepare
from gateway.mail.public import Ident, public
from gateway.register.problems import Problem, RegisterProblem
from gateway.sections import Settings

_SETTLED = 5.0  # seconds without a change
_LOOK = 30_000  # milliseconds; network folders tell nobody of changes
_PARTIAL = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
_REPORT = ".report.txt"
_LISTED = 200


class Export:
    """One export in the folder: its name for the report, and its files."""

    def __init__(self, name: str, files: list[Path]) -> None:
        self.name = name
        self.files = files

    def read(self) -> dict[str, bytes]:
        """The files by name; an archive's are those in it."""
        if len(self.files) == 1:
            return read_files(self.files[0])
        return {file.name: file.read_bytes() for file in self.files}

    def stamp(self) -> str:
        """A short text that changes with every change of a file."""
        states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in self.files]
        return blake2b(repr(states).encode(), digest_size=8).hexdigest()

    def remove(self) -> None:
        """Delete the files, and the sub-folder that is empty then."""
        for file in self.files:
            file.unlink(missing_ok=True)
        folder = self.files[0].parent
        if folder.name == self.name and not any(folder.iterdir()):
            folder.rmdir()


class DropFolder:
    """Watches a folder for as long as it runs."""

    def __init__(
        self, folder: Path, store: RegisterStore, settings: Settings, *, settled: float = _SETTLED
    ) -> None:
        self._folder = folder
        self._store = store
        self._settings = settings
        self._settled = settled

    async def run(self, stop: asyncio.Event) -> None:
        """Import what is there, then whatever comes, until *stop* is set."""
        async for _ in self._changes(stop):
            try:
                await self.sweep()
            except Exception as fault:  # noqa: BLE001 -- a folder out of reach must not end the watch
                journal.trouble(public("the drop folder could not be read"), fault)

    async def _changes(self, stop: asyncio.Event) -> AsyncIterator[None]:
        """At the start, after each change, and now and then."""
        yield
        while not stop.is_set():
            try:
                await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
                watching = awatch(
                    self._folder, stop_event=stop, rust_timeout=_LOOK, yield_on_timeout=True, debounce=200
                )
                async for _ in watching:
                    yield
            except OSError as fault:
                journal.trouble(public("the drop folder cannot be watched"), fault)
                await asyncio.sleep(_LOOK / 1000)

    async def sweep(self) -> None:
        """Import every export that has settled and not been reported on."""
        for export in await asyncio.to_thread(find_exports, self._folder):
            try:
                await self._look_at(export)
            except FileNotFoundError:  # another node was faster, or a file is still being replaced
                continue

    async def _look_at(self, export: Export) -> None:
        report = self._folder / f"{export.name}{_REPORT}"
        stamp = await asyncio.to_thread(export.stamp)
        if await asyncio.to_thread(_last_line, report) == f"Reference {stamp}":
            return
        await asyncio.sleep(self._settled)
        if stamp != await asyncio.to_thread(export.stamp):
            return  # its next change brings us back
        imported, lines = await self._import(export)
        if stamp != await asyncio.to_thread(export.stamp):
            return
        if imported and not self._settings.register.keep_dropped:
            await asyncio.to_thread(export.remove)
        await asyncio.to_thread(_write_report, report, [*lines, "", f"Reference {stamp}"])

    async def _import(self, export: Export) -> tuple[bool, list[str]]:
        """Import one export; whether that was done, and the report."""
        now = datetime.now().astimezone()
        head = f"{export.name}, looked at on {now:%d %B %Y at %H:%M}"
        refused = [head, "NOT IMPORTED. The register is as it was.", ""]
        section = self._settings.register
        try:
            options = options_of(section)
            prepared = await prepare(self._store, export.read, self._settings, options, today=now.date())
        except RegisterProblem as problem:
            journal.event("import_refused", defects=len(problem.problems))
            return False, [*refused, *_listed(problem.problems)]
        excessive = prepared.plan.excessive(section.max_removals)
        if excessive:
            journal.event("import_refused", removals=sum(len(each.removed) for each in excessive))
            reasons = [
                f"{len(each.removed)} of {each.before} {each.kind} would disappear." for each in excessive
            ]
            remedy = "If that is right, import it by hand: chaperone register import FILE --allow-removals"
            return False, [*refused, *reasons, remedy]
        if not prepared.plan.is_empty or prepared.replaces is None:
            version = await commit(self._store, prepared, "drop folder")
            _journal(prepared, version)
        return True, [head, "IMPORTED.", "", *_counts(prepared), *_listed(prepared.oddities)]


def find_exports(folder: Path) -> list[Export]:
    """What lies in the folder, leaving out reports, hidden files and files that are still being written."""
    exports = []
    loose = []
    for path in sorted(folder.iterdir()):
        name = path.name.casefold()
        if name.startswith(".") or name.endswith((_REPORT, *_PARTIAL)) or path.is_symlink():
            continue  # a link could have us read, and then delete, what lies elsewhere
        if path.is_dir():
            files = [
                each for each in sorted(path.iterdir()) if each.is_file() and not each.name.startswith(".")
            ]
            if files and not any(each.name.casefold().endswith(_PARTIAL) for each in files):
                exports.append(Export(path.name, files))
        elif not path.is_file():
            continue
        elif name.endswith((".csv", ".tsv", ".txt")):
            loose.append(path)
        else:
            exports.append(Export(path.name, [path]))
    if loose:
        exports.append(Export("csv-files", loose))
    return exports


def _last_line(report: Path) -> str:
    return report.read_text("utf-8").rstrip().rpartition("\n")[2] if report.exists() else ""


def _write_report(report: Path, lines: list[str]) -> None:
    report.touch(mode=0o600)
    report.write_text("\n".join(lines) + "\n", "utf-8")


def _listed(problems: tuple[Problem, ...]) -> list[str]:
    more = [f"and {len(problems) - _LISTED} more"] if len(problems) > _LISTED else []
    return [problem.without_value() for problem in problems[:_LISTED]] + more


def _counts(prepared: Prepared) -> list[str]:
    return [
        f"{change.kind}: {len(change.added)} added, {len(change.changed)} changed, {len(change.removed)} removed"
        for change in prepared.plan.changes
    ]


def _journal(prepared: Prepared, version: str) -> None:
    changes = prepared.plan.changes
    journal.event(
        "register_imported",
        version=public("{version}", version=Ident(version)),
        added=sum(len(each.added) for each in changes),
        changed=sum(len(each.changed) for each in changes),
        removed=sum(len(each.removed) for each in changes),
        oddities=len(prepared.oddities),
    )
