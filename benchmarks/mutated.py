"""
A thousand broken documents through the gateway by SMTP, while other mail flows.

    python -m benchmarks.mutated [--documents 1000] [--sessions 8]

The whole gateway runs as a process of its own, in front of a relay that takes
everything. One session sends a small message every fiftieth of a second, first
alone, then while other sessions send messages that each carry a document with
bytes changed, cut off or doubled. Prints how every document was answered, and the
time for a small message alone and meanwhile. It ends with 1 where a document was
answered with a failure or not at all within the time that is set for all of them.
"""

import argparse
import asyncio
import base64
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiosmtplib

from benchmarks.documents import mutated
from benchmarks.load import RECIPIENT, SENDER, quantile
from benchmarks.messages import message
from benchmarks.processes import cpu_seconds, end_in_order, tree
from benchmarks.systems import HOST, free_port, gateway, process

_PATIENCE = 300.0  # seconds for all documents
_PAUSE = 0.02
_ALONE = 400


def carrying(number: int, document: bytes) -> bytes:
    """A message with that document."""
    body = base64.encodebytes(document).replace(b"\n", b"\r\n")
    return (
        b"From: <%b>\r\nTo: <%b>\r\nSubject: Papers\r\nMessage-ID: <m%d@brightpath-tutors.example>\r\n"
        b"Date: Mon, 12 Oct 2026 15:20:00 +0000\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        b"Dear all,\r\nhere are the papers.\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Disposition: attachment; filename=papers.docx\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        % (SENDER, RECIPIENT, number)
    ) + body + b"--b--\r\n"  # fmt: skip


async def small(port: int, until: "asyncio.Future[object] | None") -> list[float]:
    """Seconds for each small message, one after the other; as long as *until* is not done."""
    times = []
    raw = message("small")
    async with aiosmtplib.SMTP(hostname=HOST, port=port, start_tls=False, timeout=60) as client:
        while until is None or not until.done():
            started = time.perf_counter()
            await client.sendmail(SENDER.decode(), [RECIPIENT.decode()], raw)
            times.append(time.perf_counter() - started)
            if until is None and len(times) == _ALONE:
                break
            await asyncio.sleep(_PAUSE)
    return sorted(times)


async def documents(port: int, waiting: list[bytes], answers: Counter[int]) -> None:
    """Send what is waiting, one after the other; every answer counts, a refusal too."""
    async with aiosmtplib.SMTP(hostname=HOST, port=port, start_tls=False, timeout=_PATIENCE) as client:
        while waiting:
            number = len(waiting)
            raw = carrying(number, waiting.pop())
            try:
                await client.sendmail(SENDER.decode(), [RECIPIENT.decode()], raw)
            except aiosmtplib.SMTPResponseException as refused:
                answers[refused.code] += 1
            else:
                answers[250] += 1


async def run(port: int, count: int, sessions: int) -> bool:
    """Print the figures; whether every document was decided."""
    alone = await small(port, None)
    waiting, answers = mutated(count), Counter[int]()
    started = time.perf_counter()
    sending = asyncio.gather(*(documents(port, waiting, answers) for _ in range(sessions)))
    meanwhile = await asyncio.wait_for(small(port, sending), _PATIENCE)
    await sending
    seconds = time.perf_counter() - started
    print(f"{count} broken documents in {seconds:.1f} s ({sessions} sessions), answered: {dict(answers)}")
    for name, times in (("alone", alone), ("meanwhile", meanwhile)):
        print(
            f"a small message {name:9} {quantile(times, 0.5):7.1f} ms (median)  {quantile(times, 0.99):7.1f} ms (99 in 100)  "
            f"{quantile(times, 1.0):7.1f} ms (worst)  of {len(times)}"
        )
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    return sum(answers.values()) == count and not any(400 <= code < 500 for code in answers)


def main() -> int:
    """Start relay and gateway, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--sessions", type=int, default=8)
    args = parser.parse_args()
    end_in_order()
    with tempfile.TemporaryDirectory() as folder:
        work, relay = Path(folder), free_port()
        sink = [sys.executable, "-m", "benchmarks.sink", f"{HOST}:{relay}"]
        with process(sink, relay, work / "relay.log"), gateway(relay, work) as running:
            good = asyncio.run(run(running.port, args.documents, args.sessions))
            print(f"processor time of the gateway and its workers: {cpu_seconds(tree(running.pids)):.1f} s")
            return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
