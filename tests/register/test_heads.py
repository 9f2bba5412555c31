"""Words that begin like no name are passed over; that may change nothing of what is found."""

import random

import pytest

from gateway.register.hits import NameHit
from gateway.register.model import People, Pupil
from gateway.register.names import NameIndex

_PEOPLE = People(
    pupils=tuple(
        Pupil(id=f"p{number}", given_name=given, family_name=family)
        for number, (given, family) in enumerate(
            [
                ("Niamh", "Okonkwo"),
                ("Jo", "Li"),
                ("Xiao Ming", "Wu"),
                ("Jean Luc", "O'Neill"),
                ("Lian", "Petrova"),
                ("Ольга", "Петрова"),
                ("Zoë", "Müller"),
                ("Ian", "Small-Hill"),
            ]
        )
    )
)
_WRITTEN = [
    *(
        "Niamh",
        "Okonkwo",
        "N1amh",
        "Niamhs",
        "okonkwon",
        "jokwo",
        "niamhreport",
        "liniamh",
        "Jo",
        "JoLi",
        "Jean",
        "Luc",
    ),
    *(
        "JeanLuc",
        "Xiao",
        "Ming",
        "XiaoMing",
        "X1aoMing",
        "lan",
        "Iian",
        "L1an",
        "l1an",
        "Lian",
        "O",
        "Neill",
        "ONeill",
    ),
    *(
        "0Neill",
        "Петрову",
        "Ольге",
        "Zoe",
        "Müller",
        "Mueller",
        "MULLER",
        "Muller",
        "Small",
        "Hill",
        "SmallHill",
        "5mall",
    ),
    *("N", "I", "A", "M", "H", "lesson", "1001", "1eans", "3x", "homework", "the", "@", "$mall", "N1@mh"),
]


class _Any(frozenset[str]):
    """Holds whatever it is asked for."""

    def __contains__(self, head: object) -> bool:
        return True


class _Thorough(NameIndex):
    """Looks at every word as if it might be a name."""

    def __init__(self, people: People) -> None:
        super().__init__(people)
        self._heads = _Any()


@pytest.mark.parametrize("seed", range(4))
def test_passing_over_most_words_loses_no_name(seed: int) -> None:
    chance, quick, thorough = random.Random(seed), NameIndex(_PEOPLE), _Thorough(_PEOPLE)
    named = 0
    for _ in range(1_000):
        text = "".join(
            chance.choice(_WRITTEN) + chance.choice([" ", " ", "", "-", "_", ", ", "."])
            for _ in range(chance.randint(1, 7))
        )
        found = [*map(_what, quick.find(text))]
        assert found == [*map(_what, thorough.find(text))], text
        named += bool(found)
    assert named > 500


def _what(hit: NameHit) -> tuple[object, ...]:
    return hit.start, hit.end, hit.form, hit.note, tuple(person.given_name for person in hit.people)
