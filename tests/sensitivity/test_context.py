"""What the sentence around a sensitive word makes of it."""

import pytest

from tests.sensitivity.test_classify import level_of


@pytest.mark.parametrize(
    "text",
    [
        "Freya Lindqvist has epilepsy and takes lamotrigine.",
        "re Freya: her mum says the seizures are back and the lamotrigine has gone up.",
        "Freyas mum rang. The seizures are back.",
        "heads up about freya, her mum told me that she's been self-harming again",
        "Medical form. Child: Kai Nakamura. Any medical condition? Yes, type 1 diabetes.",
        "Dear Freya, your appointment with the CAMHS psychiatrist is on Monday. Bring your sertraline.",
        "My son starts on Monday. He has HIV, and takes one pill at bedtime.",
        "Freya is on Macbeth for GCSE English, her essay on Act 5 is late. She was diagnosed with ADHD, takes Elvanse.",
    ],
)
def test_what_is_said_of_a_child_counts_however_it_is_said(text):
    assert level_of(text).level in ("medium", "high")


@pytest.mark.parametrize(
    "text",
    [
        "Freya Lindqvist has no known allergies and is not on any medication.",
        "Medical conditions (asthma, epilepsy, diabetes): none. Child: Kai Nakamura.",
        "[ ] asthma  [ ] epilepsy  [ ] diabetes. Child: Kai Nakamura. Swimming: yes.",
        "Hi Jo, I have a hospital appointment on Tuesday. Could Ben cover Jasper's lesson?",
        "Freya Lindqvist wants to be a paramedic and is volunteering at the hospice shop.",
        "Freya Lindqvist is reading a novel about a girl in a psychiatric ward. Comprehension: 18/25.",
        "Depression in the 1930s. Notes for Freya Lindqvist. Explain why men were out of work. (4)",
        "Tennis court booked for Freya Lindqvist; periods 3 and 4; order of operations test after that.",
        "Freya ran 10k for Diabetes UK. Well done to Freya Lindqvist!",
        "Notes on Thomas Sydenham, penicillin and the plague. Exam on 4 June for Tom Bell.",
    ],
)
def test_what_is_denied_or_said_of_something_else_does_not(text):
    assert level_of(text).level not in ("medium", "high")


def test_the_first_reasons_are_a_person_and_the_weightiest_word():
    text = (
        "The clinic wrote. " * 3
        + "Freya Lindqvist was seen; her diagnosis is epilepsy, and she takes lamotrigine."
    )
    found = level_of(text)
    first = [text[each.start : each.end] for each in found.reasons[:4]]
    assert "Freya Lindqvist" in first
    assert "lamotrigine" in first


@pytest.mark.parametrize("born", ["04/03/2011", "4.3.11", "4 March 2011", "4th Mar 2011", "2011-03-04"])
def test_a_registered_date_of_birth_names_a_pupil(born):
    found = level_of(f"Referral, {born}. Epilepsy, on lamotrigine; seizures weekly.")
    assert found.level in ("medium", "high")
    assert found.about == ("pup-niamh",)


def test_any_other_date_names_nobody():
    assert not level_of("Referral, 05/03/2011. Epilepsy, on lamotrigine; seizures weekly.").level
