"""``chaperone register``: bring people in, give them back, look one up, let one go."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.commands import UsageProblem, add_config
from gateway.commands.opened import act, opened, operator
from gateway.intake.files import read_files
from gateway.intake.importing import Prepared, commit, options_of, prepare, read_mapping
from gateway.register.describe import describe, find
from gateway.register.export import write_csv
from gateway.register.imports.bundle import Options
from gateway.register.imports.plan import Change
from gateway.register.leaving import concerns, own_addresses, without
from gateway.register.model import People
from gateway.register.native import write_native
from gateway.register.opening import without_secrets
from gateway.register.problems import Problem, RegisterProblem
from gateway.register.register import Register
from gateway.sections import Settings
from gateway.store.errors import RegisterChanged

_LISTED = 100  # defects and notes that are printed
_NAMED = 20  # ids that are printed of each kind of change


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    bring = actions.add_parser("import", help="bring in what a file, folder or .zip says")
    bring.add_argument(
        "file", type=Path, metavar="FILE", help="JSON, CSV, .xlsx, or a bundle (folder or .zip)"
    )
    bring.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    bring.add_argument("--allow-removals", action="store_true", help="although many people would disappear")
    bring.add_argument("--merge", action="store_true", help="whoever is not in the file stays")
    bring.add_argument("--mapping", type=Path, metavar="TOML", help="columns that are called otherwise")
    bring.add_argument("--encoding", metavar="NAME", help="of CSV files (default: utf-8)")
    bring.add_argument(
        "--contracted", action="store_true", help="the pupils of a school's bundle are taught for that school"
    )
    give = actions.add_parser("export", help="give the register back")
    give.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="where to (default: standard output)"
    )
    give.add_argument("--csv", action="store_true", help="FILE is a folder for one CSV file of each kind")
    give.add_argument(
        "--secrets", metavar="REASON", help="the families' agreed secrets too (JSON); that is recorded"
    )
    show = actions.add_parser("show", help="everything about one person or address")
    show.add_argument("who", metavar="PERSON|ADDRESS", help="an id, a name or an email address")
    for each in (bring, show):
        each.add_argument("--json", action="store_true", help="print one line of JSON")
    erase = actions.add_parser("erase", help="remove a pupil everywhere, held mail included")
    erase.add_argument("pupil", metavar="PUPIL", help="the pupil's id")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument("--json", action="store_true", help="print what was erased as JSON; needs --yes")
    for each in (bring, give, show, erase):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it; problems of a file are listed line by line."""
    try:
        return act(args, {"import": _import, "export": _export, "show": _show, "erase": _erase})
    except RegisterChanged:
        raise UsageProblem(
            "somebody else has just changed the register: nothing was done, try again"
        ) from None


async def _import(settings: Settings, args: argparse.Namespace) -> int:
    today = datetime.now().astimezone().date()
    async with opened(settings) as store:
        try:
            options = _options(settings, args)
            with _progress(args.file) as tick:
                prepared = await prepare(
                    store, partial(read_files, args.file), settings, options, today=today, tick=tick
                )
        except RegisterProblem as problem:
            _list("error", problem.problems)
            raise UsageProblem(f"{args.file}: nothing was imported, the register is as it was") from None
        _list("note", prepared.oddities)
        if not args.json:
            _print_plan(prepared)
        _warn_of_the_unreachable(prepared.new, today)
        excessive = prepared.plan.excessive(settings.register.max_removals)
        if args.dry_run or args.allow_removals:
            for change in excessive:
                print(f"warning: {_excess(change, settings)}", file=sys.stderr)
        if args.dry_run:
            _report(args, prepared, None, "Nothing was changed: this was a dry run.")
            return 0
        if excessive and not args.allow_removals:
            reason = "; ".join(_excess(each, settings) for each in excessive)
            raise UsageProblem(
                f"{args.file}: nothing was imported: {reason}; --allow-removals does it all the same"
            )
        if prepared.plan.is_empty and prepared.replaces is not None:
            _report(args, prepared, None, "Nothing to change.")
            return 0
        version = await commit(store, prepared, "import")
    _report(args, prepared, version, f"Imported {_counts(prepared.new)}. Version {version}.")
    return 0


def _report(args: argparse.Namespace, prepared: Prepared, version: str | None, words: str) -> None:
    """What came of an import: in words, or as `{"version": …, "changes": {kind: {…}}}` (null: none was made)."""
    if not args.json:
        print(words)
        return
    changes = {
        each.kind: {"added": each.added, "changed": each.changed, "removed": each.removed}
        for each in prepared.plan.changes
    }
    print(msgspec.json.encode({"version": version, "changes": changes}).decode())


def _options(settings: Settings, args: argparse.Namespace) -> Options:
    options = options_of(settings.register)
    return msgspec.structs.replace(
        options,
        mapping=read_mapping(args.mapping) if args.mapping else options.mapping,
        encoding=args.encoding or options.encoding,
        contracted=args.contracted or options.contracted,
        merge=args.merge,
    )


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, for imports that take their time."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"Reading {file.name}", total=None)
        yield lambda rows: progress.advance(task, rows)


def _print_plan(prepared: Prepared) -> None:
    for change in prepared.plan.changes:
        counts = f"{len(change.added)} added, {len(change.changed)} changed, {len(change.removed)} removed"
        print(f"{change.kind + ':':<9}{counts}")
        for word, ids in (("added", change.added), ("changed", change.changed), ("removed", change.removed)):
            if ids and (change.before or word != "added"):
                more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
                print(f"  {word}: {', '.join(ids[:_NAMED])}{more}")
    if prepared.leavers:
        print(f"{prepared.leavers} who left long ago are not kept.")


def _warn_of_the_unreachable(people: People, today: date) -> None:
    """A pupil with an address, and no carer to go with it, cannot be written to at all."""
    reachable = {carer.id for carer in people.carers if carer.may_receive and carer.emails}
    alone = [
        pupil.id
        for pupil in people.pupils
        if pupil.emails and pupil.is_pupil(today) and not reachable.intersection(pupil.carers)
    ]
    if alone:
        more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
        print(
            f"note: {len(alone)} pupils have an address, but no carer who can be written to: mail to them will be "
            f"stopped ({', '.join(alone[:_NAMED])}{more})",
            file=sys.stderr,
        )


def _excess(change: Change, settings: Settings) -> str:
    return (
        f"{len(change.removed)} of {change.before} {change.kind} would disappear "
        f"({change.share_removed:.0%}, at most {settings.register.max_removals:.0%} is usual)"
    )


async def _export(settings: Settings, args: argparse.Namespace) -> int:
    people = await _people(settings)
    if args.secrets is not None:
        if args.csv or not args.secrets.strip():
            raise UsageProblem("--secrets needs a reason, and goes into JSON alone")
        async with opened(settings) as store:
            await store.audit.record("secrets_exported", "register", operator(), reason=args.secrets)
    if args.csv:
        if args.file is None:
            raise UsageProblem("export --csv needs a folder to write to")
        for name, data in write_csv(people).items():
            _write(args.file / name, data)
        return 0
    data = write_native(people, secrets=args.secrets is not None)
    if args.file is None:
        sys.stdout.buffer.write(data)
    else:
        _write(args.file, data)
    return 0


def _write(path: Path, data: bytes) -> None:
    """Write a file that its owner alone may read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_bytes(data)
    except OSError as problem:
        raise UsageProblem(f"{path}: cannot be written ({problem.strerror})") from None


async def _show(settings: Settings, args: argparse.Namespace) -> int:
    people = await _people(settings)
    register = Register(without_secrets(people) if args.json else people, settings.agency)
    found = find(register, args.who)
    if not found:
        raise UsageProblem(f"nobody in the register has that id, name or address: {args.who}")
    if args.json:
        shown = [{"kind": person.kind, "found_by": why, "record": person} for person, why in found]
        print(msgspec.json.encode(shown).decode())
        return 0
    for person, why in found:
        print("\n".join(describe(person, why, register, _today())), end="\n\n")
    return 0


async def _erase(settings: Settings, args: argparse.Namespace) -> int:
    if args.json and not args.yes:
        raise UsageProblem("nothing was erased: --json asks nobody, so it needs --yes")
    async with opened(settings) as store:
        version, people = await store.register_version(), await store.load_register() or People()
        parting = without(people, {args.pupil})
        if not parting.pupils:
            raise UsageProblem(f"no pupil in the register has the id {args.pupil}")
        carers = len(parting.carers)
        whom = "1 carer who has" if carers == 1 else f"{carers} carers who have"
        if not args.json:
            print(f"Erasing pupil {args.pupil}, {whom} no other pupil, and the mail about them.")
        if not args.yes:
            try:
                again = await asyncio.to_thread(input, "This cannot be undone. Type the id once more: ")
            except EOFError:
                raise UsageProblem("nothing was erased: nobody could be asked (--yes does not ask)") from None
            if again.strip() != args.pupil:
                raise UsageProblem("nothing was erased")
        # Mail first: if something stops us here, the register still knows whose mail to look for. And
        # once more afterwards, for what was held in between.
        gone = [each.id for each in parting.pupils] + [each.id for each in parting.carers]
        messages = await store.erase_messages(concerns(parting), gone, who=operator())
        await store.save_register(parting.people, source="erasure", replacing=version)
        messages += await store.erase_messages(concerns(parting), gone, who=operator())
        await store.forget_addresses(own_addresses(parting))
        await store.record_erasure("pupil", args.pupil, messages, operator())
    if args.json:
        print(msgspec.json.encode({"pupil": args.pupil, "carers": carers, "messages": messages}).decode())
        return 0
    print(f"Done, with {messages} messages. Erase the pupil in the system you import from too,")
    print("or the next import brings the record back.")
    return 0


async def _people(settings: Settings) -> People:
    async with opened(settings) as store:
        people = await store.load_register()
    if people is None:
        raise UsageProblem("the store holds no register yet: chaperone register import FILE brings one in")
    return people


def _today() -> date:
    return datetime.now().astimezone().date()


def _list(kind: str, problems: tuple[Problem, ...]) -> None:
    for problem in problems[:_LISTED]:
        print(f"{kind}: {problem}", file=sys.stderr)
    if len(problems) > _LISTED:
        print(f"{kind}: and {len(problems) - _LISTED} more", file=sys.stderr)


def _counts(people: People) -> str:
    return (
        f"{len(people.pupils)} pupils, {len(people.carers)} carers, "
        f"{len(people.staff)} staff and {len(people.schools)} schools"
    )
