"""The invented attachments: no file's protection is judged wrongly, and hardly a text's sensitivity."""

import pytest

from tests.cases.attachments.evaluate import counted, level_of, precision, recall
from tests.cases.attachments.formats import FORMATS
from tests.cases.attachments.texts import read_texts

TEXTS = read_texts()
LEAST = 0.97


def test_the_texts_are_judged_as_they_are_labelled():
    count, wrong = counted(TEXTS, FORMATS["txt"])
    assert precision(count) >= LEAST, wrong
    assert recall(count) >= LEAST, wrong


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_changes_nothing(form):
    """Every eighth text, in each format; a letter that the format cannot hold may cost a name."""
    some = [text for text in TEXTS[::8] if text.text.isascii()]
    assert [level_of(text, FORMATS[form]) for text in some] == [
        level_of(text, FORMATS["txt"]) for text in some
    ]
