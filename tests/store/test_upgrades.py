"""A store with something in every table is brought up to date from each earlier version, on both engines."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from gateway.store import migrations
from gateway.store.tables import metadata

FOLDER = str(Path(migrations.__file__).parent)
VERSIONS = [each.revision for each in ScriptDirectory(FOLDER).walk_revisions()][::-1]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database, without any table yet."""
    if request.param == "sqlite":
        one = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
        yield one
        one.dispose()
        return
    server: str = request.getfixturevalue("postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database upgraded")
        one = sa.create_engine(
            make_url(server.replace("/postgres?", "/upgraded?")).set(drivername="postgresql+psycopg")
        )
        yield one
        one.dispose()
        connection.execute("drop database upgraded with (force)")


def brought_to(version: str) -> Callable[[sa.Connection], None]:
    def run(connection: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", FOLDER)
        config.attributes["connection"] = connection
        command.upgrade(config, version)

    return run


def one_more_row_in_each(connection: sa.Connection, number: int) -> dict[str, int]:
    """Put a row into every table that there is now; says how many each has then."""
    known = sa.MetaData()
    known.reflect(connection)
    rows: dict[tuple[str, str], Any] = {}
    counts = {}
    for table in known.sorted_tables:
        if table.name == "alembic_version":
            continue
        row = {each.name: value(each, number, rows) for each in table.columns}
        rows.update(((table.name, name), given) for name, given in row.items())
        connection.execute(table.insert().values(row))
        counts[table.name] = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    return counts


def value(column: sa.Column[Any], number: int, rows: dict[tuple[str, str], Any]) -> Any:
    """Something that the column takes, and that no earlier row has."""
    for key in column.foreign_keys:
        return rows[key.column.table.name, key.column.name]
    if column.table.name == "items" and column.name == "rules":
        return "subject_name malware"
    kind = column.type.python_type
    if kind is datetime:
        return datetime(2026, 10, number, tzinfo=UTC)
    return {bool: False, int: number, str: f"{number:02}", bytes: bytes([number])}[kind]


def test_nothing_is_lost_on_the_way_from_any_version_to_this(engine: sa.Engine) -> None:
    counts: dict[str, int] = {}
    for number, version in enumerate(VERSIONS, 1):
        with engine.begin() as connection:
            brought_to(version)(connection)
            for table, before in counts.items():
                there = connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))
                assert there == before, (version, table)
            counts = one_more_row_in_each(connection, number)
    with engine.begin() as connection:
        migrations.upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        severities = list(connection.scalars(sa.text("select severity from items order by id")))
    known = VERSIONS.index("0008")
    assert severities[:known] == [2] * known  # urgent by their rule, though they are older than the column
