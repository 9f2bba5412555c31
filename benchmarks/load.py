"""
Sends one message over and over, and measures how long each answer takes.

    python -m benchmarks.load HOST:PORT MESSAGE.eml --messages 1000 --sessions 20 [--each 1]

Every session waits for each reply before it sends on (no pipelining), so the
number of sessions is the number of messages in work. Prints one JSON object:
messages a second, and the time from MAIL to the last reply in milliseconds.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

import uvloop

SENDER, RECIPIENT = b"tom@brightpath-tutors.example", b"office@partner.example"


class Run:
    """What all sessions of a run share."""

    def __init__(self, wire: bytes, messages: int, each: int) -> None:
        self.wire = wire
        self.left = messages
        self.each = each
        self.seconds: list[float] = []
        self.faults: list[str] = []
        self.ended = 0.0

    def take(self) -> bool:
        """Whether there is one more to send; counts it as sent."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


class Session(asyncio.Protocol):
    """One connection: up to ``run.each`` messages, then QUIT."""

    def __init__(self, run: Run, done: "asyncio.Future[None]") -> None:
        self._run = run
        self._done = done
        self._steps = iter((b"EHLO load.example\r\n",))
        self._rest = b""
        self._sent = 0
        self._began = 0.0
        self._expected = b"2"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\n")
            if line[3:4] != b"-":
                self._answered(line)

    def _answered(self, line: bytes) -> None:
        if not line.startswith(self._expected):
            self._run.faults.append(line[:120].decode("latin-1"))
            self._transport.close()
            return
        step = next(self._steps, None)
        if step is None:
            self._next_message()
            return
        self._expected = b"3" if step == b"DATA\r\n" else b"2"
        self._transport.write(step)

    def _next_message(self) -> None:
        run, now = self._run, time.perf_counter()
        if self._began:
            run.seconds.append(now - self._began)
            run.ended = now
        if self._sent >= run.each or not run.take():
            self._steps = iter(())
            self._expected = b"221"
            self._transport.write(b"QUIT\r\n")
            self._began = 0.0
            self._sent = run.each
            return
        self._sent += 1
        self._began = now
        self._steps = iter((b"RCPT TO:<%b>\r\n" % RECIPIENT, b"DATA\r\n", run.wire))
        self._transport.write(b"MAIL FROM:<%b>\r\n" % SENDER)

    def connection_lost(self, error: Exception | None) -> None:
        if self._began and self._expected != b"221":
            self._run.faults.append(f"connection lost: {error}")
        if not self._done.done():
            self._done.set_result(None)


async def worker(run: Run, host: str, port: int) -> None:
    """Open connection after connection until everything is sent."""
    loop = asyncio.get_running_loop()
    while run.left > 0 and len(run.faults) < 100:
        done = loop.create_future()
        await loop.create_connection(lambda done=done: Session(run, done), host, port)
        await done


async def send(target: str, wire: bytes, messages: int, sessions: int, each: int) -> dict[str, object]:
    """Run it; the figures as a dictionary."""
    host, _, port = target.rpartition(":")
    run = Run(wire, messages, each)
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker(run, host, int(port)) for _ in range(sessions)))
    seconds = max(run.ended - began, 1e-9)
    times = sorted(run.seconds)
    return {
        "began": began,
        "messages": len(times),
        "seconds": round(seconds, 4),
        "per_second": round(len(times) / seconds, 1),
        **{name: quantile(times, share) for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0))},
        "faults": len(run.faults),
        "first_fault": next(iter(run.faults), ""),
        "cpu": round(time.process_time() - cpu, 3),
    }


def quantile(times: list[float], share: float) -> float | None:
    """In milliseconds."""
    return round(times[min(len(times) - 1, int(share * len(times)))] * 1_000, 3) if times else None


def wire_of(message: bytes) -> bytes:
    """A message as it follows DATA: dots stuffed, the last dot behind it."""
    message = message if message.endswith(b"\r\n") else message + b"\r\n"
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target")
    parser.add_argument("message", type=Path)
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--each", type=int, default=1, help="messages for each connection")
    args = parser.parse_args()
    wire = wire_of(args.message.read_bytes())
    print(json.dumps(uvloop.run(send(args.target, wire, args.messages, args.sessions, args.each))))


if __name__ == "__main__":
    main()
