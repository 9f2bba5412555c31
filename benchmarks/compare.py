"""
The gateway beside its peers, on the same work, in one run.

    python -m benchmarks.compare [--quick] [--rounds 3] [--json FILE]

Systems take turns, so that what else the machine does hits all of them; the
table shows medians. A cell that fails says so and does not end the run.
"""

import argparse
import json
import platform
import smtplib
import statistics
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from benchmarks import amavis, haraka, postfix, rspamd
from benchmarks.measure import Sink, run, sink
from benchmarks.messages import SIZES, message
from benchmarks.processes import end_in_order
from benchmarks.systems import HOST, Running, direct, gateway, naive
from tests.mail_programs import File, Letter, outlook

Start = Callable[[int, Path], AbstractContextManager[Running]]
Figures = dict[str, float]
SYSTEMS: dict[str, Start] = {
    "direct": direct,
    "naive": naive,
    "postfix": postfix.postfix,
    "postfix-rspamd": rspamd.postfix_rspamd,
    "postfix-amavis": amavis.postfix_amavis,
    "haraka": haraka.haraka,
    "gateway": gateway,
    "gateway-2": partial(gateway, workers=2),
}
_MODES = {"c1": (1, 1), "c20": (20, 1), "c100": (100, 1), "c20x10": (20, 10)}
_MISSING = {
    "postfix": postfix.missing,
    "postfix-rspamd": rspamd.missing,
    "postfix-amavis": amavis.missing,
    "haraka": haraka.missing,
}
# Sizes of a quick run: rspamd needs ten seconds to start, and large is where it is the mark.
_QUICK = {"postfix-rspamd": ("large",), "postfix-amavis": (), "haraka": ()}
_FILTERS = ("naive", "postfix-rspamd", "postfix-amavis", "haraka")
_COLUMNS = ("delivered", "accepted", "p50", "p99", "cpu_ms", "memory", "memory_shared_out", "others")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="one round, 1 and 20 sessions, under three minutes"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="about how long one measurement takes")
    parser.add_argument("--systems", default="", help="by comma; otherwise all of them")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results.json"))
    args = parser.parse_args()
    end_in_order()
    modes = {name: _MODES[name] for name in ("c1", "c20")} if args.quick else _MODES
    rounds, seconds = (1, min(args.seconds, 1.5)) if args.quick else (args.rounds, args.seconds)
    sizes: list[str] = args.sizes.split(",")
    plan = {name: sizes for name in (args.systems or ",".join(SYSTEMS)).split(",") if _here(name)}
    if args.quick and not args.systems:
        plan = {name: [size for size in _QUICK.get(name, sizes) if size in sizes] for name in plan}
    with tempfile.TemporaryDirectory() as folder, sink() as behind:
        work = Path(folder)
        work.chmod(0o755)  # Postfix's own users look into it
        measured = measure(plan, modes, rounds, seconds, work, behind)
    table = {cell: median(each) for cell, each in measured.items()}
    show(table)
    args.json.write_text(json.dumps(as_json(measured), indent=1) + "\n", "utf-8")
    print(f"\nwritten to {args.json}")


def _here(name: str) -> bool:
    why = _MISSING[name]() if name in _MISSING else ""
    if why:
        print(f"{name}: {why}")
    return not why


Cell = tuple[str, str, str]  # size, mode, system


def measure(
    plan: dict[str, list[str]],
    modes: dict[str, tuple[int, int]],
    rounds: int,
    seconds: float,
    work: Path,
    behind: Sink,
) -> dict[Cell, list[Figures]]:
    """All runs of all cells; *plan* says which sizes each system is measured with."""
    found: dict[Cell, list[Figures]] = {}
    rate: dict[Cell, float] = {}
    for turn in range(rounds):
        for size in SIZES:
            file = work / f"{size}.eml"
            if not file.exists():
                file.write_bytes(message(size))
            for name in [name for name, sizes in plan.items() if size in sizes]:
                try:
                    with SYSTEMS[name](behind.port, work) as system:
                        if name in _FILTERS and not refuses_a_program(system):
                            raise RuntimeError("it lets a program pass")
                        run(system, behind, file, 3, 3)  # what is done once: workers, connections
                        for mode, (sessions, each) in modes.items():
                            cell = (size, mode, name)
                            least = max(min(sessions, 20) if size == "large" else sessions, 3)
                            if cell not in rate:
                                number = max({"small": 100, "medium": 40, "large": 0}[size], least)
                                rate[cell] = run(system, behind, file, number, sessions, each)["delivered"]
                            number = max(int(rate[cell] * seconds), least)
                            figures = run(system, behind, file, number, sessions, each)
                            rate[cell] = figures["delivered"]
                            found.setdefault(cell, []).append(figures)
                            print(turn, *cell, {key: figures[key] for key in _COLUMNS}, flush=True)
                except (RuntimeError, OSError) as fault:
                    print(f"{turn} {size} {name}: {fault}", flush=True)
    return found


def refuses_a_program(system: Running) -> bool:
    """Whether an attachment that Windows would run is refused: the filter is really there."""
    file = File("setup.exe", b"MZ" + bytes(500), "application/x-msdownload")
    letter = Letter(subject="A program", text="See attached.\n", files=(file,))
    with smtplib.SMTP(HOST, system.port, timeout=60) as client:
        try:
            client.sendmail("tom@brightpath-tutors.example", ["office@partner.example"], outlook(letter))
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code >= 500
    return False


def median(runs: list[Figures]) -> Figures:
    """The median of each figure."""
    return {key: statistics.median(each[key] for each in runs) for key in _COLUMNS}


def show(table: dict[Cell, Figures]) -> None:
    """Print a table for each size, with the ratio to the naive proxy."""
    for size in SIZES:
        rows = [(cell, figures) for cell, figures in table.items() if cell[0] == size]
        if not rows:
            continue
        heads = ("msg/s", "÷ naive", *_COLUMNS[2:])
        print(f"\n{size}\n{'':22}" + "".join(f"{name.replace('memory_', ''):>12}" for name in heads))
        for (_, mode, name), figures in sorted(rows, key=lambda row: list(_MODES).index(row[0][1])):
            base = table.get((size, mode, "naive"), {}).get("delivered")
            ratio = f"{figures['delivered'] / base:.2f}" if base else "-"
            values = [f"{figures['delivered']:.1f}", ratio, *(f"{figures[key]:.2f}" for key in _COLUMNS[2:])]
            print(f"{mode:7}{name:15}" + "".join(f"{value:>12}" for value in values))


def as_json(measured: dict[Cell, list[Figures]]) -> dict[str, object]:
    """Every run, and where it was."""
    runs = [
        {"size": size, "mode": mode, "system": name, **figures}
        for (size, mode, name), each in measured.items()
        for figures in each
    ]
    return {"machine": platform.platform(), "python": platform.python_version(), "runs": runs}


if __name__ == "__main__":
    main()
