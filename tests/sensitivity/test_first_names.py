"""People whom no register knows."""

import pytest

from gateway.sensitivity.first_names import first_names, nameless, noted, spoken_of, unlisted


def named(text):
    return {text[each.start : each.end] for each in first_names(text)}


def test_a_first_name_is_seen_in_any_case():
    assert named("Spoke to callum today. Maya has rung.") == {"callum", "Maya"}


@pytest.mark.parametrize(
    "text", ["Dear Siobhan, thanks.", "See you.\nSiobhan\n", "Mrs Ruth rang.", "See you soon. Fergus"]
)
def test_whoever_is_greeted_or_signs_is_not_spoken_of(text):
    assert not named(text)


@pytest.mark.parametrize(
    "text",
    [
        "Chronology: Leo C (16/8/14)",
        "Maya, 13, came late",
        "A lesson for the Feldman girl",
        "My name is Harry",
        "Jakub N.\nMon: late",
    ],
)
def test_notes_name_people_in_their_own_ways(text):
    assert noted(text)


def test_rows_that_begin_with_names_name_their_people():
    text = "Zoë – two pens\nJakub – nothing"
    assert {text[each.start : each.end] for each in noted(text)} == {"Zoë", "Jakub"}


def test_whom_a_text_goes_on_about_is_surer_than_one_name():
    text = "Maya came late. She sat down, took her pen out, and said that she was tired."
    names = first_names(text)
    assert max(each.weight for each in spoken_of(text, names)) >= max(each.weight for each in names)


def test_a_text_that_names_nobody_is_about_nobody():
    assert not spoken_of("She sat down, took her pen out, and said that she was tired.", [])


@pytest.mark.parametrize(
    "text",
    [
        "Zubeydan's mum rang.",
        "Cover for Zubeydan (Y8).",
        "I told Zubeydan and she said no: Zubeydan has her book.",
    ],
)
def test_a_name_that_no_list_has_is_told_by_what_stands_beside_it(text):
    assert {text[each.start : each.end] for each in unlisted(text)} == {"Zubeydan"}


def test_a_place_is_no_name():
    assert not unlisted("We met in Crewkerne (Somerset), and Crewkerne was wet.")


@pytest.mark.parametrize(
    "text",
    [
        "id,first,last,yr\n2043,Niamh,Pebble,9",
        "4011 | PEBBLE Tirion | all",
        "awarded to\nTOMASZ PEBBLE-STONE",
    ],
)
def test_tables_and_capitals_name_people(text):
    assert noted(text)


def test_who_is_only_she_to_whoever_gets_it_is_somebody():
    assert nameless("Her mum rang. She won't be at the lesson, she is not well.", [])
    assert not nameless("The captain said that she had sailed before she was ten.", [])
