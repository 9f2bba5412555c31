"""What an import would change."""

from gateway.register.imports.plan import plan
from gateway.register.model import Carer, People, Pupil


def pupils(**names):
    return People(tuple(Pupil(id=key, given_name=name) for key, name in names.items()))


def test_added_changed_and_removed_are_told_apart():
    change = plan(pupils(a="Ada", b="Ben", c="Cy"), pupils(a="Ada", b="Bea", d="Di")).changes[0]
    assert (change.kind, change.added, change.changed, change.removed) == ("pupils", ("d",), ("b",), ("c",))
    assert change.before == 3


def test_the_same_register_changes_nothing():
    assert plan(pupils(a="Ada"), pupils(a="Ada")).is_empty
    assert not plan(pupils(), pupils(a="Ada")).is_empty


def test_a_kind_of_which_more_than_the_share_disappears_is_excessive():
    five = pupils(a="A", b="B", c="C", d="D", e="E")
    assert not plan(five, pupils(a="A", b="B", c="C", d="D")).excessive(0.2)
    assert plan(five, pupils(a="A", b="B", c="C")).excessive(0.2)[0].kind == "pupils"
    assert not plan(People(), five).excessive(0.0)


def test_each_kind_is_counted_for_itself():
    old = People(pupils(**{f"p{n}": "A" for n in range(100)}).pupils, (Carer(id="c", given_name="C"),))
    assert [each.kind for each in plan(old, People(old.pupils)).excessive(0.2)] == ["carers"]
