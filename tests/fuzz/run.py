"""
Looks for inputs that the gateway cannot deal with, for a given time: `make fuzz SECONDS=600`.

What it finds is written to `tests/fuzz/findings`, made as small as Hypothesis can, and is a test from then on.
"""

import argparse
import asyncio
import hashlib
import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.dialogue import WIRES, converse
from tests.fuzz.walk import MESSAGES, walk

FINDINGS = Path(__file__).parent / "findings"
_ROUNDS = {"dialogue": 60, "walk": 600}  # examples between two looks at the clock


def main() -> int:
    """Take turns between the targets until the time is up; 1 if anything was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    end = time.monotonic() + parser.parse_args().seconds
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    count = {"dialogue": 0, "walk": 0}
    found = 0
    with asyncio.Runner() as runner:
        while time.monotonic() < end:
            found += _round("dialogue", st.lists(WIRES, min_size=1, max_size=8), count, end,
                            lambda wires: runner.run(converse(wires)))  # fmt: skip
            found += _round("walk", MESSAGES, count, end, lambda raw: runner.run(walk(raw)))
            _say(f"\r{count['dialogue']:,} dialogues, {count['walk']:,} messages, {found} findings")
    _say("\n")
    return int(found > 0)


def _round(
    name: str, inputs: st.SearchStrategy, count: dict[str, int], end: float, target: Callable[[object], None]
) -> int:
    last: list[object] = []

    @settings(
        max_examples=_ROUNDS[name], database=None, deadline=None, derandomize=False,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(inputs)
    def look(found: object) -> None:
        if time.monotonic() > end and not last:
            return
        count[name] += len(found) if isinstance(found, list) else 1
        try:
            target(found)
        except BaseException:
            last[:] = [found]
            raise

    try:
        look()
    except Exception as fault:  # noqa: BLE001 -- any is a finding
        _say(f"\n{name}: {type(fault).__name__}: {fault}\n")
        FINDINGS.mkdir(exist_ok=True)
        for octets in _octets(last[-1]):
            (FINDINGS / f"{name}-{hashlib.sha256(octets).hexdigest()[:12]}.bin").write_bytes(octets)
        return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _octets(found: object) -> Iterator[bytes]:
    if isinstance(found, list):
        for wire, step in found:
            yield b"%d\n" % step + wire
    elif isinstance(found, bytes):
        yield found


if __name__ == "__main__":
    raise SystemExit(main())
