"""The register at the start and while mail flows, over the real store."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.intake.live import RegisterHolder, load_initial
from gateway.register.model import People, Pupil
from gateway.register.problems import RegisterProblem
from gateway.register.register import Agency
from gateway.sections import Store as StoreSettings
from gateway.settings import settings_from
from gateway.store.store import Store

ONE = People((Pupil(id="p1", given_name="Ada"),))
TWO = People((Pupil(id="p2", given_name="Ben"),))


@pytest.fixture
async def store(tmp_path):
    section = StoreSettings(url="sqlite:///chaperone.db", key_file=tmp_path / "key")
    opened = await Store.open(section, tmp_path)
    yield opened
    await opened.close()


def written(folder: Path, document) -> Path:
    file = folder / "register.json"
    file.write_text(json.dumps(document), "utf-8")
    return file


def settings_for(folder: Path, source: Path | None):
    table = {"agency": {"domains": ["agency.example"]}, "register": {"source": str(source)} if source else {}}
    return settings_from(table, folder / "chaperone.toml")


async def test_the_first_start_loads_the_configured_file(store, tmp_path):
    source = written(tmp_path, {"pupils": [{"id": "p1", "given_name": "Ada"}]})
    assert await load_initial(store, settings_for(tmp_path, source)) == ONE
    assert await store.load_register() == ONE


async def test_later_starts_leave_what_the_store_holds(store, tmp_path):
    await store.save_register(TWO, source="test")
    source = written(tmp_path, {"pupils": [{"id": "p1", "given_name": "Ada"}]})
    assert await load_initial(store, settings_for(tmp_path, source)) == TWO


async def test_a_bad_file_stops_the_first_start_and_stores_nothing(store, tmp_path):
    source = written(tmp_path, {"pupils": [{"id": "p1"}]})
    with pytest.raises(RegisterProblem, match="a given_name"):
        await load_initial(store, settings_for(tmp_path, source))
    assert await store.register_version() is None


async def test_a_missing_file_stops_the_first_start(store, tmp_path):
    with pytest.raises(RegisterProblem, match="nothing at this path"):
        await load_initial(store, settings_for(tmp_path, tmp_path / "none.json"))


async def test_without_a_file_the_register_starts_empty(store, tmp_path):
    assert await load_initial(store, settings_for(tmp_path, None)) == People()


async def test_a_new_version_is_taken_over_whole_and_the_old_snapshot_stays_as_it_was(store):
    await store.save_register(ONE, source="test")
    holder = RegisterHolder(store, Agency(), ONE)
    before = holder.register
    assert not await holder.refresh()
    assert holder.register is before
    await store.save_register(TWO, source="test")
    assert await holder.refresh()
    assert holder.register.people == TWO
    assert before.people == ONE


async def test_the_holder_follows_the_store_by_itself(store):
    holder = RegisterHolder(store, Agency(), ONE)
    holder.start()
    await store.save_register(TWO, source="test")
    async with asyncio.timeout(60):
        while holder.register.people != TWO:  # noqa: ASYNC110 -- the holder polls too
            await asyncio.sleep(0.05)
    await holder.stop()
