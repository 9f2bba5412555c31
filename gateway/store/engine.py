"""
The database: opened, brought up to date, and used through two doors.

`write` is a transaction that has the right to write from its first statement
(SQLite: ``begin immediate``), so it never fails half-way for want of a lock;
`read` is one that sees a single state. What goes wrong in either becomes
`StoreTrouble`, and the transaction leaves nothing behind.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.store.errors import StoreTrouble, StoreUnusable
from gateway.store.migrations import NewerStore, upgrade

if TYPE_CHECKING:  # one of them is used, and each is two megabytes
    from sqlalchemy.dialects import postgresql, sqlite

_MIGRATION_LOCK = 0x43686170  # any number that PostgreSQL's other users do not lock


class Database:
    """One engine, shared by everything in the process."""

    def __init__(self, engine: AsyncEngine, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self.sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer: those of this process queue here, in order, and not in its busy loop.
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, base: Path, patience: float = 10.0) -> "Database":
        """
        Connect and migrate. A relative SQLite path starts at *base*.

        *patience* is how long, in seconds, a locked database is waited for.

        Raises:
            StoreUnusable: no such engine, no access, or a newer schema than ours.
        """
        database = cls(create_engine(url, base, patience), patience)
        try:
            await database._migrate()
        except BaseException:
            await database.close()
            raise
        return database

    async def _migrate(self) -> None:
        try:
            async with self.write() as connection:
                if not self.sqlite:
                    await connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": _MIGRATION_LOCK})
                await connection.run_sync(upgrade)
        except NewerStore:
            raise StoreUnusable(
                f"store.url: found a store of a newer version at {self.place}, expected this version's or older"
            ) from None
        except StoreTrouble as trouble:
            reason = _reason(trouble)
            raise StoreUnusable(
                f"store.url: found {reason} at {self.place}, expected a database that can be written to"
            ) from trouble

    @property
    def place(self) -> str:
        """Where it is, without user and password."""
        url = self._engine.url
        return str(url.database) if self.sqlite else f"{url.host or 'a local socket'}/{url.database}"

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """
        A transaction that writes; committed to disk when the block ends well.

        Raises:
            StoreTrouble: it could not begin, run or commit.
        """
        if not self.sqlite:
            async with self._transaction(write=True) as connection:
                yield connection
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError as fault:
            raise StoreTrouble from fault
        try:
            async with self._transaction(write=True) as connection:
                yield connection
        finally:
            self._turn.release()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """
        A transaction that reads.

        Raises:
            StoreTrouble: it could not begin or run.
        """
        async with self._transaction(write=False) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, *, write: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(write=write)
                async with connection.begin():
                    yield connection
        except (SQLAlchemyError, OSError) as fault:
            raise StoreTrouble from fault

    def insert(self, table: Table) -> "sqlite.Insert | postgresql.Insert":
        """An insert that can be told what to do with a row that is there already."""
        if self.sqlite:
            from sqlalchemy.dialects.sqlite import insert

            return insert(table)
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()


def create_engine(url: str, base: Path, patience: float) -> AsyncEngine:
    """
    The engine for a URL of the configuration.

    Raises:
        StoreUnusable: the URL names neither engine.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnusable("store.url: found no URL, expected sqlite:///… or postgresql://…") from None
    if parsed.drivername == "sqlite" and parsed.database:
        return _sqlite(parsed, base, patience)
    if parsed.drivername in ("postgresql", "postgres"):
        return create_async_engine(
            parsed.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=patience,
            connect_args={"connect_timeout": max(2, int(patience))},
        )
    raise StoreUnusable(
        f"store.url: found {parsed.drivername!r}, expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    )


def _sqlite(url: URL, base: Path, patience: float) -> AsyncEngine:
    file = base / str(url.database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        raise StoreUnusable(
            f"store.url: found {problem.strerror or type(problem).__name__} at {file}, "
            "expected a file that can be written to"
        ) from None
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite", database=str(file)),
        hide_parameters=True,
        connect_args={"timeout": patience},
        pool_timeout=patience,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin ourselves, see below
        cursor = connection.cursor()
        _into_wal(cursor, patience)
        for pragma in (
            "synchronous=FULL",  # a commit is on the disk before it returns
            "foreign_keys=ON",
            "secure_delete=ON",  # what was purged is overwritten
            "journal_size_limit=67108864",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _into_wal(cursor: Any, patience: float) -> None:
    """
    Switch the file to WAL. SQLite answers "locked" here at once, without waiting as it does elsewhere, when
    another process switches the same new file: several workers start in the same moment.
    """
    until = time.monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _reason(trouble: StoreTrouble) -> str:
    """What the database said, in its own few words, without statement or parameters."""
    fault = trouble.__cause__
    original = getattr(fault, "orig", None) or fault
    words = str(original).strip().splitlines()
    return repr(words[0][:160]) if words else type(original).__name__
