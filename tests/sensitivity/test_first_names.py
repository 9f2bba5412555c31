"""People whom no register knows."""

import pytest

from gateway.sensitivity.first_names import first_names, noted, spoken_of


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
