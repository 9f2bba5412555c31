"""``chaperone keys``: certificates and OpenPGP keys of recipients, kept in the store."""

import argparse
import asyncio
import sys
from pathlib import Path

from gateway.commands import UsageProblem, add_config
from gateway.commands.opened import act, opened, operator
from gateway.keys.files import KINDS
from gateway.keys.known import KnownKeys
from gateway.review.errors import NoSuchItem
from gateway.review.known_key import KeyFile, NoUsableKey
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
    async with opened(settings) as store:
        try:
            kept = await KnownKeys(settings.keys, store.keys).add(file.name, data, operator())
        except NoUsableKey as fault:
            raise UsageProblem(f"{file}: nothing was kept: {fault}") from None
    print(f"Kept as {kept.id}, for {', '.join(_served(kept))}.")
    return 0


async def _list(settings: Settings, _: argparse.Namespace) -> int:
    async with opened(settings) as store:
        found = await KnownKeys(settings.keys, store.keys).all()
    for each in found:
        if each.id:
            served, reasons = (
                _served(each),
                dict.fromkeys((*(one.why_not for one in each.keys), each.trouble)),
            )
            why = "" if served else f" (not used: {'; '.join(filter(None, reasons))})"
            print(f"{each.id}  {', '.join(served) or each.name}{why}")
    return 0


def _served(file: KeyFile) -> tuple[str, ...]:
    """The addresses for which a key of the file is used."""
    return tuple(dict.fromkeys(one for key in file.keys if not key.why_not for one in key.addresses))


async def _remove(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        await store.keys.remove(args.id, operator())
    return 0
