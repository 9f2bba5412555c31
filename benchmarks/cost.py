"""
What a message costs, against what it cost when that was last written down.

    python -m benchmarks.cost             compare; exit status 1 when it has become dearer
    python -m benchmarks.cost --write     write the figures down anew

Judging runs in this process and nothing else does, and the figure is processor
time in units of a fixed piece of Python that is timed between the runs: so it is
the same on a fast machine and on a slow or busy one, within ten per cent or so.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from benchmarks.messages import SIZES, message, register
from gateway.compose import Lookups, build_rules
from gateway.documents.documents import Documents
from gateway.judge import Rules, judge
from gateway.mail.envelope import Envelope, Recipient
from gateway.register.native import read_native
from gateway.register.register import Register
from gateway.settings import settings_from

_KEPT = Path(__file__).parent / "cost.json"
_DEARER = 1.3
_ROUNDS = 15
_MESSAGES = {"small": 40, "medium": 20, "large": 3}
_TABLE = {"agency": {"domains": ["brightpath-tutors.example"]}}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    found = asyncio.run(costs())
    if args.write:
        _KEPT.write_text(json.dumps(found, indent=1) + "\n", "ascii")
    kept = json.loads(_KEPT.read_text("ascii"))
    dearer = 0
    for size, cost in found.items():
        ratio = cost / kept[size]
        dearer += ratio > _DEARER
        print(f"{size:7} {cost:9.2f}  was {kept[size]:9.2f}  {ratio:5.2f}" + ("  DEARER" * (ratio > _DEARER)))
    return 1 if dearer else 0


async def costs() -> dict[str, float]:
    """What judging costs, for each size, in units of `_yardstick`; the median of several rounds."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_from(_TABLE, Path(folder) / "chaperone.toml")
        people = read_native(register(5_000), "register.json").people
        rules, known = build_rules(settings), Register(people, settings.agency)
        documents = Documents(workers=1)
        try:
            return {size: await _cost(size, rules, known, Lookups(documents)) for size in SIZES}
        finally:
            documents.close()


async def _cost(size: str, rules: Rules, known: Register, lookups: Lookups) -> float:
    raw, number = message(size), _MESSAGES[size]
    envelope = Envelope(
        mail_from="tom@brightpath-tutors.example",
        recipients=(Recipient("office@partner.example"),),
        received_at=datetime(2026, 10, 12, 15, 20, tzinfo=UTC),
    )
    await judge(envelope, raw, rules, known, lookups)
    costs = []
    for _ in range(_ROUNDS):
        unit = _timed(_yardstick)
        began = process_time()
        for _ in range(number):
            await judge(envelope, raw, rules, known, lookups)
        spent = process_time() - began
        costs.append(spent / number / ((unit + _timed(_yardstick)) / 2))
    return round(statistics.median(costs), 3)


def _timed(work: Callable[[], None]) -> float:
    began = process_time()
    work()
    return process_time() - began


def _yardstick() -> None:
    """Dictionaries, strings and calls, as judging is made of: about a millisecond."""
    counts: dict[str, int] = {}
    for number in range(3_000):
        key = f"{number % 97}-{number % 7}".upper().replace("-", "/")
        counts[key] = counts.get(key, 0) + len(key.split("/"))


if __name__ == "__main__":
    sys.exit(main())
