"""``chaperone check``: judge a message file as the gateway would, or a file of labelled cases."""

import argparse
import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from gateway.commands import UsageProblem, add_config
from gateway.compose import build_rules, judging_parts
from gateway.judge import judge
from gateway.mail.envelope import Envelope, Recipient
from gateway.policy.finding import Evidence, Finding
from gateway.policy.verdict import Verdict
from gateway.remedy.explain import SENSITIVE, concealed
from gateway.sections import Settings
from gateway.settings import read_settings


class Case(msgspec.Struct, frozen=True):
    """One line of a cases file; keys beyond these are somebody else's."""

    id: str
    file: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    now: str
    expected: tuple[str, ...] = ()
    contested: bool = False
    why: str = ""
    smtputf8: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_config(parser)
    parser.add_argument("--from", dest="sender", metavar="ADDR", help="the envelope's sender")
    parser.add_argument(
        "--to", action="append", default=[], metavar="ADDR", help="a recipient; may be repeated"
    )
    parser.add_argument("--at", metavar="TIME", help="judge as of this time (ISO 8601; default: now)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--unmasked", action="store_true", help="show sensitive words in clear")
    parser.add_argument("--cases", type=Path, metavar="FILE", help="judge every case of a JSON-lines file")
    parser.add_argument("message", nargs="?", type=Path, metavar="MESSAGE.eml")


def run(args: argparse.Namespace) -> int:
    """Judge, print, and end with 0 whatever the verdict."""
    settings = read_settings(args.config)
    if args.cases is not None:
        return asyncio.run(_cases(settings, args.cases, unmasked=args.unmasked))
    if args.message is None or args.sender is None or not args.to:
        raise UsageProblem("check needs --from ADDR, --to ADDR and a MESSAGE.eml, or --cases FILE.jsonl")
    for address in (*args.to, *filter(lambda given: given != "<>", [args.sender])):
        if "@" not in address[1:-1] or any(char.isspace() for char in address):
            raise UsageProblem(f"{address!r} is no address: write it like tom@agency.example")
    raw = read_message(args.message)
    envelope = make_envelope(args.sender, args.to, args.at)
    verdict = asyncio.run(_one(settings, envelope, raw))
    if args.json:
        print(msgspec.json.encode(shown(verdict, unmasked=args.unmasked)).decode())
    else:
        _print(verdict, unmasked=args.unmasked)
    return 0


async def _one(settings: Settings, envelope: Envelope, raw: bytes) -> Verdict:
    rules = build_rules(settings)
    async with judging_parts(settings) as (register, lookups):
        _, verdict = await judge(envelope, raw, rules, register, lookups)
        return verdict


async def _cases(settings: Settings, file: Path, *, unmasked: bool) -> int:
    cases = read_cases(file)
    rules = build_rules(settings)
    async with judging_parts(settings) as (register, lookups):
        for case in cases:
            raw = read_message(file.parent / case.file)
            envelope = make_envelope(case.mail_from, case.rcpt_to, case.now)
            _, verdict = await judge(envelope, raw, rules, register, lookups)
            line = {"id": case.id, **shown(verdict, unmasked=unmasked)}
            print(msgspec.json.encode(line).decode(), flush=True)
    return 0


def read_cases(file: Path) -> list[Case]:
    """
    The cases of a JSON-lines file.

    Raises:
        UsageProblem: it cannot be read, or a line is no case.
    """
    try:
        lines = file.read_bytes().splitlines()
    except OSError as problem:
        raise UsageProblem(f"{file}: cannot be read ({problem.strerror})") from None
    cases = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            cases.append(msgspec.json.decode(line, type=Case))
        except msgspec.DecodeError as problem:
            raise UsageProblem(f"{file}: line {number} is no case: {problem}") from None
    return cases


def read_message(file: Path) -> bytes:
    """
    The message as it would come over the wire: a file saved with LF gets CRLF.

    Raises:
        UsageProblem: the file cannot be read.
    """
    try:
        raw = file.read_bytes()
    except OSError as problem:
        raise UsageProblem(f"{file}: cannot be read ({problem.strerror})") from None
    if b"\r\n" not in raw:
        raw = raw.replace(b"\n", b"\r\n")
    return raw


def make_envelope(sender: str, recipients: list[str] | tuple[str, ...], at: str | None) -> Envelope:
    """
    The envelope of a message that is only judged.

    Raises:
        UsageProblem: *at* is no time.
    """
    try:
        received = datetime.fromisoformat(at) if at else datetime.now().astimezone()
    except ValueError:
        raise UsageProblem(f"{at!r} is no time: write it like 2026-10-12T16:20:00+01:00") from None
    if received.tzinfo is None:
        received = received.astimezone()
    return Envelope(
        mail_from=sender if sender != "<>" else "",
        recipients=tuple(map(Recipient, recipients)),
        received_at=received,
        queue_id="CHECK",
    )


def shown(verdict: Verdict, *, unmasked: bool) -> dict[str, Any]:
    """The verdict as ``check --json`` prints it; *unmasked* quotes sensitive words in clear."""
    return {
        "verdict": verdict.action.word,
        "findings": [
            {
                "rule": each.finding.rule,
                "action": each.action.word,
                "stage": each.stage,
                "kind": each.finding.kind,
                "confidence": each.finding.confidence,
                "summary": str(each.finding.summary),
                "evidence": [msgspec.to_builtins(one) for one in _evidence(each.finding, unmasked=unmasked)],
                "suggestion": each.finding.suggestion,
                "clauses": [clause.number for clause in each.clauses],
            }
            for each in verdict.judged
        ],
    }


def _evidence(finding: Finding, *, unmasked: bool) -> tuple[Evidence, ...]:
    """What was found; masked, if it is of a rule about sensitive matter."""
    if unmasked or finding.rule not in SENSITIVE:
        return finding.evidence
    return tuple(map(concealed, finding.evidence))


def _print(verdict: Verdict, *, unmasked: bool) -> None:
    console = Console(highlight=False)
    console.print(f"Verdict: [bold]{verdict.action.word}[/bold]")
    for each in verdict.judged:
        console.print(
            f"\n[bold]{each.finding.rule}[/bold] ({each.action.word}, {each.finding.confidence} confidence)"
        )
        console.print(f"  {each.finding.summary}", markup=False)
        for one in _evidence(each.finding, unmasked=unmasked):
            where = one.where if one.at is None else f"{one.where}, character {one.at + 1}"
            console.print(f"  {where}: {one.quote}  {one.why}", markup=False)
        if each.finding.suggestion:
            console.print(f"  To do: {each.finding.suggestion}", markup=False)
        for clause in each.clauses:
            console.print(f"  {clause.number}: {clause.text}", markup=False)
