"""Short texts are remembered: what was found in them before is found again, and no other register's."""

from gateway.register import names
from gateway.register.model import People, Pupil
from gateway.register.names import NameIndex


def people(*given: str) -> People:
    return People(tuple(Pupil(id=f"p{each}", given_name=each, family_name="Lindqvist") for each in given))


def found(index: NameIndex, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in index.find(text)]


def test_a_text_that_comes_again_is_read_once_and_found_the_same():
    index = NameIndex(people("Zora"))
    text = "Zora Lindqvist's report"
    assert index.read(text) is index.read(text)
    assert found(index, text) == ["Zora Lindqvist"]
    assert [hit.people[0].id for hit in index.find(text)] == ["pZora"]


def test_another_register_finds_its_own_people_in_the_same_text():
    before, after = NameIndex(people("Zora")), NameIndex(people("Ilvy"))
    text = "Zora and Ilvy on Thursday"
    assert (found(before, text), found(after, text)) == (["Zora"], ["Ilvy"])


def test_no_more_is_remembered_than_there_is_room_for():
    index = NameIndex(people("Zora"))
    for number in range(2 * names._REMEMBERED):
        assert found(index, f"Zora {number}") == ["Zora"]
    assert len(index._lines) <= names._REMEMBERED
    long = "Zora " + "and more " * 100
    assert found(index, long) == ["Zora"]
    assert long not in index._lines
