"""``chaperone evaluate``: how well the rules do on labelled messages, rule by rule, with every wrong case."""

import argparse
import asyncio
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from gateway.commands import UsageProblem
from gateway.commands.check import Case, make_envelope, read_cases, read_message
from gateway.compose import build_rules, judging_parts
from gateway.judge import judge
from gateway.mail.address import domain_of
from gateway.sections import Settings
from gateway.settings import read_settings, settings_from


class Outcome(msgspec.Struct, frozen=True):
    """One labelled message and the rules that fired on it."""

    file: Path
    case: Case
    fired: frozenset[str]

    def right(self, rule: str) -> bool:
        """Whether the rule did what the label says."""
        return (rule in self.fired) == (rule in self.case.expected)


class Score(msgspec.Struct, frozen=True):
    """What one rule did on the uncontested cases."""

    rule: str
    hits: int
    false_alarms: int
    misses: int

    @property
    def precision(self) -> float:
        """The share of its alarms that were right; 1 where there were none."""
        return self.hits / (self.hits + self.false_alarms) if self.hits + self.false_alarms else 1.0

    @property
    def recall(self) -> float:
        """The share of what it should have found; 1 where there was nothing."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASES.jsonl", help="labelled messages")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="judge by this configuration (default: the product's pack, with the register.json beside the cases)",
    )


def run(args: argparse.Namespace) -> int:
    """Judge all cases and print how it went; 1 where an uncontested case is wrong."""
    outcomes: list[Outcome] = []
    for file in args.cases:
        cases = read_cases(file)
        settings = read_settings(args.config) if args.config else settings_beside(file, cases)
        outcomes += asyncio.run(judged(settings, file, cases))
    return _print(outcomes)


def settings_beside(file: Path, cases: Iterable[Case]) -> Settings:
    """
    Settings for a folder of cases: its register, and the senders' domains as the agency's.

    Raises:
        UsageProblem: there is no register.json beside the cases.
    """
    if not (file.parent / "register.json").is_file():
        raise UsageProblem(
            f"{file.parent / 'register.json'}: nothing there; name a configuration by --config"
        )
    domains = sorted({domain_of(case.mail_from) for case in cases} - {""})
    table = {"agency": {"domains": domains}, "register": {"source": "register.json"}}
    return settings_from(table, file)


async def judged(settings: Settings, file: Path, cases: Iterable[Case]) -> list[Outcome]:
    """Each case with the rules that fire on it."""
    rules = build_rules(settings)
    outcomes = []
    async with judging_parts(settings) as (register, lookups):
        for case in cases:
            raw = read_message(file.parent / case.file)
            envelope = make_envelope(case.mail_from, case.rcpt_to, case.now)
            _, verdict = await judge(envelope, raw, rules, register, lookups)
            outcomes.append(Outcome(file, case, frozenset(each.finding.rule for each in verdict.judged)))
    return outcomes


def scores(outcomes: Iterable[Outcome]) -> list[Score]:
    """The uncontested cases, counted rule by rule."""
    clear = [each for each in outcomes if not each.case.contested]
    rules = sorted({rule for each in clear for rule in (*each.fired, *each.case.expected)})
    return [
        Score(
            rule,
            sum(rule in each.fired and rule in each.case.expected for each in clear),
            sum(rule in each.fired and rule not in each.case.expected for each in clear),
            sum(rule not in each.fired and rule in each.case.expected for each in clear),
        )
        for rule in rules
    ]


def _print(outcomes: list[Outcome]) -> int:
    console = Console(highlight=False, soft_wrap=True)
    contested = sum(each.case.contested for each in outcomes)
    console.print(f"{len(outcomes)} cases, {contested} of them contested")
    table = Table(box=None, pad_edge=False)
    for title in ("rule", "right", "false alarms", "missed", "precision", "recall"):
        table.add_column(title, justify="left" if title == "rule" else "right")
    for score in scores(outcomes):
        table.add_row(
            score.rule, str(score.hits), str(score.false_alarms), str(score.misses),
            f"{score.precision:.3f}", f"{score.recall:.3f}",
        )  # fmt: skip
    console.print(table)
    wrong = [each for each in outcomes if each.fired != frozenset(each.case.expected)]
    clear = [each for each in wrong if not each.case.contested]
    _list(console, "Wrong", clear)
    _list(
        console,
        "Contested, and decided otherwise than the label",
        [each for each in wrong if each not in clear],
    )
    return 1 if clear else 0


def _list(console: Console, title: str, outcomes: list[Outcome]) -> None:
    if not outcomes:
        return
    console.print(f"\n{title}:")
    for each in outcomes:
        for rule in sorted(each.fired ^ frozenset(each.case.expected)):
            what = "false alarm" if rule in each.fired else "missed"
            console.print(f"  {each.case.id}  {rule}: {what}  ({each.case.why})", markup=False)
