"""Texts as tutors attach them, and whether they need protection."""

import json
import tomllib
from pathlib import Path

import pytest

from gateway.documents.limits import Limits
from gateway.documents.read import read_document
from gateway.register.native import read_native
from gateway.register.register import Agency, Register
from gateway.sensitivity.classify import LEVELS, assess
from gateway.sensitivity.vocabulary import Vocabulary, read_words
from gateway.settings import config_folder

HERE = Path(__file__).parent
TEXTS = [json.loads(line) for line in (HERE / "texts.jsonl").read_text("utf-8").splitlines()]
REGISTER = Register(read_native((HERE / "pupils.json").read_bytes(), "pupils.json").people, Agency())
WORDS = Vocabulary(
    read_words(tomllib.loads((config_folder() / "words" / "special_category.toml").read_text("utf-8")))
)


def level_of(text):
    return assess(read_document(text.encode(), vocabulary=WORDS), REGISTER)


@pytest.mark.parametrize("case", TEXTS, ids=[each["text"][:40] for each in TEXTS])
def test_what_is_about_one_child_and_special_needs_protection(case):
    found = level_of(case["text"])
    assert (found.level in ("medium", "high")) is case["sensitive"], found


def test_every_answer_comes_with_its_evidence():
    found = level_of(next(each["text"] for each in TEXTS if each["sensitive"]))
    assert found.level in LEVELS
    assert found.reasons
    assert found.kinds


def test_the_same_words_without_a_person_are_no_matter():
    assert level_of("Diagnosed with epilepsy in May; medication changed by the consultant.").level is None


def test_somebody_far_from_the_words_does_not_count():
    apart = "Fractions and decimals went well this week. " * 60
    assert level_of(f"Freya Lindqvist. {apart} A child with epilepsy takes medication.").level is None


def test_what_stands_at_the_end_of_a_long_document_counts():
    lesson = (
        "Sleep and the brain: the doctor noted fatigue, a symptom of anxiety and of a poor diet. " * 8_000
    )
    assert level_of(f"{lesson}\n\nRe: Freya Lindqvist. Diagnosis: epilepsy. Medication: lamotrigine.").level


def test_more_sensitive_words_than_are_weighed_are_said_to_be_too_many():
    text = "autism, epilepsy, asthma. " * 40
    assert read_document(text.encode(), Limits(signals=100), WORDS).unread
    assert read_document(text.encode(), Limits(), WORDS).complete
