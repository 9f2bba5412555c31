"""What the text says of a pupil belongs into a protected file."""

import pytest

from filters.sensitive_body import FILTER
from tests.filters.sensitive import LESSON, LETTER, REGISTER, message


def found(*arguments, **named):
    return list(FILTER.inspect(message(*arguments, **named), REGISTER, FILTER.settings()))


def test_a_diagnosis_in_the_text_is_found_and_shown():
    (finding,) = found(LETTER, "sol@family.example")
    assert finding.about == ("p1",)
    assert any("epilepsy" in each.quote for each in finding.evidence)
    assert "Nadia" not in finding.summary


@pytest.mark.parametrize(
    ("text", "to"),
    [
        (LESSON, "sol@family.example"),
        (LETTER, "dsl@agency.example"),
        ("".join(f"> {line}\r\n" for line in LETTER.splitlines()) + LESSON, "sol@family.example"),
        ("The letter is attached, protected by a password.", "sol@family.example"),
    ],
)
def test_a_lesson_report_a_colleague_and_a_quotation_are_no_matter(text, to):
    assert found(text, to) == []


def test_what_stands_in_the_file_is_left_to_the_rule_for_files():
    assert found(LESSON, "sol@family.example", attached=LETTER) == []
