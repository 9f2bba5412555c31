"""Whoever left long ago is purged from the store."""

from datetime import date

from gateway.intake.leavers import Leavers
from gateway.register.model import Carer, People, Pupil
from gateway.register.register import Agency, Register
from gateway.sections import Store as StoreSettings
from gateway.settings import settings_from
from gateway.store.store import Store

TODAY = date(2026, 11, 20)
OLD = Pupil(id="p1", given_name="A", date_of_birth=date(2000, 1, 1), in_education=False, carers=("c1",))
NOW = Pupil(id="p2", given_name="B", date_of_birth=date(2012, 1, 1))


def settings(tmp_path, **register):
    return settings_from({"agency": {}, "register": register}, tmp_path / "c.toml")


async def in_use(store):
    return Register(await store.load_register(), Agency())


async def test_leavers_and_their_carers_go_and_nobody_else(tmp_path):
    store = await Store.open(StoreSettings(url="sqlite:///s.db", key_file=tmp_path / "key"), tmp_path)
    await store.save_register(People((OLD, NOW), (Carer(id="c1", given_name="C"),)), source="test")
    register = await in_use(store)
    leavers = Leavers(store, settings(tmp_path, keep_leavers="730 days"), lambda: register)
    assert await leavers.purge(TODAY) == 2
    assert await store.load_register() == People((NOW,))
    register = await in_use(store)
    version = register.version
    assert await leavers.purge(TODAY) == 0
    assert await store.register_version() == version
    assert await Leavers(store, settings(tmp_path), lambda: register).purge(TODAY) == 0
    await store.close()
