"""Registers are replaced while mail is judged at full speed."""

import asyncio
import threading
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from gateway.compose import Lookups, build_rules
from gateway.documents.documents import Documents
from gateway.intake.live import RegisterHolder
from gateway.judge import judge
from gateway.mail.envelope import Envelope, Recipient
from gateway.register.model import Carer, People, Pupil
from gateway.register.register import Agency, Register
from gateway.sections import Store as StoreSettings
from gateway.settings import settings_from
from gateway.store.store import Store

SWAPS = 100
AGENCY = {"name": "Agency", "domains": ["agency.example"]}
# In the first register the mail below is in order. In the second the address in Cc is no carer's,
# and the subject names a pupil: two rules that ask two different indexes.
CHILD = Pupil(id="p1", given_name="Ilse", family_name="Varga", emails=("ilse@varga.example",), carers=("c1",))
NAMED = Pupil(id="p2", given_name="Quillon", family_name="Abernathy")
FIRST = People((CHILD,), (Carer(id="c1", given_name="Edit", emails=("edit@varga.example",)),))
SECOND = People((CHILD, NAMED), (Carer(id="c1", given_name="Edit", emails=("other@varga.example",)),))
RAW = (
    b"From: tom@agency.example\r\nTo: ilse@varga.example\r\nCc: edit@varga.example\r\n"
    b"Subject: Quillon Abernathy\r\nMIME-Version: 1.0\r\n\r\nSee you on Monday.\r\n"
)


def envelope():
    return Envelope(
        mail_from="tom@agency.example",
        recipients=(Recipient("ilse@varga.example"), Recipient("edit@varga.example")),
        received_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    )


@pytest.mark.timeout(300)  # a hundred commits and two hundred judgements, on a machine that may be busy
async def test_every_verdict_agrees_with_one_register_whole(tmp_path):
    settings = settings_from({"agency": AGENCY}, tmp_path / "c.toml")
    store = await Store.open(StoreSettings(url="sqlite:///s.db", key_file=tmp_path / "key"), tmp_path)
    agency = Agency(name="Agency", domains=("agency.example",))
    expected = {
        Register(FIRST, agency).version: set(),
        Register(SECOND, agency).version: {"parent_missing", "subject_name"},
    }
    await store.save_register(FIRST, source="test")
    holder = RegisterHolder(store, agency, FIRST)
    rules, lookups = build_rules(settings), Lookups(Documents())
    seen: list[str] = []
    done = threading.Event()

    async def judge_on():
        while not done.is_set():
            _, verdict = await judge(envelope(), RAW, rules, holder.register, lookups)
            assert {each.finding.rule for each in verdict.judged} == expected[verdict.register_version]
            seen.append(verdict.register_version)

    # A thread of its own, so that a register is swapped in the middle of judging, not only between two messages.
    judging = asyncio.create_task(asyncio.to_thread(asyncio.run, judge_on()))
    for number in range(SWAPS):
        await store.save_register(SECOND if number % 2 == 0 else FIRST, source="test")
        assert await holder.refresh()
        before = len(seen)
        while len(seen) < before + 2 and not judging.done():  # noqa: ASYNC110 -- the new register has judged something then
            await asyncio.sleep(0.001)
    done.set()
    await judging
    await store.close()
    changes = sum(one != other for one, other in pairwise(seen))
    assert changes >= SWAPS - 1
