"""
How the gateway's costs grow, each question a command of its own.

    python -m benchmarks.scaling workers               throughput with 1, 2 and 4 processes
    python -m benchmarks.scaling idle [--sessions N]   memory of idle sessions, and a good client among them
    python -m benchmarks.scaling register              a register of 5,000 and of 100,000 pupils
    python -m benchmarks.scaling growth                processor time by size, recipients, attachments (SVG)
    python -m benchmarks.scaling overload              three times as many messages as can be taken
    python -m benchmarks.scaling old-rows              a store with a million old rows

All on loopback. Times on the clock mean something on a quiet machine only;
processor time and memory do on any.
"""

import argparse
import asyncio
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from itertools import pairwise
from pathlib import Path

from benchmarks.chart import Line, draw
from benchmarks.measure import run, sink
from benchmarks.messages import message, register
from benchmarks.old_rows import old_rows
from benchmarks.overload import overload
from benchmarks.processes import end_in_order, shared_out_memory, tree
from benchmarks.systems import HOST, gateway
from gateway.compose import build_rules
from gateway.judge import judge
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.register.native import read_native
from gateway.register.register import Register
from gateway.settings import settings_from

_PICTURE = Path("docs/growth.svg")
_TABLE = {"agency": {"domains": ["brightpath-tutors.example"]}}


def workers() -> None:
    """Messages a second, and processor time for each, with 20 sessions."""
    with tempfile.TemporaryDirectory() as folder, sink() as behind:
        work = Path(folder)
        for size, number in (("small", 1_500), ("medium", 400)):
            file = work / f"{size}.eml"
            file.write_bytes(message(size))
            for count in (1, 2, 4):
                with gateway(behind.port, work, workers=count) as system:
                    run(system, behind, file, 40, 4)
                    found = run(system, behind, file, number, 20)
                figures = ("delivered", "p50", "p99", "cpu_ms", "memory_shared_out", "others")
                print(f"{size:7} workers {count}  { {key: found[key] for key in figures} }", flush=True)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors, which load and relay use as well")


def idle(sessions: int) -> None:
    """Memory for each of many sessions that have said EHLO, and what a good client meets among them."""
    smtp = f"max_connections = {sessions + 100}"
    with (
        tempfile.TemporaryDirectory() as folder,
        sink() as behind,
        gateway(behind.port, Path(folder), smtp=smtp) as system,
    ):
        asyncio.run(_idle(sessions, system.port, lambda: shared_out_memory(tree(system.pids))))


async def _idle(sessions: int, port: int, memory: Callable[[], float]) -> None:
    alone = [await _one_message(port) for _ in range(50)]
    before = memory()
    waiting = []
    for number in range(sessions):
        local = (f"127.0.{number // 250 % 250}.{number % 250 + 2}", 0)
        reader, writer = await asyncio.open_connection(HOST, port, local_addr=local, limit=4_096)
        await reader.readline()
        writer.write(b"EHLO idle.example\r\n")
        while (await reader.readline())[3:4] == b"-":
            continue
        waiting.append(writer)
    after = memory()
    among = [await _one_message(port) for _ in range(50)]
    print(
        f"{sessions} idle sessions: {(after - before) / sessions * 1_024:.1f} KB each ({after:.0f} MB in all)"
    )
    for name, times in (("alone", alone), ("among them", among)):
        print(f"a good client {name}: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms")
    for writer in waiting:
        writer.close()


async def _one_message(port: int) -> float:
    """Milliseconds from connecting to the last answer."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(HOST, port)
    await reader.readline()
    text = b"From: tom@brightpath-tutors.example\r\nSubject: Worksheet\r\n\r\nSee you on Monday.\r\n.\r\n"
    steps = (
        b"EHLO good.example\r\n",
        b"MAIL FROM:<tom@brightpath-tutors.example>\r\n",
        b"RCPT TO:<office@partner.example>\r\n",
        b"DATA\r\n",
        text,
    )
    for step in steps:
        writer.write(step)
        while (line := await reader.readline())[3:4] == b"-":
            continue
        if not line.startswith((b"2", b"354")):
            raise RuntimeError(line.decode("ascii", "replace"))
    took = time.perf_counter() - began
    writer.close()
    return took * 1_000


def large_register() -> None:
    """What a twenty times larger register costs each message, and in memory."""
    with tempfile.TemporaryDirectory() as folder, sink() as behind:
        work = Path(folder)
        file = work / "small.eml"
        file.write_bytes(message("small"))
        for pupils in (5_000, 100_000):
            with gateway(behind.port, work, pupils=pupils) as system:
                run(system, behind, file, 40, 4)
                found = run(system, behind, file, 1_000, 20)
            print(f"{pupils:7} pupils  {found['cpu_ms']:.2f} ms  {found['memory']:.0f} MB", flush=True)


def growth() -> None:
    """Processor time for judging, by what a message has more of; linear, or it is told."""
    sizes = [4, 16, 64, 256, 1_024, 4_096, 16_384]
    numbers = [1, 3, 10, 30, 100, 300]
    with tempfile.TemporaryDirectory() as folder:
        judged = _Judged(Path(folder))
        lines = [
            Line("size, KB", [(each, judged.cost(_sized(each), 1)) for each in sizes]),
            Line("recipients", [(each, judged.cost(message("small"), each)) for each in numbers]),
            Line("attachments", [(each, judged.cost(_attached(each), 1)) for each in numbers]),
        ]
    for line in lines:
        print(f"{line.name:12}", "  ".join(f"{x:g}: {y:.2f} ms" for x, y in line.points))
        steepest = max(_slopes(line.points))
        print(
            f"{'':12} steepest growth: as the {steepest:.2f}th power",
            "" if steepest < 1.3 else "  NOT LINEAR",
        )
    _PICTURE.write_text(draw("Processor time for judging one message, in ms", lines), "utf-8")
    print(f"written to {_PICTURE}")


def _slopes(points: list[tuple[float, float]]) -> Iterable[float]:
    """By which power of x the cost grows, from the second half of the points on, where it dominates."""
    later = points[len(points) // 2 - 1 :]
    for (x, y), (further, more) in pairwise(later):
        yield math.log(more / y) / math.log(further / x)


class _Judged:
    """Judges messages whose documents have been read."""

    def __init__(self, folder: Path) -> None:
        settings = settings_from(_TABLE, folder / "chaperone.toml")
        self._rules = build_rules(settings)
        self._register = Register(read_native(register(5_000), "register.json").people, settings.agency)

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:  # noqa: ARG002
        """Decode the files, as `Documents` does for a file that it knows."""
        for part in message.files:
            _ = part.content
        return Facts()

    def cost(self, raw: bytes, recipients: int) -> float:
        """In milliseconds, the best of several."""
        envelope = Envelope(
            mail_from="tom@brightpath-tutors.example",
            recipients=tuple(Recipient(f"office{each}@partner.example") for each in range(recipients)),
            received_at=datetime(2026, 10, 12, 15, 20, tzinfo=UTC),
        )
        best = float("inf")
        for _ in range(9):
            number = max(1, int(0.02 / best)) if best < 1 else 1
            began = time.process_time()
            for _ in range(number):
                asyncio.run(judge(envelope, raw, self._rules, self._register, self))  # type: ignore[arg-type]
            best = min(best, (time.process_time() - began) / number)
        return best * 1_000


def _letter(text: str) -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = "tom@brightpath-tutors.example", "office@partner.example"
    letter["Subject"] = "Worksheet"
    letter.set_content(text)
    return letter


def _sized(kilobytes: int) -> bytes:
    letter = _letter("See the worksheet.\n")
    letter.add_attachment(bytes(range(256)) * (3 * kilobytes), maintype="application", subtype="octet-stream")
    return bytes(letter)


def _attached(number: int) -> bytes:
    letter = _letter("See the worksheets.\n")
    for each in range(number):
        letter.add_attachment(f"Question {each}\n", filename=f"worksheet-{each}.txt")
    return bytes(letter)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    questions: dict[str, Callable[[], None]] = {
        "workers": workers,
        "idle": lambda: idle(args.sessions),
        "register": large_register,
        "growth": growth,
        "overload": overload,
        "old-rows": old_rows,
    }
    parser.add_argument("question", choices=tuple(questions))
    parser.add_argument("--sessions", type=int, default=10_000)
    args = parser.parse_args()
    end_in_order()
    questions[args.question]()


if __name__ == "__main__":
    main()
