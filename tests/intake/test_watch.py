"""The drop folder, with real files and the real store."""

import asyncio
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.intake.watch import DropFolder, find_exports
from gateway.sections import Store as StoreSettings
from gateway.settings import settings_from
from gateway.store.store import Store

SAMPLES = Path(__file__).parent.parent / "register" / "samples"
PUPILS = b"id,first name,surname\n" + b"".join(b"p%d,Ada,Marlow\n" % n for n in range(10))


@pytest.fixture
async def store(tmp_path):
    opened = await Store.open(
        StoreSettings(url="sqlite:///chaperone.db", key_file=tmp_path / "key"), tmp_path
    )
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "drop"
    path.mkdir()
    return path


@pytest.fixture
def drop(store, folder):
    def make(**register):
        table = {"agency": {"domains": ["agency.example"]}, "register": register}
        return DropFolder(folder, store, settings_from(table, folder.parent / "c.toml"), settled=0.0)

    return make


async def test_an_export_is_imported_reported_and_removed(store, folder, drop):
    (folder / "pupils.csv").write_bytes(PUPILS)
    with capture_logs() as logs:
        await drop().sweep()
    people = await store.load_register()
    assert len(people.pupils) == 10
    assert [each.name for each in folder.iterdir()] == ["csv-files.report.txt"]
    report = (folder / "csv-files.report.txt").read_text("utf-8")
    assert "IMPORTED." in report
    assert "pupils: 10 added, 0 changed, 0 removed" in report
    assert [each["event"] for each in logs] == ["register_imported"]


async def test_a_bad_export_stays_and_its_report_names_places_but_nobody(store, folder, drop):
    (folder / "pupils.csv").write_bytes(PUPILS)
    await drop().sweep()
    before = await store.register_version()
    (folder / "pupils.csv").write_bytes(PUPILS + b"p99,=Ada,Marlow\n")
    await drop().sweep()
    assert await store.register_version() == before
    assert (folder / "pupils.csv").exists()
    report = (folder / "csv-files.report.txt").read_text("utf-8")
    assert "NOT IMPORTED" in report
    assert 'pupils.csv: line 12, column "first name": expected plain text' in report
    assert "Ada" not in report
    assert "Marlow" not in report


async def test_an_export_that_would_remove_many_is_not_imported(store, folder, drop):
    (folder / "pupils.csv").write_bytes(PUPILS)
    await drop().sweep()
    before = await store.register_version()
    (folder / "pupils.csv").write_bytes(b"".join(PUPILS.splitlines(keepends=True)[:4]))
    await drop().sweep()
    assert await store.register_version() == before
    assert "7 of 10 pupils would disappear" in (folder / "csv-files.report.txt").read_text("utf-8")


async def test_the_same_bad_export_is_not_looked_at_twice_but_its_next_version_is(store, folder, drop):
    (folder / "pupils.csv").write_bytes(b"")
    watched = drop()
    await watched.sweep()
    report = folder / "csv-files.report.txt"
    first = report.read_text("utf-8")
    report.write_text(first.replace("NOT IMPORTED", "SEEN"), "utf-8")
    await watched.sweep()
    assert "SEEN" in report.read_text("utf-8")
    (folder / "pupils.csv").write_bytes(PUPILS)
    await watched.sweep()
    assert await store.load_register() is not None


async def test_exports_may_be_kept(store, folder, drop):
    (folder / "pupils.csv").write_bytes(PUPILS)
    await drop(keep_dropped=True).sweep()
    assert (folder / "pupils.csv").exists()
    assert await store.load_register() is not None


async def test_a_bundle_is_taken_from_an_archive_or_a_subfolder(store, folder, drop):
    shutil.make_archive(str(folder / "nightly"), "zip", SAMPLES / "oneroster-1.1")
    shutil.copytree(SAMPLES / "oneroster-1.1-delta", folder / "delta")
    exports = find_exports(folder)
    assert [each.name for each in exports] == ["delta", "nightly.zip"]
    (folder / "delta").rename(folder / "znightly-delta")
    await drop(max_removals=0.5).sweep()
    people = await store.load_register()
    assert [pupil.id for pupil in people.pupils] == ["u-101", "u-103", "u-104"]
    assert sorted(each.name for each in folder.iterdir()) == [
        "nightly.zip.report.txt",
        "znightly-delta.report.txt",
    ]


async def test_a_list_without_column_names_puts_nobody_into_the_report(folder, drop):
    (folder / "pupils.csv").write_bytes(b"p1,Ada,Marlow,ada@marlow.example\np2,Ben,Marlow,\n")
    await drop().sweep()
    report = (folder / "csv-files.report.txt").read_text("utf-8")
    assert "NOT IMPORTED" in report
    assert "line 1" in report
    for word in ("Ada", "Marlow", "marlow", "Ben"):
        assert word not in report


async def test_a_link_in_the_folder_leads_nowhere(folder, tmp_path, drop):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pupils.csv").write_bytes(PUPILS)
    (folder / "link").symlink_to(elsewhere)
    (folder / "pupils.csv").symlink_to(elsewhere / "pupils.csv")
    assert find_exports(folder) == []
    await drop().sweep()
    assert (elsewhere / "pupils.csv").exists()


def test_what_is_still_being_written_is_left_alone(folder):
    for name in (".pupils.csv.swp", "pupils.csv.part", "users.csv.tmp", "old.report.txt"):
        (folder / name).write_bytes(b"x")
    (folder / "bundle").mkdir()
    (folder / "bundle" / "users.csv").write_bytes(b"x")
    (folder / "bundle" / "roles.csv.filepart").write_bytes(b"x")
    assert find_exports(folder) == []


async def test_a_file_that_is_still_growing_is_not_taken(store, folder, drop):
    file = folder / "pupils.csv"

    async def grow():
        for length in range(30, 10_000):
            file.write_bytes(PUPILS[:30] + bytes(length))
            await asyncio.sleep(0.005)

    file.write_bytes(PUPILS)
    watched = drop()
    watched._settled = 0.5
    growing = asyncio.create_task(grow())
    await watched.sweep()
    growing.cancel()
    assert await store.load_register() is None
    assert [each.name for each in folder.iterdir()] == ["pupils.csv"]


async def test_the_watch_takes_what_comes_and_ends_when_told(store, folder, drop):
    stop = asyncio.Event()
    running = asyncio.create_task(drop().run(stop))
    (folder / "pupils.csv").write_bytes(PUPILS)
    async with asyncio.timeout(60):
        while await store.register_version() is None:  # noqa: ASYNC110 -- the folder is watched by another thread
            await asyncio.sleep(0.05)
        stop.set()
        await running
