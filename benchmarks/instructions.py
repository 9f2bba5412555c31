"""
Instructions that a message takes, counted by valgrind: the same to a few in a thousand, whatever else runs.

Judging by itself, and the dialogues by themselves: from accept to the last reply, with a relay behind, nothing judged.

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

import uvloop

from benchmarks.cost import NEW_SUBJECT, TABLE, judging
from benchmarks.messages import message
from benchmarks.systems import HOST, free_port, process
from gateway.mail.envelope import Envelope
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Outgoing
from gateway.settings import settings_from
from gateway.smtp.relay import RelayClient
from gateway.smtp.server import SmtpServer

_KEPT = Path(__file__).parent / "instructions.json"
_DEARER = 1.05
_SIZES = ("small", "medium")  # of the dialogues
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


async def _judged(folder: Path) -> dict[str, int]:
    """Judge, counted; for each size a part of its own of what callgrind writes."""
    found = {}
    async with judging() as judge_one:
        for size in (*_SIZES, NEW_SUBJECT):
            once = judge_one(size)
            await once()
            _control("-i", "on")
            for _ in range(_MESSAGES):
                await once()
            found[size] = _counted(folder)
    return found


async def _talked(folder: Path) -> dict[str, int]:
    """Pass messages on, a connection for each."""
    found = {}
    relay = free_port()
    table = {**TABLE, "smtp": {"listen": [f"{HOST}:0"]}, "relay": {"address": f"{HOST}:{relay}"}}
    settings = settings_from(table, folder / "chaperone.toml")
    client = RelayClient(settings)

    async def pass_on(envelope: Envelope, raw: bytes) -> Reply:
        sent = Outgoing(
            mail_from=envelope.mail_from, recipients=envelope.recipients, raw=raw, trace=envelope.trace
        )
        return (await client.deliver(sent)).reply

    with process([sys.executable, "-m", "benchmarks.sink", f"{HOST}:{relay}"], relay, folder / "sink"):
        server = SmtpServer(settings, pass_on, relay=client)
        (address,) = await server.start()
        for size in _SIZES:
            (folder / size).write_bytes(message(size))
            await _send(address, folder / size)
            _control("-i", "on")
            await _send(address, folder / size)
            found[f"{size}, dialogues"] = _counted(folder)
        await server.stop(0)
        await client.close()
    return found


async def _send(target: str, file: Path) -> None:
    options = ["--messages", str(_MESSAGES), "--sessions", "5"]
    command = [sys.executable, "-m", "benchmarks.load", target, str(file), *options]
    sending = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await sending.communicate()
    assert json.loads(told)["faults"] == 0, told


def _counted(folder: Path) -> int:
    """Stop counting; thousands for each message."""
    before = set(folder.glob("counted.*"))
    _control("-d")
    _control("-i", "off")
    (part,) = set(folder.glob("counted.*")) - before
    total = re.search(r"^totals: (\d+)", part.read_text("latin-1"), re.MULTILINE)
    assert total is not None
    return round(int(total[1]) / _MESSAGES / 1_000)


def _control(*options: str) -> None:
    subprocess.run(["callgrind_control", *options, str(os.getpid())], check=True, capture_output=True)


if __name__ == "__main__":
    if _FOLDER in os.environ:
        here = Path(os.environ[_FOLDER])
        (here / "found.json").write_text(json.dumps(asyncio.run(_judged(here)) | uvloop.run(_talked(here))))
        sys.exit(0)
    sys.exit(main())
