"""Sensitive data goes to the few whom it concerns."""

from filters.sensitive_bulk import FILTER
from tests.documents.test_protection import aes_zip
from tests.filters.sensitive import LESSON, LETTER, REGISTER, message

MANY = tuple(f"parent{number}@family.example" for number in range(6))


def found(*arguments, **named):
    return list(FILTER.inspect(message(*arguments, **named), REGISTER, FILTER.settings()))


def test_a_letter_about_one_pupil_to_many_is_found_in_text_and_file():
    assert len(found(LETTER, *MANY)) == 1
    (finding,) = found(LESSON, *MANY, attached=LETTER)
    assert finding.evidence[0].where.startswith("a")
    assert "6 outside" in finding.summary


def test_a_family_a_few_and_colleagues_are_not_many():
    assert found(LETTER, *MANY[:5]) == []
    assert found(LETTER, *(f"tutor{number}@agency.example" for number in range(9))) == []


def test_a_lesson_may_go_to_many():
    assert found(LESSON, *MANY) == []


def test_a_protected_file_tells_nobody_anything():
    assert found(LESSON, *MANY, attached=aes_zip(letter=LETTER.encode())) == []
