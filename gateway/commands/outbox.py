"""``chaperone outbox``: mail on its way to the relay."""

import argparse
import sys
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table

from gateway.commands import add_config
from gateway.commands.opened import act, opened, operator
from gateway.review.errors import NoSuchItem, WrongState
from gateway.sections import Settings
from gateway.store.postmaster import UNDER_WAY

_ENDED = ("sent", "failed", "withdrawn")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what is on its way")
    listing.add_argument("--all", action="store_true", help="also what has left, failed or was withdrawn")
    listing.add_argument("--json", action="store_true", help="print JSON")
    retry = actions.add_parser("retry", help="try a mail now, not only when its pause is over")
    cancel = actions.add_parser("cancel", help="take a mail out; a held message is held again")
    cancel.add_argument("--note", default="", metavar="TEXT", help="why, for the audit trail")
    for each in (retry, cancel):
        each.add_argument("number", type=int, metavar="NUMBER")
    for each in (listing, retry, cancel):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it. Exit status 1: there is no such mail, or it has left."""
    try:
        return act(args, {"list": _list, "retry": _retry, "cancel": _cancel})
    except NoSuchItem:
        print(f"chaperone: there is no mail {args.number} in the outbox", file=sys.stderr)
    except WrongState as wrong:
        print(f"chaperone: mail {args.number} is {wrong.state}: nothing was changed", file=sys.stderr)
    return 1


async def _list(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        found = await store.postmaster.list(UNDER_WAY + _ENDED if args.all else UNDER_WAY)
    if args.json:
        print(msgspec.json.encode(found).decode())
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("No.", "State", "For", "To", "Open", "Tried", "Next", "The relay said"):
        table.add_column(column, overflow="fold")
    for each in found:
        answer = f"{each.answer.code} {each.answer.enhanced}".strip() if each.answer else ""
        answer = "cannot be read back: restore it from a backup, or cancel it" if each.spoilt else answer
        kind = f"{each.item} ({each.purpose})" if each.item else "mail"
        due = "" if each.state in (*_ENDED, "parked") else _until(each.due_at)
        table.add_row(
            str(each.id),
            each.state,
            kind,
            str(each.recipients),
            str(each.open),
            str(each.attempts),
            due,
            answer,
        )
    # A pipe has no width of its own: nothing is folded for it.
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)
    console.print(table if found else "The outbox is empty.")
    return 0


async def _retry(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        await store.postmaster.retry(args.number, operator())
    print(f"Mail {args.number} is tried as soon as a gateway runs.")
    return 0


async def _cancel(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        await store.postmaster.cancel(args.number, operator(), args.note)
    print(f"Mail {args.number} was taken out of the outbox.")
    return 0


def _until(moment: datetime) -> str:
    seconds = int((moment - datetime.now(UTC)).total_seconds())
    if seconds <= 0:
        return "now"
    return f"in {seconds} s" if seconds < 120 else f"in {seconds // 60} min"
