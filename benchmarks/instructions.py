"""
Instructions that judging a message takes, counted by valgrind: the same to a few in a thousand, whatever else runs.

    python -m benchmarks.instructions             compare; exit status 1 when one has become dearer by 5 %
    python -m benchmarks.instructions --write     write the figures down anew

They hold for one version of Python on one kind of processor, which stands beside them: elsewhere the first run has to
write its own. What the kernel does and what threads wait for is not in them; `cost.py` has the time of all that.
"""

import argparse
import asyncio
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.cost import NEW_SUBJECT, judging

_KEPT = Path(__file__).parent / "instructions.json"
_DEARER = 1.05
_SIZES = ("small", NEW_SUBJECT, "medium")
_MESSAGES = 30
_FOLDER = "CHAPERONE_COUNTED_IN"  # set for the process under valgrind


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if not shutil.which("valgrind"):
        print("valgrind is not installed (apt-get install valgrind)")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        _under_valgrind(folder)
        found = json.loads((Path(folder) / "found.json").read_text("ascii"))
    here = f"Python {platform.python_version()}, {platform.machine()}"
    if args.write:
        _KEPT.write_text(json.dumps({"where": here, "thousands": found}, indent=1) + "\n", "ascii")
    kept = json.loads(_KEPT.read_text("ascii"))
    if kept["where"] != here:
        print(f"written down on {kept['where']}; this is {here}")
    dearer = 0
    for size, cost in found.items():
        ratio = cost / kept["thousands"].get(size, cost)
        dearer += ratio > _DEARER
        print(f"{size:18} {cost:8.0f} thousand  {ratio:5.3f}" + ("  DEARER" * (ratio > _DEARER)))
    return 1 if dearer else 0


def _under_valgrind(folder: str) -> None:
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/counted"]
    command += [sys.executable, "-m", "benchmarks.instructions"]
    surroundings = {**os.environ, _FOLDER: folder, "PYTHONHASHSEED": "0"}
    subprocess.run(command, env=surroundings, check=True, capture_output=True)


async def _count(folder: Path) -> None:
    """Judge, counted; for each size a part of its own of what callgrind writes."""
    found = {}
    async with judging() as judge_one:
        for part, size in enumerate(_SIZES, 1):
            once = judge_one(size)
            await once()
            _control("-i", "on")
            for _ in range(_MESSAGES):
                await once()
            _control("-d", size)
            _control("-i", "off")
            text = (folder / f"counted.{part}").read_text("latin-1")
            total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
            assert total is not None
            found[size] = round(int(total[1]) / _MESSAGES / 1_000)
    (folder / "found.json").write_text(json.dumps(found), "ascii")


def _control(*options: str) -> None:
    subprocess.run(["callgrind_control", *options, str(os.getpid())], check=True, capture_output=True)


if __name__ == "__main__":
    if _FOLDER in os.environ:
        asyncio.run(_count(Path(os.environ[_FOLDER])))
        sys.exit(0)
    sys.exit(main())
