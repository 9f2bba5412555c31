"""
How long the console's pages take with a long queue.

    python -m benchmarks.console                 50,000 held messages
    python -m benchmarks.console --items 2000    fewer, for a quick look

A few hundred messages are held as the gateway holds them: the oldest, the newest and those of
one tutor, which are what the pages show. The others are copies of their rows under other ids,
which nobody can open but every query has to find its way through. The pages are asked for over
HTTP on loopback, one after the other, by a signed-in safeguarding lead; processor time is that of
server and client together. Exit status 1 when a page's median time is over 100 ms.
"""

import argparse
import asyncio
import socket
import statistics
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

import httpx2
import msgspec
from sqlalchemy import insert, select, update

from gateway.compose import Lookups, build_rules
from gateway.console.parts import Parts
from gateway.console.serving import address_of, serving
from gateway.documents.documents import Documents
from gateway.judge import Rules, judge
from gateway.mail.account import Account
from gateway.mail.envelope import Envelope, Recipient
from gateway.notices.notices import Mails
from gateway.policy.verdict import Action
from gateway.quantities import HostPort
from gateway.register.native import read_native
from gateway.register.register import Register
from gateway.repairs import Repairs
from gateway.settings import config_folder, read_settings
from gateway.store.store import Store
from gateway.store.tables import items
from tests.console.letters import ANA, NAME_IN_SUBJECT

_LIMIT = 100  # milliseconds
_ROUNDS = 40
_TUTORS = 8
_WHOLE = 200  # messages that can be opened
_LEAD = Account("dana", ("dsl@larkfield-tutors.example",), ("safeguarding_lead", "reviewer"))
_DEMO = config_folder() / "demo"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=50_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), args.items))


async def measure(folder: Path, count: int) -> int:
    settings = read_settings(_DEMO / "chaperone.toml")
    rules = build_rules(settings)
    file = _DEMO / "register.json"
    people = Register(read_native(file.read_bytes(), str(file)).people, settings.agency)
    store = await Store.open(settings.store, folder, review=settings.review)
    documents = Documents(workers=1)
    try:
        lookups = Lookups(documents)
        begun = perf_counter()
        whole = await fill(store, rules, people, lookups, count)
        print(f"{count} messages wait after {perf_counter() - begun:.0f} s")
        await store.accounts.add(_LEAD, None, "benchmark")
        secret = await store.sessions.begin(_LEAD, peer="127.0.0.1")
        mails = Mails(settings, store.core.vault.blind)
        repairs = Repairs(
            agency=settings.agency,
            rules=lambda: rules,
            register=lambda: people,
            lookups=lookups,
            kept=store.quarantine,
            steps=store.waiting,
            proposals=store.exemptions,
            escrow=store.escrow,
            pickups=store.pickups,
            notices=mails,
        )
        with socket.create_server(("127.0.0.1", 0)) as bound:
            where = HostPort(address_of(bound))
            web = msgspec.structs.replace(settings.web, listen=where, base_url=f"http://{where}")
            parts = Parts(
                settings=msgspec.structs.replace(settings, web=web),
                store=store,
                sessions=store.sessions,
                notices=mails,
                documents=documents,
                register=lambda: people,
                policy=lambda: rules.policy,
                corrections=repairs,
            )
            async with (
                serving(parts, bound),
                httpx2.AsyncClient(base_url=web.base_url, cookies={"session": secret}, timeout=60) as client,
            ):
                return await ask(client, store, whole, count)
    finally:
        documents.close()
        await store.close()


async def fill(store: Store, rules: Rules, people: Register, lookups: Lookups, count: int) -> list[str]:
    """Have that many messages wait; returns the ids of those that are whole, the oldest first."""
    now = datetime.now(UTC)
    found = []
    verdict = None
    for number in range(_WHOLE):
        envelope = Envelope(
            mail_from=f"tutor{number % _TUTORS}@larkfield-tutors.example",
            recipients=(Recipient(ANA.address), Recipient(f"family{number}@home.example")),
            received_at=now - timedelta(hours=1),
        )
        if verdict is None:
            _, verdict = await judge(envelope, NAME_IN_SUBJECT, rules, people, lookups)
            verdict = msgspec.structs.replace(verdict, action=Action.QUARANTINE)
        found.append(await store.hold(b"X-Number: %d\r\n" % number + NAME_IN_SUBJECT, envelope, verdict))
    async with store.core.database.write() as connection:
        # All but those of the last tutor, whose messages are all whole.
        others = [each for number, each in enumerate(found) if (number + 1) % _TUTORS]
        query = select(items).where(items.c.id.in_(others))
        rows = [dict(row) for row in (await connection.execute(query)).mappings().all()]
        # Half of the whole ones are the oldest and urgent, the others the newest and a matter of form.
        for number, each in enumerate(found[: _WHOLE // 2]):
            await connection.execute(
                update(items)
                .where(items.c.id == each)
                .values(held_at=now - timedelta(days=30, minutes=-number), severity=2)
            )
        rest = items.c.id.in_(found[_WHOLE // 2 :])
        await connection.execute(update(items).where(rest).values(severity=0))
        copies = (
            rows[number % len(rows)]
            | {
                "id": f"{number:05}-AAAAA",
                "held_at": now - timedelta(days=20, seconds=-number),
                "severity": 1,
            }
            for number in range(count - _WHOLE)
        )
        while batch := list(islice(copies, 1_000)):
            await connection.execute(insert(items), batch)
    return found


async def ask(client: httpx2.AsyncClient, store: Store, whole: list[str], count: int) -> int:
    """Ask for each page many times; prints a table and returns how many pages are too slow."""
    middle = whole[3]
    await store.quarantine.look(middle, _LEAD.name, "benchmark")
    pages = {
        "queue": "/queue",
        "queue, oldest first": "/queue?order=oldest",
        "queue, newest first": "/queue?order=newest",
        "queue, its last page": f"/queue?number={count // 25}",
        "queue, by rule": "/queue?rule=subject_name",
        "queue, by tutor": "/queue?tutor=tutor7@larkfield-tutors.example",
        "item, closed": f"/items/{whole[5]}",
        "item, open": f"/items/{middle}",
        "item, its text": f"/items/{middle}/body",
    }
    slow = 0
    print(f"{'page':24} {'median ms':>10} {'worst ms':>10} {'processor':>10}")
    for name, path in pages.items():
        times, spent = [], process_time()
        for _ in range(_ROUNDS):
            begun = perf_counter()
            answer = await client.get(path)
            times.append(1000 * (perf_counter() - begun))
            assert answer.status_code == 200, f"{name}: {answer.status_code}"
        usual = statistics.median(times)
        slow += usual > _LIMIT
        spent = 1000 * (process_time() - spent) / _ROUNDS
        print(
            f"{name:24} {usual:10.1f} {max(times):10.1f} {spent:10.1f}"
            + ("  TOO SLOW" if usual > _LIMIT else "")
        )
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
