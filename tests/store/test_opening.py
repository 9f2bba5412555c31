"""Opening a store, and what stands in the way: each a single clear line."""

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, text

from gateway import sections
from gateway.store import migrations
from gateway.store.crypto import KEY_VARIABLE, Vault
from gateway.store.errors import StoreTrouble, StoreUnusable, Tampered
from gateway.store.store import Store
from gateway.store.tables import items, metadata
from tests.store.conftest import ENVELOPE, RAW, VERDICT

SQLITE = sections.Store(url="sqlite:///var/store.db", key_file=Path("var/store.key"))


async def open_once(section: sections.Store, base: Path) -> None:
    await (await Store.open(section, base, patience=60)).close()


async def test_migrations_lay_the_very_tables_that_the_code_uses(store: Store) -> None:
    async with store.core.database.read() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    assert differences == []


def test_the_newest_migration_is_the_one_the_code_expects() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_current_head() == migrations.HEAD


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    await open_once(SQLITE, tmp_path)
    for name in ("store.db", "store.key"):
        assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


async def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    store = await Store.open(SQLITE, tmp_path)
    async with store.core.database.write() as connection:
        found = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    await store.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


async def test_another_stores_key_is_refused(section: sections.Store, tmp_path: Path) -> None:
    await open_once(section, tmp_path)
    section.key_file.unlink()
    other = sections.Store(url="sqlite:///other.db", key_file=section.key_file)
    await open_once(other, tmp_path)
    with pytest.raises(
        StoreUnusable, match=r"key_file.*does not open the store.*expected the key"
    ) as refused:
        await open_once(section, tmp_path)
    assert "\n" not in str(refused.value)


async def test_a_lost_key_is_not_replaced_by_a_new_one(section: sections.Store, tmp_path: Path) -> None:
    await open_once(section, tmp_path)
    section.key_file.unlink()
    with pytest.raises(StoreUnusable, match="found nothing, expected the key"):
        await open_once(section, tmp_path)
    assert not section.key_file.exists()


@pytest.mark.parametrize("text", ["", "short", "é" * 40, "A" * 44])
async def test_a_key_file_without_a_key_is_refused(
    section: sections.Store, tmp_path: Path, text: str
) -> None:
    section.key_file.write_text(text, "utf-8")
    with pytest.raises(StoreUnusable, match="expected"):
        await open_once(section, tmp_path)


async def test_the_key_may_come_from_the_environment(
    section: sections.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=")
    await open_once(section, tmp_path)
    await open_once(section, tmp_path)
    assert not section.key_file.exists()


async def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    await open_once(SQLITE, tmp_path)
    with sqlite3.connect(tmp_path / "var/store.db") as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    with pytest.raises(StoreUnusable, match="newer version"):
        await open_once(SQLITE, tmp_path)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@localhost/mail", "found 'mysql', expected sqlite"),
        ("no url", "found no URL"),
        ("sqlite://", "expected sqlite:///FILE"),
        ("postgresql://user:secret@127.0.0.1:1/none", "expected a database that can be written to"),
    ],
)
async def test_a_url_that_leads_nowhere_is_explained(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(StoreUnusable, match=said) as refused:
        await open_once(sections.Store(url=url, key_file=tmp_path / "key"), tmp_path)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var/store.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnusable, match="not a database"):
        await open_once(SQLITE, tmp_path)


async def test_a_folder_in_the_files_place_is_explained(tmp_path: Path) -> None:
    (tmp_path / "var/store.db").mkdir(parents=True)
    with pytest.raises(StoreUnusable, match="expected a file that can be written to"):
        await open_once(SQLITE, tmp_path)


async def test_a_locked_database_is_trouble_and_leaves_nothing(tmp_path: Path) -> None:
    """And once the lock is gone, the store goes on as if nothing had been."""
    store = await Store.open(SQLITE, tmp_path, patience=0.2)
    blocker = sqlite3.connect(tmp_path / "var/store.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreTrouble):
        await store.hold(RAW, ENVELOPE, VERDICT)
    assert await store.quarantine.list() == ()  # readers go on
    blocker.execute("ROLLBACK")
    blocker.close()
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    assert [each.id for each in await store.quarantine.list()] == [item]
    await store.close()


async def test_a_full_database_is_trouble_and_leaves_nothing(tmp_path: Path) -> None:
    """SQLite's own page limit stands for the disk's end: the same error at the same places."""
    store = await Store.open(SQLITE, tmp_path, patience=0.2)
    async with store.core.database.write() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(StoreTrouble):
        await store.hold(RAW + bytes(100_000), ENVELOPE, VERDICT)
    assert await store.quarantine.list() == ()
    assert await store.leases.claim() is None
    await store.close()


async def test_a_store_that_became_read_only_is_trouble(tmp_path: Path) -> None:
    store = await Store.open(SQLITE, tmp_path, patience=0.2)
    item = await store.hold(RAW, ENVELOPE, VERDICT)
    async with store.core.database.read() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreTrouble):
        await store.hold(RAW, ENVELOPE, VERDICT)
    assert [each.id for each in await store.quarantine.list()] == [item]
    await store.close()


async def test_a_new_file_that_another_process_is_just_opening_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    other = sqlite3.connect(tmp_path / "var" / "store.db", isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    other.execute("create table something (that)")
    later = threading.Timer(0.3, other.execute, ["rollback"])
    later.start()
    store = await Store.open(SQLITE, tmp_path, patience=60)
    await store.close()
    later.join()
    other.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_read_only_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o500)
    with pytest.raises(StoreUnusable, match="Permission denied"):
        await open_once(SQLITE, tmp_path)


def test_what_is_sealed_opens_only_in_its_place() -> None:
    vault = Vault(bytes(32))
    sealed = vault.seal("items/A/verdict", b"private")
    assert vault.open("items/A/verdict", sealed) == b"private"
    assert vault.seal("items/A/verdict", b"private") != sealed
    for place, value in [
        ("items/B/verdict", sealed),
        ("items/A/envelope", sealed),
        ("items/A/verdict", sealed[:-1]),
        ("items/A/verdict", sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:]),
        ("items/A/verdict", b""),
        ("items/A/verdict", b"\x02" + sealed[1:]),
    ]:
        with pytest.raises(Tampered):
            vault.open(place, value)
    with pytest.raises(Tampered):
        Vault(bytes([1]) * 32).open("items/A/verdict", sealed)


async def test_a_database_server_that_goes_away_is_trouble_and_then_forgotten(store: Store) -> None:
    """Its connections die between write and commit: nothing was kept, and the next one works."""
    if store.core.database.sqlite:
        pytest.skip("PostgreSQL's own failure")
    await store.hold(RAW, ENVELOPE, VERDICT)
    killer = text("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()")

    async def die_half_way() -> None:
        async with store.core.database.write() as connection:
            await connection.execute(delete(items))
            await connection.execute(killer)

    with pytest.raises(StoreTrouble):
        await die_half_way()
    assert len(await store.quarantine.list()) == 1
    await store.hold(RAW, ENVELOPE, VERDICT)
    assert len(await store.quarantine.list()) == 2
