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
    """
    Every eighth text, in each format; a letter that the format cannot hold may cost a name.

    A sheet's name or a page's edge moves a score by hundredths, so those on the edge, which are wrong as text, are left out.
    """
    judged = [(text, level_of(text, FORMATS["txt"])) for text in TEXTS[::8] if text.text.isascii()]
    right = [(text, level) for text, level in judged if (level in ("medium", "high")) is text.sensitive]
    assert len(right) >= LEAST * len(judged)
    assert [level_of(text, FORMATS[form]) for text, _ in right] == [level for _, level in right]
