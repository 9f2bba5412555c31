"""
What a message costs, against what it cost when that was last written down.

    python -m benchmarks.cost             compare; exit status 1 when it has become dearer
    python -m benchmarks.cost --write     write the figures down anew

Judging runs in this process and nothing else does, and the figure is processor
time in units of a fixed piece of Python that is timed between the runs: so it is
the same on a fast machine and on a slow or busy one, within ten per cent or so.

Attachments count in two ways: as files that were read before, whose bytes are decoded and whose kind, protection and
text are known by their hash; and "read anew", as the first of thirty families costs it.
"""

import argparse
import asyncio
import gc
import itertools
import json
import statistics
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from benchmarks.messages import message, register
from gateway.compose import Lookups, build_rules
from gateway.documents.documents import Documents
from gateway.documents.read import read_document
from gateway.judge import judge
from gateway.mail.document import Document
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.mime import Part
from gateway.register.native import read_native
from gateway.register.register import Register
from gateway.sensitivity.vocabulary import Vocabulary, read_words
from gateway.settings import config_folder, settings_from

_KEPT = Path(__file__).parent / "cost.json"
_DEARER = 1.3
_ROUNDS = 15
NEW_SUBJECT = "small, new subject"
_MESSAGES = {"small": 40, NEW_SUBJECT: 40, "medium": 20, "large": 3}
TABLE = {"agency": {"domains": ["brightpath-tutors.example"]}}
_ENVELOPE = Envelope(
    mail_from="tom@brightpath-tutors.example",
    recipients=(Recipient("office@partner.example"),),
    received_at=datetime(2026, 10, 12, 15, 20, tzinfo=UTC),
)


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
        ratio = cost / kept.get(size, cost)
        dearer += ratio > _DEARER
        print(
            f"{size:18} {cost:9.2f}  was {kept.get(size, 0):9.2f}  {ratio:5.2f}"
            + ("  DEARER" * (ratio > _DEARER))
        )
    return 1 if dearer else 0


async def costs() -> dict[str, float]:
    """What judging costs, for each size, in units of `_yardstick`; the median of several rounds."""
    async with judging() as once:
        found = {size: await _cost(once(size), number) for size, number in _MESSAGES.items()}
    async with judging(anew=True) as once:
        for size in ("medium", "large"):
            found[f"{size}, read anew"] = await _cost(once(size), 2, _ROUNDS // 3)
    return found


Once = Callable[[], Awaitable[object]]


@asynccontextmanager
async def judging(*, anew: bool = False) -> AsyncIterator[Callable[[str], Once]]:
    """
    Gives, for a size or `NEW_SUBJECT`, what judges its message once; *anew*: reading its files again each time.

    What a subject or an address says is remembered, so the same message once more costs less than the first time.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_from(TABLE, Path(folder) / "chaperone.toml")
        people = read_native(register(5_000), "register.json").people
        rules, known = build_rules(settings), Register(people, settings.agency)
        documents = Documents(workers=1)
        lookups = Lookups(_Anew() if anew else documents)  # type: ignore[arg-type]

        def of(size: str) -> Once:
            messages = _with_new_subjects() if size == NEW_SUBJECT else itertools.repeat(message(size))
            return lambda: judge(_ENVELOPE, next(messages), rules, known, lookups)

        gc.collect()
        gc.freeze()  # as the gateway does
        try:
            yield of
        finally:
            documents.close()


def _with_new_subjects() -> Iterator[bytes]:
    """Small messages, in each of whose subjects one word is another."""
    raw = message("small")
    for letters in itertools.permutations(b"donerstag"):
        yield raw.replace(b"Donnerstag", b"D%b" % bytes(letters), 1)


class _Anew:
    """Reads every file, as a worker does, in this process."""

    def __init__(self) -> None:
        words = (config_folder() / "words" / "special_category.toml").read_text("utf-8")
        self._vocabulary = Vocabulary(read_words(tomllib.loads(words)))

    async def read(self, parts: Iterable[Part]) -> Mapping[str, Document]:
        """What is in each, by its path."""
        return {part.path: read_document(part.content, vocabulary=self._vocabulary) for part in parts}


async def _cost(once: Once, number: int, rounds: int = _ROUNDS) -> float:
    await once()
    costs = []
    for _ in range(rounds):
        unit = _timed(_yardstick)
        began = process_time()
        for _ in range(number):
            await once()
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
