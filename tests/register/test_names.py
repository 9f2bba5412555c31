"""Names in a line of text: how they may be written, and what is none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.folding import fold, words
from gateway.register.model import People, Pupil, School, SchoolContact, Staff
from gateway.register.names import NameIndex

PEOPLE = People(
    pupils=(
        Pupil(id="a", given_name="Siobhán", family_name="O'Rourke", date_of_birth=date(2012, 1, 1)),
        Pupil(id="b", given_name="Jürgen", family_name="Groß-Müller", preferred_name="Jupp"),
        Pupil(id="c", given_name="Lijuan", family_name="Huang", other_names=("黄丽娟",)),
        Pupil(id="d", given_name="Siobhan", family_name="Maxwell"),
        Pupil(id="e", given_name="Hope", family_name="Day"),
        Pupil(id="f", given_name="Marie Claire", family_name="van den Broek"),
        Pupil(id="g", given_name="Robert", family_name="McAllister", other_names=("Роберт",)),
    ),
    staff=(
        Staff(id="t", given_name="Percival", family_name="Ingram"),
        Staff(id="x", given_name="", family_name="Front Desk"),
    ),
    schools=(
        School(id="s", name="S", staff=(SchoolContact(given_name="Odalys", family_name="Fink", school="s"),)),
    ),
)
INDEX = NameIndex(PEOPLE)


def hits(text):
    return [
        (text[hit.start : hit.end], hit.form, {each.id for each in hit.people}) for hit in INDEX.find(text)
    ]


@pytest.mark.parametrize(
    ("text", "found", "form"),
    [
        ("Report for Siobhán O'Rourke today", "Siobhán O'Rourke", "full"),
        ("O’ROURKE, SIOBHAN", "O’ROURKE, SIOBHAN", "full"),
        ("siobhan_orourke.pdf", "siobhan_orourke", "full"),
        ("ORourkeSiobhan2", "ORourkeSiobhan", "full"),
        ("orourkesiobhan", "orourkesiobhan", "full"),
        ("O Rourke family", "O Rourke", "family"),
        ("Rourke", "Rourke", "family"),
        ("Juergen Gross-Mueller", "Juergen Gross-Mueller", "full"),
        ("JURGEN", "JURGEN", "given"),
        ("Mueller", "Mueller", "family"),
        ("Gross Muller's", "Gross Muller", "family"),
        ("Jupp", "Jupp", "given"),
        ("Li Juan: maths", "Li Juan", "given"),
        ("Li-juan", "Li-juan", "given"),
        ("黄丽娟的", "黄丽娟", "full"),
        ("丽娟", "丽娟", "given"),
        ("Marie-Claire", "Marie-Claire", "given"),
        ("MarieClaire", "MarieClaire", "given"),
        ("Marie", "Marie", "given"),
        ("Claire", "Claire", "part"),
        ("Broek", "Broek", "family"),
        ("Vandenbroek", "Vandenbroek", "family"),
        ("MacAllister", "MacAllister", "family"),
        ("Mc Allister", "Mc Allister", "family"),
        ("Bob McAllister", "Bob McAllister", "full"),
        ("Роберт", "Роберт", "given"),
        ("Pеrcival", "Pеrcival", "given"),  # a Cyrillic e
        ("Percival", "Percival", "given"),
        ("Odalys Fink", "Odalys Fink", "full"),
        ("Sio\u200bbhan", "Sio\u200bbhan", "given"),
        ("S i o b h a n", "S i o b h a n", "given"),
        ("Siobh4n", "Siobh4n", "given"),
    ],
)
def test_a_name_is_found_however_it_is_written(text, found, form):
    assert [(quote, kind) for quote, kind, _ in hits(text)] == [(found, form)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hopeful days ahead",
        "Siobhanette",
        "orourkes-law",
        "Robertson",
        "Front Desk",
        "S.O'R.",
        "S O R",
        "J G-M",
        "Finkle",
        "黄",
    ],
)
def test_what_is_no_name_is_not_found(text):
    assert hits(text) == []


def test_a_full_name_belongs_to_the_one_who_bears_both():
    assert hits("Siobhan") == [("Siobhan", "given", {"a", "d"})]
    assert hits("Siobhan Maxwell") == [("Siobhan Maxwell", "full", {"d"})]


def test_names_of_two_people_in_a_row_stay_two():
    assert [quote for quote, _, _ in hits("Siobhan Huang")] == ["Siobhan", "Huang"]


def test_a_name_that_is_a_word_says_so():
    assert [(hit.kind, hit.ordinary) for hit in INDEX.find("Hope")] == [("word", True)]
    assert [hit.ordinary for hit in INDEX.find("Siobhan")] == [False]


def test_the_people_of_a_hit_are_looked_at_one_by_one():
    (hit,) = INDEX.find("Siobhan")
    assert len(hit.people) == 2
    assert hit.people[0] is PEOPLE.pupils[0]
    assert list(hit.people[:1]) == [PEOPLE.pupils[0]]
    assert PEOPLE.pupils[3] in hit.people
    assert PEOPLE.pupils[1] not in hit.people
    assert "Siobhan" not in hit.people


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë", "ZOE"),
        ("O’Neill", "oneill"),
        ("Łukasz", "Lukasz"),
        ("Ｎｉａｍｈ", "niamh"),
        ("İbrahim", "ibrahim"),
        ("D'Souza", "D SOUZA"),
    ],
)
def test_two_spellings_fold_alike(one, other):
    assert fold(one) == fold(other)


@given(st.text(max_size=80))
def test_every_word_of_any_text_knows_its_place(text):
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.folded
    for hit in INDEX.find(text):
        assert 0 <= hit.start < hit.end <= len(text)


@given(st.text(alphabet="Sio bhánO'’R-urke.,1\u200b\u202e\u202c", max_size=60))
def test_text_that_is_nearly_a_name_is_read_without_fault(text):
    for hit in INDEX.find(text):
        assert text[hit.start : hit.end]


@pytest.mark.timeout(100)
@pytest.mark.parametrize(
    "piece", ["a", "a ", "s i o b h a n ", "Hope ", "Siobhan O", "x\r\n", "Sio", "a-", "Day."]
)
def test_a_hundred_thousand_characters_cost_no_more_than_their_number(piece):
    """Whatever is repeated; a square of it would be minutes."""
    INDEX.find(piece * (100_000 // len(piece)))


def test_letters_set_apart_are_still_two_names():
    assert hits("S i o b h a n M a x w e l l")[0][1:] == ("full", {"d"})


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("Урок для Роберта", {"g"}),
        ("Встреча с Робертом", {"g"}),
        ("роберта", set()),  # without its capital it may be any word
        ("pingram-notes.docx", {"t"}),
        ("notes_ingramp", {"t"}),
        ("xingram-notes.docx", set()),
        ("pingram notes", set()),  # nothing says that it is the name of a file
        ("S1obh4n", {"a", "d"}),
    ],
)
def test_declined_names_and_those_of_files_and_accounts(text, whose):
    assert {person for _, _, people in hits(text) for person in people} == whose
