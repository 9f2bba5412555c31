"""The register in the store."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from gateway.register.model import Carer, People, Pupil
from gateway.register.register import version_of
from gateway.store.store import Store
from tests.store.conftest import readable_bytes

PEOPLE = People(
    pupils=(Pupil(id="p1", given_name="Zoë", family_name="Marsh", carers=("c1",)),),
    carers=(Carer(id="c1", given_name="Ana", emails=("ana@family.example",)),),
)


async def test_before_the_first_import_there_is_none(store: Store) -> None:
    assert await store.load_register() is None
    assert await store.register_version() is None


async def test_another_process_notices_and_loads_a_new_register(
    open_store: Callable[[], Awaitable[Store]],
) -> None:
    one, other = await open_store(), await open_store()
    version = await one.save_register(PEOPLE, source="register.json")
    assert await other.register_version() == version == version_of(PEOPLE)
    assert await other.load_register() == PEOPLE


async def test_a_new_register_replaces_the_old_one(store: Store, tmp_path: Path) -> None:
    await store.save_register(PEOPLE, source="a")
    await store.save_register(People(), source="b")
    assert await store.load_register() == People()
    await store.save_register(People(), source="b")
    assert await store.register_version() == version_of(People())


async def test_nobody_is_in_the_file_in_the_clear(store: Store, tmp_path: Path) -> None:
    await store.save_register(PEOPLE, source="register.json")
    held = readable_bytes(tmp_path)
    assert b"given_name" not in held
    assert b"ana@family.example" not in held
