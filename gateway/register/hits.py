"""The names that were found in a line of text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, overload

import msgspec

from gateway.register.folding import Word
from gateway.register.matching import Holders
from gateway.register.naming import NamedPerson
from gateway.register.vocabulary import Kind

Called = Literal["full", "given", "family", "part"]

SLIP = "with one letter changed"  # the note of a name that is misspelt


class Namesakes(Sequence[NamedPerson]):
    """The people who are called so; looked at one by one, since there may be thousands."""

    __slots__ = ("_holders", "_number_of", "_people")

    def __init__(
        self, people: tuple[NamedPerson, ...], number_of: Mapping[int, int], holders: Holders
    ) -> None:
        self._people = people
        self._number_of = number_of
        self._holders = holders

    def __len__(self) -> int:
        return len(self._holders)

    def __iter__(self) -> Iterator[NamedPerson]:
        return (self._people[number] for number in self._holders)

    def __contains__(self, person: object) -> bool:
        number = self._number_of.get(id(person))
        return number is not None and self._holders.form_of(number) is not None

    @overload
    def __getitem__(self, at: int) -> NamedPerson: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[NamedPerson]: ...

    def __getitem__(self, at: int | slice) -> NamedPerson | Sequence[NamedPerson]:
        return tuple(self)[at]


class NameHit(msgspec.Struct, frozen=True):
    """
    A stretch ``text[start:end]`` that is how somebody is called.

    *people* may be several: a first name is shared by many. *form* says which
    name it is; "part" is a second given name. *kind* is not "" where the name is
    an ordinary word as well. *first* and *last* number the words it covers.
    *note* says what made it a name where it is not written as registered.
    """

    start: int
    end: int
    form: Called
    people: Sequence[NamedPerson]
    kind: Kind = ""
    first: int = 0
    last: int = 0
    note: str = ""

    @property
    def ordinary(self) -> bool:
        """Whether it is an ordinary word too, and only its use can make it a name."""
        return bool(self.kind)


class Line(msgspec.Struct, frozen=True):
    """A text with its words and the names in it."""

    text: str
    words: tuple[Word, ...]
    hits: tuple[NameHit, ...]
