"""
Words that are names and something else as well, from the lists in ``config/words``.

They are read once, when this module is imported; judging touches no file.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from nicknames import NickNamer

from gateway.register.folding import words

Kind = Literal["", "word", "time", "place", "mild"]

_HERE = Path(__file__).parent.parent
FOLDER = (_HERE / "_config" if (_HERE / "_config").is_dir() else _HERE.parent / "config") / "words"


def _lines(name: str) -> list[str]:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def read_toml(name: str) -> dict[str, Any]:
    """A list that is kept as TOML, as it stands there."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def read_table(name: str) -> dict[str, tuple[str, ...]]:
    """A list of plain words: its keys and their words."""
    return {key: tuple(words) for key, words in read_toml(name).items()}


def read_weights(name: str) -> dict[str, float]:
    """A list of a weight, a tab and a term in each line, by its terms."""
    found = {}
    for line in _lines(name):
        weight, _, term = line.partition("\t")
        found[term] = float(weight)
    return found


def _sections(name: str) -> dict[str, frozenset[str]]:
    """A list's words by its sections."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in _lines(name):
        if line.startswith("["):
            section = line[1 : line.index("]")]
        else:
            found.setdefault(section, set()).update(line.split())
    return {section: frozenset(words) for section, words in found.items()}


def _kinds() -> dict[str, Kind]:
    """Each ordinary word with its section; of several sections the one that says least counts."""
    sections = _sections("ordinary")
    kinds: dict[str, Kind] = dict.fromkeys(sections["mild"], "mild")
    kinds.update(dict.fromkeys((f"{word}s" for word in COMMON if len(word) > 2), "word"))
    kinds.update(dict.fromkeys(COMMON, "word"))
    kinds.update(dict.fromkeys(sections["word"], "word"))
    kinds.update(dict.fromkeys(sections["place"], "place"))
    kinds.update(dict.fromkeys(sections["time"], "time"))
    return kinds


def _phrases() -> dict[str, tuple[tuple[str, ...], ...]]:
    """The fixed expressions by their first word, the longest first."""
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for line in _lines("phrases"):
        phrase = tuple(word.folded for word in words(line))
        by_first.setdefault(phrase[0], []).append(phrase)
        if "and" in phrase:
            by_first[phrase[0]].append(tuple("&" if word == "and" else word for word in phrase))
    return {first: tuple(sorted(found, key=len, reverse=True)) for first, found in by_first.items()}


COMMON = frozenset(word for line in _lines("common") for word in line.split())
ORDINARY = _kinds()
# What the words around a name say about it, by section.
GRAMMAR = _sections("grammar")
PHRASES = _phrases()
# Works by their titles' words, with the words that are names of people in them.
WORKS = {
    tuple(word.folded for word in words(title)): frozenset(
        word.folded for name in people for word in words(name)
    )
    for title, people in read_table("works").items()
}
MAIL_DOMAINS = frozenset(word for line in _lines("mail_domains") for word in line.split())
_nicknames = NickNamer()
# Every short form and other spelling of any given name.
_variants = {name: frozenset(line.split()) - {name} for line in _lines("variants") for name in line.split()}
SHORT_FORMS = frozenset(_nicknames.canonical_lookup) | _variants.keys()


@lru_cache(maxsize=65_536)
def nicknames_of(given: str) -> frozenset[str]:
    """The short forms and other spellings that people use for a (folded) given name."""
    if not given:
        return frozenset()
    return frozenset(_nicknames.nicknames_of(given)) | _variants.get(given, frozenset())


_GIVEN = frozenset(" ".join(_lines("given_names")).split())


def is_first_name(folded: str) -> bool:
    """Whether people in Britain bear it as their given name, and it is hardly a word besides."""
    return folded in _GIVEN


@lru_cache(maxsize=65_536)
def is_given_name(folded: str) -> bool:
    """Whether it is an English given name at all, registered or not."""
    return bool(_nicknames.nicknames_of(folded)) or bool(_nicknames.canonicals_of(folded))
