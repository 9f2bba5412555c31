"""Two imports at once, with the real store."""

from datetime import date

import msgspec
import pytest

from gateway.intake.importing import commit, options_of, prepare
from gateway.register.export import write_csv
from gateway.register.imports.bundle import Options
from gateway.register.imports.difference import difference
from gateway.register.model import Carer, Contract, People, Pupil, School, SchoolContact, Staff
from gateway.register.native import write_native
from gateway.register.problems import RegisterProblem
from gateway.sections import RegisterSource
from gateway.sections import Store as StoreSettings
from gateway.settings import settings_from
from gateway.store.errors import RegisterChanged
from gateway.store.store import Store

TODAY = date(2026, 11, 20)
# One record of each kind with every field filled, and one with none but those that are required.
FULL = People(
    pupils=(
        Pupil(
            id="p1",
            given_name="Zoë",
            family_name="Harrow",
            preferred_name="Zo",
            other_names=("Зоя", "Zozo"),
            emails=("zoe@harrow.example", "z@harrow.example"),
            date_of_birth=date(2012, 4, 3),
            in_education=False,
            household="h1",
            carers=("c1",),
            contract=Contract("s1", direct_contact_permitted=True, permitted_on=date(2026, 1, 5)),
            photo_consent=True,
            photo_consent_on=date(2026, 1, 6),
            left_on=date(2026, 10, 1),
        ),
        Pupil(id="p2", given_name="Ada"),
    ),
    carers=(
        Carer(
            id="c1",
            given_name="Ana",
            family_name="Harrow",
            emails=("ana@harrow.example",),
            phones=("+447700900123",),
            household="h1",
            may_receive=False,
            secret="seven herons on a gate",
        ),
        Carer(id="c2", given_name="Rex"),
    ),
    staff=(
        Staff(
            id="t1",
            given_name="Thomas",
            family_name="Reed",
            preferred_name="Tom",
            other_names=("Rhydd",),
            emails=("tom@tutors.example",),
            role="tutor",
            left_on=date(2026, 11, 1),
            family_of=("p1",),
            family_friend_of=("p2",),
        ),
        Staff(id="t2", given_name="Ida"),
    ),
    schools=(
        School(
            id="s1",
            name="Hill School",
            domains=("hill.example",),
            staff=(
                SchoolContact(
                    id="k1",
                    given_name="Ama",
                    family_name="Osei",
                    emails=("a.osei@hill.example",),
                    role="SENCo",
                    school="s1",
                ),
                SchoolContact(given_name="Bo", school="s1"),
            ),
        ),
        School(id="s2", name="Dale School"),
    ),
)


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


def test_the_example_of_a_register_has_every_field_filled():
    first = (FULL.pupils[0], FULL.pupils[0].contract, FULL.carers[0], FULL.staff[0], FULL.schools[0])
    for record in (*first, FULL.schools[0].staff[0]):
        for field in msgspec.structs.fields(record):
            assert getattr(record, field.name) != field.default, field.name


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("export", [lambda people: {"r.json": write_native(people)}, write_csv])
async def test_importing_the_export_of_the_register_changes_nothing(store, tmp_path, export, merge):
    settings = settings_from({"agency": {}}, tmp_path / "c.toml")
    version = await store.save_register(FULL, source="test")
    files = export(await store.load_register())
    prepared = await prepare(store, lambda: files, settings, Options(merge=merge), today=TODAY)
    assert prepared.plan.is_empty
    assert difference(FULL, prepared.new, prepared.plan) == ()
    assert await commit(store, prepared, "test") == version


async def test_a_change_of_a_school_shows_that_change_alone(store, tmp_path):
    settings = settings_from({"agency": {}}, tmp_path / "c.toml")
    await store.save_register(FULL, source="test")
    hill, dale = FULL.schools
    renamed = msgspec.structs.replace(FULL, schools=(msgspec.structs.replace(hill, name="Hilltop"), dale))
    files = {"r.json": write_native(renamed)}
    prepared = await prepare(store, lambda: files, settings, Options(), today=TODAY)
    (group,) = difference(FULL, prepared.new, prepared.plan)
    (school,) = group.changes
    assert [(each.name, each.before, each.after) for each in school.fields] == [
        ("name", "Hill School", "Hilltop")
    ]
