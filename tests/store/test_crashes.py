"""What a process has promised outlives its sudden death."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway import sections
from gateway.store.store import Store
from gateway.store.tables import mails
from tests.store.conftest import RAW, Clock, ScriptedRelay, notice

SECTION = sections.Store(url="sqlite:///store.db", key_file=Path("store.key"))

# A gateway in small: says each id once the store has promised to keep it.
HOLDS = """
import asyncio, sys
from pathlib import Path
from gateway.store.core import utc_now
from gateway.store.store import Store
from tests.store.conftest import ENVELOPE, RAW, VERDICT, notice
from tests.store.test_crashes import SECTION

async def main():
    store = await Store.open(SECTION, Path(sys.argv[1]))
    async def one(number):
        while True:
            print(await store.hold(RAW + bytes(number * 10_000), ENVELOPE, VERDICT, notice()), flush=True)
    await asyncio.gather(*map(one, range(4)))

asyncio.run(main())
"""

# A courier that dies between the relay's 250 and its own note of it.
DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from gateway.store.core import utc_now
from gateway.store.store import Store
from tests.store.test_crashes import SECTION

class Relay:
    async def deliver(self, outgoing):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = await Store.open(SECTION, Path(sys.argv[1]))
    await store.courier(Relay()).run(asyncio.Event())

asyncio.run(main())
"""


def child(program: str, folder: Path) -> subprocess.Popen[str]:
    root = Path(__file__).parent.parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=root, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("after", [1, 7, 20])
async def test_every_id_that_was_given_out_is_a_whole_message(tmp_path: Path, after: int) -> None:
    """Killed in the middle of four holds at once: nothing promised is missing, nothing is half there."""
    process = child(HOLDS, tmp_path)
    assert process.stdout is not None
    promised = [process.stdout.readline().strip() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    promised += process.stdout.read().split()
    process.wait()
    assert process.returncode == -signal.SIGKILL
    store = await Store.open(SECTION, tmp_path)
    kept = {each.id: each for each in await store.quarantine.list()}
    assert set(promised) <= set(kept)
    for item, held in kept.items():
        raw = await store.quarantine.raw(item)
        assert raw.startswith(RAW)
        assert len(raw) == held.size
        assert [each.what for each in await store.audit.about(item)] == ["held"]
    mails = 0
    while await store.leases.claim():
        mails += 1
    assert mails == len(kept)  # each with its notice
    await store.close()


async def test_mail_in_flight_at_a_crash_goes_again(tmp_path: Path) -> None:
    """At least once: the relay may have it, so it gets the same bytes under the same Message-ID."""

    clock = Clock()
    store = await Store.open(SECTION, tmp_path, clock=clock)
    await store.enqueue(notice())
    process = child(DIES, tmp_path)
    assert process.wait() == -signal.SIGKILL

    async with store.core.database.read() as connection:
        until = await connection.scalar(select(mails.c.claimed_until))
    clock.now = until - timedelta(seconds=1)
    assert await store.leases.claim() is None  # it might still be alive
    clock.go(seconds=1)
    claimed = await store.leases.claim()
    assert claimed is not None
    relay = ScriptedRelay()
    await store.courier(relay).carry(claimed)
    assert [each.raw for each in relay.got] == [notice().raw]
    await store.close()
