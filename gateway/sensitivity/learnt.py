"""
What the words of a text say together, as labelled texts have taught. Pure.

Each word, and each two that follow one another, has a weight: how much more often it stands in texts that are
sensitive; a word has one more for sentences that name somebody or say "he" or "she", and one for all others
(``config/words/learnt.txt``, written by ``make classifier``). The reader processes add the words of a text up;
`second_look` adds the figures that need the register.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import log

import msgspec

from gateway.mail.document import Passage, Stretch
from gateway.register.vocabulary import COMMON, is_first_name, is_given_name, read_weights

SHORT = 150  # characters; nothing shorter was learnt from
LONG = 2_400  # characters that are judged as one; the texts that were learnt from are no longer
MOST = 6  # stretches of a document that are looked at again
_CHANCES = 0.5  # a book has many stretches, of which one may look like something by chance
_LOOKED_AT = 400_000  # characters of a document
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[?!:£%]|_{3,}")
_SUFFIX = re.compile(r"(?:ingly|edly|ings|ing|ies|ied|ed|es|ly|s|'s)$")
# A line's end is a sentence's, but not where a page's edge has broken it: "on the \nway", "going\nhome".
_SENTENCE = re.compile(
    r"(?<=[.!?;])['\"’”)]?\s+|\n{2,}|(?<![a-z,] )(?:(?<![a-z,])\n|\n(?![a-z\n]))",
)
_STEM = 7  # letters of a word that count
_SOMEBODY = frozenset(("@", "he", "she", "him", "his", "her", "hers", "he's"))


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """The words with their places: stems, "@" for a given name, "#" and "##" for short and long numbers."""
    for match in _TOKEN.finditer(text):
        yield _token(match[0]), match.start(), match.end()


@lru_cache(maxsize=20_000)
def _suffixed(word: str) -> str:
    if len(word) > 4:
        short = _SUFFIX.sub("", word)
        if len(short) > 3 and short[-1] == short[-2] and short[-1] not in "lsz":
            short = short[:-1]
        if len(short) > 2:
            word = short
    return word[:_STEM]


def _token(word: str) -> str:
    if not word[0].isalpha():
        return ("#" if len(word) < 3 else "##") if word[0].isdigit() else "___" if word[0] == "_" else word
    folded = word.lower().replace("’", "'")
    if word[0].isupper():
        base = folded.removesuffix("'s")
        if base not in COMMON and (is_given_name(base) or is_first_name(base)):
            return "@"
    return folded[:_STEM] if len(folded) > 40 else _suffixed(folded)


def terms(text: str) -> set[str]:
    """The words of a text and the pairs of neighbours, each once; "+word" and "-word" for where it stands."""
    found: set[str] = set()
    before = ""
    for start, end in sentences(text):
        listed = [word for word, _, _ in tokens(text[start:end])]
        sign = _sign(listed)
        for word in listed:
            found.update((word, sign + word))
            if before:
                found.add(f"{before} {word}")
            before = word
    return found


def _sign(listed: list[str]) -> str:
    """Whether a sentence speaks of somebody: "+", or of nobody: "-"."""
    return "-" if _SOMEBODY.isdisjoint(listed) else "+"


_WEIGHTS = read_weights("learnt")  # read once, with the module: judging touches no file


def weights() -> Mapping[str, float]:
    """What was learnt: the weights of words and pairs, and behind "=" those of figures."""
    return _WEIGHTS


def _said_by(text: str) -> float:
    """What the words of a text weigh together."""
    known = weights()
    return sum(known.get(term, 0.0) for term in terms(text))


def stretches_of(passages: tuple[Passage, ...]) -> tuple[Stretch, ...]:
    """The few stretches whose words say most, the most telling first."""
    found = []
    left = _LOOKED_AT
    for number, passage in enumerate(passages):
        for start, end in cut(passage.text[:left]):
            if end - start < SHORT:
                continue
            found.append(Stretch(number, start, end, _said_by(passage.text[start:end])))
        left -= len(passage.text)
        if left <= 0:
            break
    chances = _CHANCES * log(max(1.0, sum(each.end - each.start for each in found) / LONG))
    found = [msgspec.structs.replace(each, score=round(each.score - chances, 3)) for each in found]
    # What is said twice, as on the masters of slides, is looked at once.
    found = list({each.score: each for each in reversed(found)}.values())
    found.sort(key=lambda each: (-each.score, each.passage, each.start))
    return tuple(found[:MOST])


def cut(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of at most `LONG` characters, each to the end of a line or a sentence where there is one."""
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > LONG:
            end = start + LONG
            for sign in ("\n", ". ", " "):
                place = text.rfind(sign, start + LONG // 2, end)
                if place > 0:
                    end = place + 1
                    break
        if text[start:end].strip():
            yield start, end
        start = end


def sentences(text: str) -> list[tuple[int, int]]:
    """Where sentences and lines stand."""
    found, start = [], 0
    for match in _SENTENCE.finditer(text):
        if match.start() > start:
            found.append((start, match.start()))
        start = match.end()
    if start < len(text):
        found.append((start, len(text)))
    return found


def telling(text: str) -> tuple[int, int]:
    """The sentence of a stretch whose words weigh most, where it begins and ends."""
    return max(sentences(text) or [(0, len(text))], key=lambda place: _said_by(text[place[0] : place[1]]))


def heaviest(text: str, most: int) -> list[tuple[int, int]]:
    """
    The words of a sentence that weigh most, in their order; a pair's weight counts for both its words.

    Everyday words ("or", "back") tell a reader nothing, so they are shown only where there are no others.
    """
    known = weights()
    listed = list(tokens(text))
    sign = _sign([word for word, _, _ in listed])
    weighed = []
    for place, (word, start, end) in enumerate(listed):
        weight = known.get(word, 0.0) + known.get(sign + word, 0.0)
        if place:
            weight += known.get(f"{listed[place - 1][0]} {word}", 0.0) / 2
        if place + 1 < len(listed):
            weight += known.get(f"{word} {listed[place + 1][0]}", 0.0) / 2
        if weight > 0 and word[0].isalpha():
            weighed.append((weight, start, end))
    rare = [each for each in weighed if text[each[1] : each[2]].casefold() not in COMMON]
    chosen = sorted(rare or weighed, key=lambda each: -each[0])[:most]
    return sorted((start, end) for _, start, end in chosen)
