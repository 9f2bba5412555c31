"""``chaperone keys``: certificates and OpenPGP keys of recipients, kept in the store."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.commands import UsageProblem, add_config
from gateway.commands.opened import act, opened, operator
from gateway.keys.files import KINDS
from gateway.keys.keyring import Keyring
from gateway.review.errors import NoSuchItem
from gateway.sections import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="keep the keys of a file, if one of them can be used")
    add.add_argument("file", type=Path, metavar="FILE", help=", ".join(sorted(KINDS)))
    listing = actions.add_parser("list", help="what is kept, and whose it is")
    remove = actions.add_parser("remove", help="keep it no longer")
    remove.add_argument("id", metavar="ID")
    for each in (add, listing, remove):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it. Exit status 1: there is no such key."""
    try:
        return act(args, {"add": _add, "list": _list, "remove": _remove})
    except NoSuchItem:
        print(f"chaperone: no key {args.id} is kept", file=sys.stderr)
    return 1


async def _add(settings: Settings, args: argparse.Namespace) -> int:
    file: Path = args.file
    try:
        data = await asyncio.to_thread(file.read_bytes)
    except OSError as problem:
        raise UsageProblem(f"{file}: cannot be read ({problem.strerror})") from None
    usable, rejected = Keyring(settings.keys).examine_files([(file.name, data)], datetime.now(UTC))
    if not usable:
        why = (
            "; ".join(dict.fromkeys(each.why for each in rejected))
            or "it holds authorities' certificates alone"
        )
        raise UsageProblem(f"{file}: nothing was kept: {why}")
    async with opened(settings) as store:
        key = await store.keys.add(file.name, data, operator())
    print(f"Kept as {key}, for {', '.join(usable)}.")
    return 0


async def _list(settings: Settings, _: argparse.Namespace) -> int:
    async with opened(settings) as store:
        found = await store.keys.list()
    for each in found:
        now = datetime.now(UTC)
        usable, rejected = Keyring(settings.keys).examine_files([(each.name, each.data)], now)
        why = "" if usable else f" (not used: {'; '.join(dict.fromkeys(one.why for one in rejected))})"
        print(f"{each.id}  {', '.join(usable) or each.name}{why}")
    return 0


async def _remove(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        await store.keys.remove(args.id, operator())
    return 0
