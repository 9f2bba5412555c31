"""``chaperone inspect``: what the gateway makes of a document, and why."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.commands import UsageProblem
from gateway.compose import build_rules, people_in_force
from gateway.documents.documents import Documents
from gateway.mail.document import Document
from gateway.policy.finding import Evidence
from gateway.register.model import People
from gateway.register.register import Agency, Register
from gateway.remedy.explain import concealed, mask
from gateway.sensitivity.assessment import Assessment, Reason
from gateway.sensitivity.evidence import KINDS
from gateway.sensitivity.titled import assess_file
from gateway.settings import read_settings

_AROUND = 30  # characters shown on both sides of what counted


class Inspected(msgspec.Struct, frozen=True):
    """One file: what it is, whether it is protected, whether it is sensitive, and why."""

    file: Path
    document: Document
    assessment: Assessment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="documents or messages")
    parser.add_argument("--json", action="store_true", help="print one line of JSON for each file")
    parser.add_argument(
        "--unmasked", action="store_true", help="show what was found in clear, with what stands around it"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a configuration whose register says who is a pupil"
    )


def run(args: argparse.Namespace) -> int:
    """Inspect each file and say what was found; 0 whatever it was."""
    missing = [file for file in args.files if not file.is_file()]
    args.files = [file for file in args.files if file not in missing]
    asyncio.run(_inspect(args))
    if missing:
        raise UsageProblem(f"{', '.join(map(str, missing))}: there is no such file")
    return 0


async def _inspect(args: argparse.Namespace) -> None:
    if args.config is None:
        register = Register(People(), Agency())
        pack = None
    else:
        settings = read_settings(args.config)
        register = Register(await people_in_force(settings), settings.agency)
        pack = frozenset(step.filter.rule for step in build_rules(settings).chain.steps)
    console = Console(highlight=False)
    async for each in _each(args.files, register):
        if args.json:
            print(msgspec.json.encode(_shown(each, unmasked=args.unmasked)).decode(), flush=True)
        else:
            console.print(_table(each, pack, unmasked=args.unmasked))


async def _each(files: list[Path], register: Register) -> AsyncIterator[Inspected]:
    documents = Documents()
    try:
        for file in files:
            try:
                data = await asyncio.to_thread(file.read_bytes)
            except OSError as problem:
                raise UsageProblem(f"{file}: cannot be read ({problem.strerror})") from None
            document = await documents.read_bytes(data)
            yield Inspected(file, *await asyncio.to_thread(assess_file, document, file.name, register))
    finally:
        documents.close()


def _shown(each: Inspected, *, unmasked: bool) -> dict[str, Any]:
    """The line that ``inspect --json`` prints; *unmasked* quotes what counted in clear."""
    document = each.document
    return {
        "file": str(each.file),
        "type": document.media_type,
        "protection": document.protection,
        "grade": document.grade,
        "sensitive": each.assessment.level,
        "evidence": [
            *({"where": "protection", "why": reason} for reason in document.reasons),
            *(_evidence(document, reason, unmasked=unmasked) for reason in each.assessment.reasons),
        ],
        "kinds": list(each.assessment.kinds),
        "markings": _markings(document),
        "complete": document.complete,
        "unread": document.unread,
        "unseen": document.unseen,
        "why_unseen": document.why_unseen,
        "sha256": document.digest,
    }


def _evidence(document: Document, reason: Reason, *, unmasked: bool) -> dict[str, Any]:
    """One thing that counted: where (*line* from 1, *at* the character of the place from 0), its extract, and why."""
    passage = document.passages[reason.passage]
    start, end = max(0, reason.start - _AROUND), min(len(passage.text), reason.end + _AROUND)
    found = Evidence(
        where=passage.where or "text",
        quote=passage.text[start:end],
        start=reason.start - start,
        end=reason.end - start,
        why=reason.why,
        at=reason.start,
    )
    shown = found if unmasked else concealed(found)
    return {**msgspec.to_builtins(shown), "line": _line_number(passage.text, reason.start)}


def _line_number(text: str, at: int) -> int:
    """From 1. A paragraph of a document and a row of a sheet are a line each."""
    return text.count("\n", 0, at) + 1


_PROTECTION = {
    "protected": "protected: it opens with a password or key only",
    "readable": "readable: anybody can open it",
    "unknown": "cannot tell whether it is protected",
}
_GRADE = {"strong": "strong", "weak": "weak: its cipher can be broken in a short time"}
_BESIDE = 20  # characters shown on both sides, for people
_MOST = 8  # notes of one kind that are shown


def _table(each: Inspected, pack: frozenset[str] | None, *, unmasked: bool) -> Table:
    """The same for people; of *pack*'s rules, where there is a configuration that names one."""
    document = each.document
    table = Table(
        show_header=False, title=str(each.file), title_justify="left", expand=True, title_style="bold"
    )
    table.add_column(style="bold", width=10, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("type", document.media_type)
    table.add_row(
        "protection",
        _PROTECTION[document.protection] + (f" ({_GRADE[document.grade]})" if document.grade else ""),
    )
    _notes(table, list(document.reasons))
    table.add_row("sensitive", _sensitive(each))
    place = ""
    for reason in each.assessment.reasons[:_MOST]:
        where = document.passages[reason.passage].where
        if where != place:
            place = where
            table.add_row("", Text(f"in {where}:"))
        table.add_row("", Text(f"- {_line(document, reason, unmasked=unmasked)}"))
    if len(each.assessment.reasons) > _MOST:
        table.add_row("", f"- and {len(each.assessment.reasons) - _MOST} more (--json shows them)")
    if markings := _markings(document):
        table.add_row("marked", Text("; ".join(markings)))
    if not document.complete:
        table.add_row("not read", document.unread)
    if document.unseen:
        what = (
            "one picture or scanned page"
            if document.unseen == 1
            else f"{document.unseen} pictures or scanned pages"
        )
        table.add_row("not seen", f"the text of {what}: {document.why_unseen}")
    rules = (
        rule if pack is None or rule in pack else f"{rule} (which your policy pack does not have)"
        for rule in _rules(each)
    )
    table.add_row("rules", ", ".join(rules) or "none that is about attachments")
    return table


def _markings(document: Document) -> list[str]:
    """Its protective markings and sensitivity labels, as they are written."""
    found = (
        document.passages[each.passage].text[each.start : each.end]
        for each in document.signals
        if each.kind == "marking"
    )
    return list(dict.fromkeys(found))


def _notes(table: Table, lines: list[str]) -> None:
    for line in lines[:_MOST]:
        table.add_row("", Text(f"- {line}"))
    if len(lines) > _MOST:
        table.add_row("", f"- and {len(lines) - _MOST} more (--json shows more)")


def _sensitive(each: Inspected) -> str:
    """What was found, and of how much of the document that can be said."""
    document, made = each.document, each.assessment
    if made.level:
        return f"{made.level}: {', '.join(KINDS.get(kind, kind) for kind in made.kinds)}"
    if document.protection == "protected":
        return "not looked at: nobody can without the password"
    if not document.complete:
        return "nothing found in what was read"
    return "nothing found in the text" if document.unseen else "nothing found"


def _line(document: Document, reason: Reason, *, unmasked: bool) -> str:
    """One thing that counted: why, where, and the words in brackets: masked, or with a few around them."""
    text = document.passages[reason.passage].text
    why = KINDS.get(reason.why, reason.why)
    place = f"line {_line_number(text, reason.start)}, character {reason.start + 1}"
    if not unmasked:
        return f"{why}: [{mask(text[reason.start : reason.end])}] ({place})"
    start, end = max(0, reason.start - _BESIDE), min(len(text), reason.end + _BESIDE)
    shown = f"{text[start : reason.start]}[{text[reason.start : reason.end]}]{text[reason.end : end]}"
    shown = "".join(char if char.isprintable() else " " for char in shown)
    before, after = "\u2026" * (start > 0), "\u2026" * (end < len(text))
    return f"{why}: {before}{' '.join(shown.split())}{after} ({place})"


def _rules(each: Inspected) -> list[str]:
    """The rules that concern such an attachment to somebody outside, if the pack runs them with their defaults."""
    document = each.document
    found = []
    if each.assessment.level in ("medium", "high") and document.protection != "protected":
        found.append("unprotected_attachment")
    if document.grade == "weak":
        found.append("weak_protection")
    if not document.complete or document.unseen:
        found.append("uninspectable")
    return found
