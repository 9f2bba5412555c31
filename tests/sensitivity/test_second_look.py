"""What was learnt: it finds what no rule knows, says why, and leaves the rules' certainties alone."""

from itertools import pairwise

import msgspec

from gateway.documents.read import read_document
from gateway.mail.document import Passage
from gateway.register.vocabulary import COMMON
from gateway.sensitivity.classify import assess, by_rules
from gateway.sensitivity.learnt import (
    LONG,
    MOST,
    cut,
    heaviest,
    sentences,
    stretches_of,
    telling,
    terms,
    weights,
)
from gateway.sensitivity.second_look import TOGETHER, decide
from tests.cases.attachments.texts import read_unseen
from tests.sensitivity.test_classify import REGISTER, WORDS


def document_of(text):
    return read_document(text.encode(), vocabulary=WORDS)


def found_by_learning():
    """Texts to learn from that the rules miss, with what is made of them."""
    for text in read_unseen("train_7.txt"):
        document = document_of(text.text)
        made = assess(document, REGISTER)
        if text.sensitive and made.level == "medium" and by_rules(document, REGISTER).level is None:
            yield document, made


def test_what_no_rule_sees_is_found_and_the_words_that_weighed_are_named():
    document, made = next(found_by_learning())
    shown = [each for each in made.reasons if each.why == TOGETHER]
    assert shown
    for each in shown:
        word = document.passages[each.passage].text[each.start : each.end]
        assert word.strip() == word
        assert word


def test_nothing_is_said_of_a_text_about_nobody():
    text = "Tablets are taken at night and the hospital rang twice about the ward. " * 4
    assert assess(document_of(text), REGISTER).level is None


def test_the_rules_high_falls_only_where_clearly_more_speaks_against_it_than_against_medium():
    assert decide("high", -0.1) == "high"
    assert decide("medium", -0.1) == "low"
    assert decide("high", -0.2) == "low"


def test_a_marking_and_a_checked_number_are_decisive_whatever_was_learnt():
    plain = "We did fractions and decimals on page nine of the book today, and spelling. " * 6
    for sure in ("OFFICIAL-SENSITIVE", "NHS number: 943 476 5919"):
        document = document_of(f"{sure}\nFreya Lindqvist. Diagnosis: epilepsy.\n{plain}")
        worst = tuple(msgspec.structs.replace(each, score=-50.0) for each in document.stretches)
        document = msgspec.structs.replace(document, stretches=worst)
        level = by_rules(document, REGISTER).level
        assert level in ("medium", "high")
        assert assess(document, REGISTER).level == level


def test_a_doubtful_medium_becomes_low_and_enough_makes_medium_of_anything():
    assert decide("medium", -5.0) == "low"
    assert decide("medium", 5.0) == decide("low", 5.0) == decide(None, 5.0) == "medium"
    assert decide(None, -5.0) is None


def test_without_stretches_the_rules_alone_decide():
    document, _ = next(found_by_learning())
    assert assess(msgspec.structs.replace(document, stretches=()), REGISTER).level is None


def test_stretches_cover_a_text_and_none_is_long():
    text = "A line of some words about fractions and decimals.\n" * 400
    places = list(cut(text))
    assert [places[0][0], places[-1][1]] == [0, len(text)]
    assert all(end - start <= LONG for start, end in places)
    assert all(before[1] == after[0] for before, after in pairwise(places))


def test_few_stretches_are_kept_and_the_most_telling_comes_first():
    passages = tuple(
        Passage(f"page {n}", f"Fractions {n}. " * 30 + "He takes tablets. " * n) for n in range(12)
    )
    scores = [each.score for each in stretches_of(passages)]
    assert len(scores) <= MOST
    assert scores == sorted(scores, reverse=True)


def test_a_name_is_no_word_that_is_learnt():
    assert terms("Freya slept") == {"@", "slept", "@ slept", "+@", "+slept"}
    assert not [term for term in weights() if term.partition(" ")[0] in {"freya", "oliver", "yusuf"}]


def test_a_word_counts_otherwise_where_somebody_is_spoken_of():
    assert {"tablet", "-tablet"} <= terms("Tablets are taken at night.")
    assert {"tablet", "+tablet"} <= terms("His tablets are taken at night.")


def test_a_line_that_a_page_has_broken_is_one_sentence():
    whole = "She went home on the bus again today.\nNo lunch: none\nShe slept."
    assert [whole[start:end] for start, end in sentences(whole)] == [
        "She went home on the bus again today.",
        "No lunch: none",
        "She slept.",
    ]
    assert len(sentences("She went home on the \nNine bus and came\nback late.")) == 1


def test_the_sentence_that_says_most_is_told_with_its_words_in_their_order():
    text = "We did page nine of the book today.\nHe was in hospital with a seizure again.\nBring a ruler and a pen."
    start, end = telling(text)
    assert text[start:end] == "He was in hospital with a seizure again."[: end - start]
    words = heaviest(text[start:end], 3)
    assert words == sorted(words)
    assert len(words) <= 3


def test_everyday_words_are_shown_only_where_there_are_no_others():
    for text in read_unseen("train_4.txt"):
        start, end = telling(text.text)
        shown = {
            text.text[start:end][first:last].casefold() for first, last in heaviest(text.text[start:end], 4)
        }
        assert shown <= COMMON or not shown & COMMON, text.id


def test_no_length_of_harmless_text_drowns_what_the_rules_found():
    told = (
        "Niamh O'Neill was diagnosed with autism in March. She has harmed herself twice and there was a child "
        "protection conference. She takes medication at night."
    )
    lesson = "We did decimals on page nine and then long division. Write the answer as a mixed number. "
    for many in (0, 3, 12, 200):
        document = document_of(f"{lesson * many}{told} {lesson * many}")
        assert assess(document, REGISTER).level == "high", many
