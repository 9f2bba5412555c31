"""Two imports at once, with the real store."""

from datetime import date

import pytest

from gateway.intake.importing import commit, options_of, prepare
from gateway.register.imports.bundle import Options
from gateway.register.model import People, Pupil
from gateway.register.problems import RegisterProblem
from gateway.sections import RegisterSource
from gateway.sections import Store as StoreSettings
from gateway.settings import settings_from
from gateway.store.errors import RegisterChanged
from gateway.store.store import Store

TODAY = date(2026, 11, 20)


@pytest.fixture
async def store(tmp_path):
    opened = await Store.open(StoreSettings(url="sqlite:///s.db", key_file=tmp_path / "key"), tmp_path)
    yield opened
    await opened.close()


def files(name):
    return lambda: {"pupils.csv": f"id,first name\np1,{name}\n".encode()}


async def test_the_second_of_two_imports_at_once_does_not_undo_the_first(store, tmp_path):
    settings = settings_from({"agency": {}}, tmp_path / "c.toml")
    await store.save_register(People((Pupil(id="p1", given_name="Ada"),)), source="test")
    first = await prepare(store, files("Bea"), settings, Options(), today=TODAY)
    second = await prepare(store, files("Cy"), settings, Options(), today=TODAY)
    version = await commit(store, first, "test")
    with pytest.raises(RegisterChanged):
        await commit(store, second, "test")
    assert await store.register_version() == version


async def test_leavers_do_not_count_as_removals(store, tmp_path):
    settings = settings_from({"agency": {}, "register": {"keep_leavers": "30 days"}}, tmp_path / "c.toml")
    gone = Pupil(id="p0", given_name="Old", left_on=date(2020, 1, 1))
    await store.save_register(People((gone, Pupil(id="p1", given_name="Ada"))), source="test")
    prepared = await prepare(store, files("Ada"), settings, Options(), today=TODAY)
    assert prepared.plan.is_empty
    assert [pupil.id for pupil in prepared.new.pupils] == ["p1"]


def test_a_mapping_file_that_is_missing_or_no_toml_is_explained(tmp_path):
    with pytest.raises(RegisterProblem, match="nothing at this path"):
        options_of(RegisterSource(mapping=tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("[pupils", "utf-8")
    with pytest.raises(RegisterProblem, match="no TOML"):
        options_of(RegisterSource(mapping=tmp_path / "bad.toml"))
