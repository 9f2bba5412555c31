"""
The gateway dies at a random moment under load, again and again; the books are kept outside.

Invariant: what was answered with 250 is at the relay or held in the store, readable;
what policy holds or refuses is never at the relay; a message that is there twice had
an attempt that ended without an answer (its client could not know).
"""

import asyncio
import io
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import msoffcrypto
import pytest
from rich.console import Console
from rich.table import Table

from gateway.settings import read_settings
from gateway.store.bodies import load
from gateway.store.core import utc_now
from gateway.store.store import Store
from tests.faults.books import KINDS, MARK, Books, Letter, configuration, post, receiving
from tests.faults.conftest import Row
from tests.faults.gateways import Process, nursery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

KILLS = int(os.environ.get("CHAPERONE_KILLS", "200"))
# What each mail program sends, as shares of the kinds in their order. Reading an attachment
# takes a worker process, which a gateway that lives for moments hardly gets started.
PROGRAMS = ((5, 0, 1, 0), (5, 0, 1, 0), (5, 0, 1, 0), (2, 2, 1, 1), (2, 2, 1, 1))
WORDS = re.compile(r"\b[a-z]+(?:-[a-z]+){5}\b")
LIFE = 0.3  # seconds, on average; every tenth gateway lives longer
LONG_LIFE = 2.5


async def _client(
    books: Books, shares: tuple[int, ...], gateway: list[Process], up: asyncio.Event, stop: asyncio.Event
) -> None:
    """A mail program: it keeps a letter until the server has taken it or refused it for good."""
    chance = random.Random(repr(shares))
    while not stop.is_set():
        await _posted(books.write(chance.choices(KINDS, shares)[0]), gateway, up)


async def _posted(letter: Letter, gateway: list[Process], up: asyncio.Event) -> None:
    """Try until it was taken, or refused for good."""
    while not letter.reply.startswith(("250", "5")):
        await post(letter, gateway[0].address)
        if not letter.reply:
            await asyncio.sleep(0.05)
            await up.wait()


@dataclass
class Run:
    """What was found when it was over."""

    held: Counter[str]
    notices: list[bytes]  # at the relay, or on their way
    left_behind: int
    seconds: float


async def _run(tmp_path: Path, books: Books) -> Run:
    chance = random.Random(2026)  # the same moments in every run
    started = time.monotonic()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "gateway.log") as nurse:
        config = configuration(tmp_path, relay)
        gateway = [await nurse.start(config)]
        stop, up = asyncio.Event(), asyncio.Event()
        up.set()
        clients = [asyncio.create_task(_client(books, each, gateway, up, stop)) for each in PROGRAMS]
        for number in range(KILLS):
            before = books.answers
            await asyncio.sleep(chance.expovariate(1 / (LIFE if number % 10 else LONG_LIFE)))
            while number % 2 and books.answers == before:  # noqa: ASYNC110 -- every other one has done something
                await asyncio.sleep(0.01)
            victim = gateway[0]
            victim.kill()
            up.clear()
            gateway[0] = await nurse.start(config)
            up.set()
        stop.set()
        await asyncio.wait_for(asyncio.gather(*clients), 300)
        for kind in KINDS:  # however few letters there was time for, there is one of each kind
            await asyncio.wait_for(_posted(books.write(kind), gateway, up), 300)
        await _settled(books)
        left_behind = await _left_behind(nurse.started[:-1])
        gateway[0].terminate()
        async with asyncio.timeout(120):
            while gateway[0].lives():  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.05)
        held = await _held(config)
        notices = [*await _waiting(config), *books.notices]
    return Run(held, notices, left_behind, time.monotonic() - started)


async def _left_behind(dead: list[Process]) -> int:
    """Processes that outlived the gateway that had started them; they have a while to notice."""
    for _ in range(600):
        if not sum(len(each.left_behind()) for each in dead):
            return 0
        await asyncio.sleep(0.1)
    return sum(len(each.left_behind()) for each in dead)


async def _waiting(config: Path) -> list[bytes]:
    """What still waits in the outbox, such as the passphrase of a message that nobody knows the fate of."""
    settings = read_settings(config)
    store = await Store.open(settings.store, settings.base, clock=lambda: utc_now() + timedelta(days=1))
    found = []
    try:
        while (claimed := await store.leases.claim()) is not None:
            found.append(await load(store.core, claimed.body))
    finally:
        await store.close()
    return found


async def _settled(books: Books) -> None:
    """Wait until the outbox has had its turn: nothing has arrived for a while."""
    before = -1
    while before != (now := sum(books.arrived.values()) + len(books.notices)):
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


def _told(letter: Letter, notices: list[bytes]) -> set[str]:
    """The passphrases that the tutor is told for a letter, by its Message-ID in the notice's references."""
    own = re.compile(rb"<" + re.escape(letter.mark.encode()) + rb"[^0-9]")
    texts = [message_from_bytes(each, policy=default) for each in notices if own.search(each)]
    bodies = [each.get_body(("plain",)) for each in texts]
    return {found[0] for each in bodies if each and (found := WORDS.search(each.get_content()))}


def _opens(content: bytes, words: str) -> bool:
    """Whether the passphrase opens the file in a message."""
    (attached,) = [
        each for each in message_from_bytes(content, policy=default).iter_attachments() if _is_sealed(each)
    ]
    file = msoffcrypto.OfficeFile(io.BytesIO(attached.get_payload(decode=True)))
    try:
        file.load_key(password=words, verify_password=True)
    except msoffcrypto.exceptions.InvalidKeyError:
        return False
    return True


def _is_sealed(part: EmailMessage) -> bool:
    return (part.get_filename() or "").endswith(".docx")


async def test_nothing_is_lost_and_nothing_held_leaks(tmp_path: Path, noted: Callable[[Row], None]) -> None:
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
    # Whatever has arrived can be opened by what its tutor was told; one passphrase more is that of an attempt
    # that was cut off, of which nobody knows whether its message left.
    told = {each.mark: _told(each, run.notices) for each in of("encrypt", letters)}
    sealed = [
        (each, content) for each in of("encrypt", letters) for content in books.contents.get(each.mark, [])
    ]
    shut = [each.mark for each, content in sealed if not any(_opens(content, one) for one in told[each.mark])]
    talkative = [
        each.mark
        for each in of("encrypt", letters)
        if len(told[each.mark]) > each.acknowledged + each.in_doubt
    ]
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
            "notices at the relay": len(books.notices),
            "encrypted messages at the relay": len(sealed),
            "passphrases told": sum(map(len, told.values())),
            "encrypted messages that no passphrase opens": len(shut),
            "passphrases of messages that never were": len(talkative),
            "at the relay twice, cut off in between": len(twice) - len(unexplained),
            "held twice, cut off in between": len(held_twice),
            "duplicates without a reason": len(unexplained),
            "promised and lost": len(lost),
            "held or refused, yet at the relay": len(leaked),
            "processes left behind": run.left_behind,
        }
    )
    noted(
        Row(
            "killed with SIGKILL",
            KILLS,
            len(letters),
            lost=len(lost) + len(shut),
            leaked=len(leaked),
            twice=len(twice) + len(held_twice),
        )
    )
    assert lost == []
    assert (shut, talkative) == ([], [])
    assert sealed, "messages were encrypted"
    assert leaked == []
    assert unexplained == []
    assert [each.mark for each in held_twice if run.held[each.mark] > 1 + each.in_doubt] == []
    assert unpromised == []
    assert run.left_behind == 0
    assert books.answers >= KILLS // 2, "there was load"
