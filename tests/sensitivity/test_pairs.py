"""Pairs of ordinary words near one another."""

from gateway.mail.document import Passage
from gateway.sensitivity.vocabulary import Vocabulary, read_words

WORDS = Vocabulary(
    read_words(
        {
            "pieces": {
                "lives": ["lives with"],
                "elder": ["gran", "foster*"],
                "asks": ["please"],
                "hush": ["nobody knows"],
            },
            "pairs": {"care": {"3": ["lives + elder"]}, "safeguarding": {"2": ["asks > hush"]}},
            "health": {"2": ["hearing aids", "ward", "his ward"]},
            "needs": {"2": ["her hearing aid"]},
        }
    )
)


def told(text):
    return [
        (text[each.start : each.end], each.kind, each.weight) for each in WORDS.scan((Passage("", text),))
    ]


def test_two_groups_in_one_sentence_tell_something_in_any_order():
    assert told("He lives with his gran.") == [("lives with his gran", "care", 3)]
    assert told("Her gran is whom she lives with.") == [("gran is whom she lives with", "care", 3)]


def test_a_piece_with_a_star_may_go_on_and_others_stand_alone():
    assert told("She lives with fosterers now.") == [("lives with foster", "care", 3)]
    assert not told("He lives with a granite worktop.")


def test_two_sentences_or_a_long_way_between_tell_nothing():
    assert not told("He lives with three dogs. Gran rang.")
    assert not told(f"He lives with {'ever so many dogs, ' * 6}says gran.")


def test_an_order_that_is_written_has_to_be_kept():
    assert told("Please, nobody knows.") == [("Please, nobody knows", "safeguarding", 2)]
    assert not told("Nobody knows why, please.")


def test_a_longer_entry_that_is_cut_off_by_a_word_does_not_hide_a_shorter_one_in_it():
    assert told("She lost her hearing aids.") == [("hearing aids", "health", 2)]
    assert told("She lost her hearing aid.") == [("her hearing aid", "needs", 2)]
    assert not told("He opened his wardrobe.")


def test_words_and_pairs_come_in_the_order_of_the_text():
    assert [kind for _, kind, _ in told("He lives with his gran. He was on a ward.")] == ["care", "health"]
    assert [kind for _, kind, _ in told("He was on a ward. He lives with his gran.")] == ["health", "care"]
