"""
The gateway dies at a random moment under load, again and again; the books are kept outside.

Invariant: what was answered with 250 is at the relay or held in the store, readable;
what policy holds or refuses is never at the relay; a message that is there twice had
an attempt that ended without an answer (its client could not know).
"""

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from gateway.settings import read_settings
from gateway.store.store import Store
from tests.faults.books import KINDS, MARK, Books, Letter, configuration, post, receiving
from tests.faults.gateways import Process, nursery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

KILLS = int(os.environ.get("CHAPERONE_KILLS", "200"))
# What each mail program sends, as shares of the kinds in their order. Reading an attachment
# takes a worker process, which a gateway that lives for moments hardly gets started.
PROGRAMS = ((5, 0, 1, 0), (5, 0, 1, 0), (5, 0, 1, 0), (2, 2, 1, 1), (2, 2, 1, 1))
LIFE = 0.3  # seconds, on average; every tenth gateway lives longer
LONG_LIFE = 2.5


async def _client(
    books: Books, shares: tuple[int, ...], gateway: list[Process], up: asyncio.Event, stop: asyncio.Event
) -> None:
    """A mail program: it keeps a letter until the server has taken it or refused it for good."""
    chance = random.Random(repr(shares))
    while not stop.is_set():
        letter = books.write(chance.choices(KINDS, shares)[0])
        while not letter.reply.startswith(("250", "5")):
            await post(letter, gateway[0].address)
            if not letter.reply:
                await asyncio.sleep(0.05)
                await up.wait()


@dataclass
class Run:
    """What was found when it was over."""

    held: Counter[str]
    left_behind: int
    seconds: float


async def _run(tmp_path: Path, books: Books) -> Run:
    chance = random.Random(2026)  # the same moments in every run
    started = time.monotonic()
    left_behind = 0
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "gateway.log") as nurse:
        config = configuration(tmp_path, relay)
        gateway = [await nurse.start(config)]
        stop, up = asyncio.Event(), asyncio.Event()
        up.set()
        clients = [asyncio.create_task(_client(books, each, gateway, up, stop)) for each in PROGRAMS]
        for number in range(KILLS):
            await asyncio.sleep(chance.expovariate(1 / (LIFE if number % 10 else LONG_LIFE)))
            victim = gateway[0]
            victim.kill()
            up.clear()
            gateway[0] = await nurse.start(config)
            up.set()
        stop.set()
        await asyncio.wait_for(asyncio.gather(*clients), 120)
        await _settled(books)
        for each in nurse.started[:-1]:
            left_behind += len(each.left_behind())
        gateway[0].terminate()
        held = await _held(config)
    return Run(held, left_behind, time.monotonic() - started)


async def _settled(books: Books) -> None:
    """Wait until the outbox has had its turn: nothing has arrived for a while."""
    before = -1
    while before != (now := sum(books.arrived.values()) + books.notices):
        before = now
        await asyncio.sleep(3)


async def _held(config: Path) -> Counter[str]:
    """The marks of the held messages, read back to the last octet."""
    settings = read_settings(config)
    store = await Store.open(settings.store, settings.base)
    marks: Counter[str] = Counter()
    try:
        for each in await store.quarantine.list():
            found = MARK.search(await store.quarantine.raw(each.id))
            assert found is not None
            marks[found[1].decode()] += 1
    finally:
        await store.close()
    return marks


def _table(rows: dict[str, object]) -> None:
    table = Table("what the books say", "number", title="Killed at random moments")
    for name, value in rows.items():
        table.add_row(name, str(value))
    Console().print(table)


async def test_nothing_is_lost_and_nothing_held_leaks(tmp_path: Path) -> None:
    books = Books()
    run = await _run(tmp_path, books)
    letters = list(books.letters.values())
    promised = [each for each in letters if each.acknowledged]

    def of(verdict: str, among: list[Letter]) -> list[Letter]:
        return [each for each in among if each.kind.verdict == verdict]

    sent = of("deliver", promised) + of("encrypt", promised)
    lost = [each for each in sent if not books.arrived[each.mark]]
    lost += [each for each in of("quarantine", promised) if not run.held[each.mark]]
    leaked = [each for each in of("quarantine", letters) + of("reject", letters) if books.arrived[each.mark]]
    unpromised = [each for each in of("deliver", letters) + of("encrypt", letters) if not each.acknowledged]
    twice = [each for each in sent if books.arrived[each.mark] > 1]
    unexplained = [each for each in twice if books.arrived[each.mark] > 1 + each.in_doubt]
    held_twice = [each for each in of("quarantine", letters) if run.held[each.mark] > 1]
    _table(
        {
            "kills": KILLS,
            "seconds": round(run.seconds),
            "letters": len(letters),
            "attempts": sum(each.attempts for each in letters),
            "attempts cut off after the final dot": sum(each.in_doubt for each in letters),
            "answered 250": len(promised),
            "refused for good": len(of("reject", [each for each in letters if each.reply.startswith("5")])),
            "held, read back": sum(run.held.values()),
            "at the relay": sum(books.arrived.values()),
            "notices at the relay": books.notices,
            "at the relay twice, cut off in between": len(twice) - len(unexplained),
            "held twice, cut off in between": len(held_twice),
            "duplicates without a reason": len(unexplained),
            "promised and lost": len(lost),
            "held or refused, yet at the relay": len(leaked),
            "processes left behind": run.left_behind,
        }
    )
    assert lost == []
    assert leaked == []
    assert unexplained == []
    assert [each.mark for each in held_twice if run.held[each.mark] > 1 + each.in_doubt] == []
    assert unpromised == []
    assert run.left_behind == 0
    assert len(promised) > KILLS  # there was load
