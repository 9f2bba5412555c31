"""
A store with a million old rows: what it costs to start with it, to deliver, to hold, and to purge.

    python -m benchmarks.scaling old-rows

The rows are decided items with their mails, and addresses that were written to: what a large agency has after
some years. Most mail asks the store nothing; what is stopped does.
"""

import asyncio
import smtplib
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, insert, text

from benchmarks.load import RECIPIENT, SENDER
from benchmarks.measure import run, sink
from benchmarks.messages import message
from benchmarks.processes import cpu_seconds, tree
from benchmarks.systems import HOST, gateway
from gateway.settings import read_settings
from gateway.store.store import Store
from gateway.store.tables import bodies, correspondents, items, mail_recipients, mails

_EACH = 250_000  # rows of each of four tables
_BODIES = 10_000  # contents that are still kept
_BATCH = 10_000
_OLD = datetime.now(UTC) - timedelta(days=4)  # not old enough to be purged
_NAMED = b"Subject: Alba Ashaawood\r\n"


def old_rows() -> None:
    """Print the costs without and with them."""
    with tempfile.TemporaryDirectory() as folder, sink() as behind:
        work = Path(folder)
        small, stopped = work / "small.eml", work / "stopped.eml"
        small.write_bytes(message("small"))
        head, _, body = small.read_bytes().partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith((b"Subject", b" =?", b"\t=?"))]
        stopped.write_bytes(b"\r\n".join(lines) + b"\r\n" + _NAMED + b"\r\n" + body)
        for rows in (0, 4 * _EACH):
            prepare: Callable[[Path], None] = fill if rows else lambda _: None
            with gateway(behind.port, work, prepare=prepare) as system:
                started = cpu_seconds(tree(system.pids))
                run(system, behind, small, 60, 3)
                delivered = run(system, behind, small, 500, 10)
                held = _stopped(
                    system.port, stopped.read_bytes(), 60, lambda pids=system.pids: cpu_seconds(tree(pids))
                )
            print(
                f"{rows:8} rows: start {started:.1f} s of processor; delivered {delivered['cpu_ms']:.2f} ms, "
                f"stopped {held[0]:.2f} ms of processor, {held[1]:.1f} ms median on the clock; "
                f"{delivered['memory_shared_out']:.0f} MB",
                flush=True,
            )
        asyncio.run(_purge(work / "gateway-1"))


def _stopped(port: int, raw: bytes, number: int, used: Callable[[], float]) -> tuple[float, float]:
    """Messages with a pupil's name in the subject, one after the other: processor time and time for each, in ms."""
    before, times = used(), []
    with smtplib.SMTP(HOST, port) as client:
        for _ in range(number):
            began = time.perf_counter()
            try:
                client.sendmail(SENDER.decode(), RECIPIENT.decode(), raw)
            except smtplib.SMTPDataError:  # the answer: it waits for its tutor
                times.append(time.perf_counter() - began)
    if len(times) != number:
        raise RuntimeError("it was not stopped")
    return (used() - before) / number * 1_000, statistics.median(times) * 1_000


async def _purge(folder: Path) -> None:
    """How long the hourly purge takes when nothing is old enough, and whether others could write meanwhile."""
    settings = read_settings(folder / "chaperone.toml")
    store = await Store.open(settings.store, settings.base)
    worst: list[float] = []
    try:
        stop = asyncio.Event()
        purge = asyncio.create_task(store.retention.purge())
        while not purge.done():
            began = time.perf_counter()
            await store.first_time("benchmark", timedelta(0))
            worst.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
        began = time.perf_counter()
        await store.retention.purge()
        took = time.perf_counter() - began
        stop.set()
    finally:
        await store.close()
    print(f"purge: {took:.2f} s; another writer meanwhile: median {statistics.median(worst) * 1_000:.0f} ms, "
          f"worst {max(worst) * 1_000:.0f} ms")  # fmt: skip


def fill(folder: Path) -> None:
    """Add a million rows."""
    engine = create_engine(f"sqlite:///{folder / 'chaperone.db'}")
    tables: tuple[tuple[Table, int, Callable[[int], dict[str, Any]]], ...] = (
        (bodies, _BODIES, _body),
        (items, _EACH, _item),
        (mails, _EACH, _mail),
        (mail_recipients, _EACH, _recipient),
        (correspondents, _EACH, _correspondent),
    )
    with engine.connect() as connection:
        connection.execute(text("pragma synchronous=off"))
        for table, number, row in tables:
            for batch in _batches(number):
                connection.execute(insert(table), [row(each) for each in batch])
            connection.commit()
    engine.dispose()


def _batches(number: int) -> Iterator[range]:
    return (range(start, min(start + _BATCH, number)) for start in range(0, number, _BATCH))


def _at(each: int) -> datetime:
    return _OLD + timedelta(seconds=each)


def _body(each: int) -> dict[str, Any]:
    return {
        "id": f"b{each}",
        "sealed": b"x" * 200,
        "size": 200,
        "sha256": f"s{each}",
        "created_at": _at(each),
    }


def _item(each: int) -> dict[str, Any]:
    return {
        "id": f"i{each}",
        "state": ("released", "rejected", "superseded")[each % 3],
        "action": "quarantine",
        "rules": "subject_name",
        "tutor": f"t{each % 300}",
        "body": f"b{each}" if each < _BODIES else None,
        "envelope": b"x" * 200,
        "verdict": b"x" * 300,
        "glance": b"x" * 100,
        "recipients": 1,
        "size": 4_000,
        "sha256": f"s{each}",
        "policy_version": "p",
        "register_version": "r",
        "received_at": _at(each),
        "held_at": _at(each),
        "decided_at": _at(each),
        "reserved": False,
        "people": 1,
        "severity": 0,
    }


def _mail(each: int) -> dict[str, Any]:
    return {
        "id": each + 1,
        "token": f"m{each}",
        "state": "sent",
        "purpose": "explanation",
        "item": f"i{each}",
        "envelope": b"x" * 200,
        "recipients": 1,
        "attempts": 1,
        "created_at": _at(each),
        "due_at": _at(each),
        "finished_at": _at(each),
    }


def _recipient(each: int) -> dict[str, Any]:
    return {"mail": each + 1, "position": 0, "state": "sent", "finished_at": _at(each)}


def _correspondent(each: int) -> dict[str, Any]:
    return {"key": f"k{each}", "first_at": _at(each), "last_at": _at(each)}
