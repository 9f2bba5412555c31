"""``chaperone quarantine``: what is held, why, and what becomes of it."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from gateway.commands import add_config
from gateway.commands.opened import act, opened, operator
from gateway.remedy.outgoing import Delivery
from gateway.review.held import Held, Item, State
from gateway.sections import Settings
from gateway.store.errors import NoSuchItem, WrongState
from gateway.store.store import Store

# How long a release waits for the running gateway to report the relay's answer, in seconds.
_PATIENCE = 3.0
_STATES: tuple[State, ...] = ("held", "releasing", "released", "rejected")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="what waits for a decision")
    listing.add_argument("--all", action="store_true", help="also what was decided already")
    show = actions.add_parser("show", help="one message: the findings and their evidence (recorded)")
    show.add_argument(
        "--reason", default="not given", metavar="TEXT", help="why you look, for the audit trail"
    )
    show.add_argument("--source", action="store_true", help="write the message itself to standard output")
    release = actions.add_parser("release", help="send it as it was written")
    reject = actions.add_parser("reject", help="do not send it, and tell its tutor")
    passphrase = actions.add_parser("passphrase", help="what opens a protected message (recorded)")
    passphrase.add_argument(
        "--reason", required=True, metavar="TEXT", help="why you look, for the audit trail"
    )
    for each in (show, release, reject, passphrase):
        each.add_argument("id", metavar="ID")
    for each in (release, reject):
        each.add_argument("--note", default="", metavar="TEXT", help="why, for the audit trail")
    reject.epilog = "The note is also shown to the tutor."
    for each in (listing, show, release, reject, passphrase):
        each.add_argument("--json", action="store_true", help="print JSON")
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it. Exit status 1: there is no such item, or it is decided already."""
    actions = {
        "list": _list,
        "show": _show,
        "release": _release,
        "reject": _reject,
        "passphrase": _passphrase,
    }
    try:
        return act(args, actions)
    except NoSuchItem:
        what = "passphrase kept for" if args.action == "passphrase" else "held message"
        print(f"chaperone: there is no {what} {args.id}", file=sys.stderr)
    except WrongState as wrong:
        print(f"chaperone: {args.id} is {wrong.state} already: nothing was changed", file=sys.stderr)
    return 1


async def _list(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        found = await store.quarantine.list(_STATES if args.all else _STATES[:2])
    if args.json:
        _print_json([_summary(each) for each in found])
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("ID", "Held for", "Tutor", "Rules", "To", "State"):
        table.add_column(column, no_wrap=column == "ID", overflow="fold")
    for each in found:
        table.add_row(
            each.id,
            _age(each.held_at),
            _plain(each.tutor),
            ", ".join(each.rules),
            str(each.recipients),
            each.state,
        )
    # A pipe has no width of its own: nothing is folded for it.
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)
    console.print(table if found else "Nothing waits for a decision.")
    return 0


async def _show(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        item = await store.quarantine.look(args.id, operator(), args.reason)
        raw = await store.quarantine.raw(args.id) if args.source else b""
    if args.source:
        sys.stdout.buffer.write(raw)
    elif args.json:
        _print_json(_details(item))
    else:
        console = Console(highlight=False, markup=False, soft_wrap=True)
        for line in _described(item):
            console.print(line)
    return 0


async def _release(settings: Settings, args: argparse.Namespace) -> int:
    from gateway.notices.notices import Mails

    async with opened(settings) as store:
        item = await store.quarantine.get(args.id)
        notice = Mails(settings).released(item.envelope, item.held.id)
        after = [notice] if notice else []
        await store.quarantine.release(args.id, operator(), args.note, after=after)
        held, attempts = await _outcome(store, args.id)
    if args.json:
        _print_json({"id": held.id, "state": held.state, "answer": _answer(held.answer)})
    elif held.state == "released" and held.answer:
        print(
            f"{held.id} was released. The relay said: {held.answer.reply.code} {_plain(held.answer.reply.text)}"
        )
    elif held.state == "held" and held.answer:
        print(
            f"{held.id} is held again. The relay refused it: {held.answer.reply.code} {_plain(held.answer.reply.text)}"
        )
    elif attempts:
        print(f"{held.id} is in the outbox. The relay has not taken it yet; it is tried again.")
    else:
        print(f"{held.id} is in the outbox. No gateway is sending just now: it leaves when one runs.")
    return 0


async def _outcome(store: Store, item: str) -> tuple[Held, int]:
    """The item once its release is through, or as it is after a while; and how often it was tried."""
    end = monotonic() + _PATIENCE
    while True:
        held, attempts = await store.quarantine.progress(item)
        if held.state != "releasing" or held.answer or monotonic() > end:
            return held, attempts
        await asyncio.sleep(0.1)


async def _reject(settings: Settings, args: argparse.Namespace) -> int:
    from gateway.notices.notices import Mails

    async with opened(settings) as store:
        item = await store.quarantine.get(args.id)
        notice = Mails(settings).rejected(item.envelope, item.verdict, item.held.id, args.note)
        await store.quarantine.reject(args.id, operator(), args.note, *([notice] if notice else []))
    if args.json:
        _print_json({"id": item.held.id, "state": "rejected", "tutor_told": notice is not None})
    else:
        told = "Its tutor is told." if notice else "There is nobody who could be told."
        print(f"{item.held.id} was rejected. {told}")
    return 0


async def _passphrase(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        found = await store.escrow.look(args.id, operator(), args.reason)
    if args.json:
        _print_json({"id": args.id, "passphrase": found})
    else:
        print(found)
    return 0


def _summary(held: Held) -> dict[str, Any]:
    return {
        "id": held.id,
        "state": held.state,
        "action": held.action,
        "rules": held.rules,
        "tutor": held.tutor,
        "recipients": held.recipients,
        "size": held.size,
        "sha256": held.sha256,
        "received_at": held.received_at,
        "held_at": held.held_at,
        "decided_at": held.decided_at,
        "answer": _answer(held.answer),
    }


def _details(item: Item) -> dict[str, Any]:
    """The summary's keys, with the recipients' addresses and everything that a reviewer may see."""
    return _summary(item.held) | {
        "subject": item.held.subject,
        "mail_from": item.envelope.mail_from,
        "recipients": item.envelope.rcpt_to,
        "policy_version": item.verdict.policy_version,
        "register_version": item.verdict.register_version,
        "findings": [
            {
                "rule": each.finding.rule,
                "action": each.action.word,
                "stage": each.stage,
                "summary": str(each.finding.summary),
                "evidence": each.finding.evidence,
                "suggestion": each.finding.suggestion,
                "clauses": each.clauses,
            }
            for each in item.verdict.judged
        ],
        "history": [
            {"at": each.at, "what": each.what, "who": each.who, **each.detail} for each in item.history
        ],
    }


def _answer(answer: Delivery | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "code": answer.reply.code,
        "text": answer.reply.wire(),
        "refused": {address: reply.wire() for address, reply in answer.refused},
    }


def _described(item: Item) -> list[str]:
    held = item.held
    lines = [
        f"{held.id}: {held.state}, held for {_age(held.held_at)}",
        f"  From     {_plain(item.envelope.mail_from)}",
        *(f"  To       {_plain(address)}" for address in item.envelope.rcpt_to),
        f"  Subject  {_plain(held.subject)}",
        f"  Size     {held.size} bytes",
    ]
    for each in item.verdict.judged:
        lines += ["", f"{each.finding.rule} ({each.action.word}): {each.finding.summary}"]
        for evidence in each.finding.evidence:
            why = f" ({_plain(evidence.why)})" if evidence.why else ""
            lines.append(f"  {_plain(evidence.where)}: {_plain(evidence.quote)}{why}")
        if each.finding.suggestion:
            lines.append(f"  To do: {_plain(each.finding.suggestion)}")
        lines += [f"  Clause {clause.number}: {clause.text}" for clause in each.clauses]
    lines.append("")
    for entry in item.history:
        said = "; ".join(_plain(text) for text in entry.detail.values() if text)
        lines.append(
            f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.what} by {_plain(entry.who)}"
            + (f": {said}" if said else "")
        )
    return lines


def _age(since: datetime) -> str:
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _plain(text: str) -> str:
    """Nothing that came in a message may steer the terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _print_json(value: Any) -> None:
    print(msgspec.json.encode(value, enc_hook=str).decode())
