"""``chaperone audit``: who did what, and whether anybody has changed the record of it."""

import argparse
import sys
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from gateway.commands import UsageProblem, add_config
from gateway.commands.opened import act, opened, operator
from gateway.mail.ids import as_id
from gateway.review.held import Entry
from gateway.sections import Settings
from gateway.store.audit import Head
from gateway.store.store import Store


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="check every entry and the chain between them")
    verify.add_argument(
        "--head",
        metavar="NUMBER:LINK",
        help="what an earlier check printed: also entries that were cut off the end are noticed then",
    )
    export = actions.add_parser("export", help="write entries as JSON lines, oldest first")
    export.add_argument("--item", metavar="ID", help="of one message")
    export.add_argument("--pupil", metavar="ID", help="of the messages about one person of the register")
    export.add_argument("--tutor", metavar="ACCOUNT|ADDRESS", help="of the messages of one tutor")
    export.add_argument("--who", default="", metavar="NAME", help="what one person did")
    export.add_argument("--since", metavar="TIME", help="from this time on (2026-10-12 or with a time)")
    export.add_argument("--until", metavar="TIME", help="before this time")
    for each in (verify, export):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it. Exit status 1: the chain does not hold."""
    return act(args, {"verify": _verify, "export": _export})


async def _verify(settings: Settings, args: argparse.Namespace) -> int:
    noted = _head(args.head) if args.head else None
    async with opened(settings) as store:
        flaws = await store.audit.verify(noted)
        head = await store.audit.head()
    for flaw in flaws:
        print(f"entry {flaw.seq}: {flaw.what}")
    if flaws:
        return 1
    if head is None:
        print("The audit trail is empty.")
    else:
        print(f"The audit trail holds. Its head, worth noting down elsewhere: {head.seq}:{head.link}")
    return 0


def _head(text: str) -> Head:
    number, _, link = text.partition(":")
    if not number.isdigit() or len(link) != 64:
        raise UsageProblem("--head: expected what `chaperone audit verify` printed, such as 812:9f3c…")
    return Head(int(number), link.lower())


async def _export(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        asked = " ".join(f"{name}={value}" for name, value in vars(args).items() if value and name in _SCOPES)
        async for entry in _entries(store, args):
            sys.stdout.write(msgspec.json.encode(entry).decode() + "\n")
        await store.audit.record("audit_exported", "audit", operator(), scope=asked)
    return 0


_SCOPES = ("item", "pupil", "tutor", "who", "since", "until")


async def _entries(store: Store, args: argparse.Namespace) -> AsyncIterator[Entry]:
    if args.item or args.pupil or args.tutor:
        ids = (
            [as_id(args.item)]
            if args.item
            else await store.quarantine.ids(args.pupil or "", args.tutor or "")
        )
        for each in ids:
            for entry in await store.audit.about(each):
                yield entry
        return
    async for entry in store.audit.entries(since=_time(args.since), until=_time(args.until), who=args.who):
        yield entry


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise UsageProblem(
            f"{text}: expected a time such as 2026-10-12 or 2026-10-12T16:20:00+01:00"
        ) from None
