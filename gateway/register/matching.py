"""What was found of a name so far, and how two findings become one."""

from bisect import bisect_left
from collections.abc import Iterator

import msgspec

from gateway.register.folding import Word
from gateway.register.naming import Form
from gateway.register.vocabulary import COMMON, GRAMMAR, ORDINARY, Kind

_FORMS = tuple(Form)
_SAMPLE = 64  # of those who share a name, so many decide what kind of name it is


class Holders:
    """
    Whom a name belongs to, by number, and as which of their names. Strictly read-only.

    *posting* holds ``person * 4 + form`` in rising order. A first name may have
    thousands of holders, so nothing here walks through all of them unasked.
    """

    __slots__ = ("_posting",)

    def __init__(self, posting: tuple[int, ...]) -> None:
        self._posting = posting

    def __len__(self) -> int:
        return len(self._posting)

    def __iter__(self) -> Iterator[int]:
        last = -1
        for each in self._posting:
            if each >> 2 != last:
                last = each >> 2
                yield last

    def form_of(self, number: int) -> Form | None:
        """As which of this person's names; None where it is none of theirs."""
        place = bisect_left(self._posting, number * 4)
        if place < len(self._posting) and self._posting[place] >> 2 == number:
            return _FORMS[self._posting[place] & 3]
        return None

    @property
    def form(self) -> Form:
        """What kind of name it is, for most telling of those who bear it."""
        return _FORMS[min(each & 3 for each in self._posting[:_SAMPLE])]

    @property
    def families(self) -> bool:
        """Whether it is a surname."""
        return any(each & 3 == Form.FAMILY for each in self._posting[:_SAMPLE])

    @classmethod
    def in_full(cls, numbers: "list[int]") -> "Holders":
        """Those whose full name it is."""
        return cls(tuple(sorted(number * 4 for number in numbers)))


NOBODY = Holders(())


class Found(msgspec.Struct):
    """A match while it is being put together, and whom it belongs to."""

    first: int
    last: int
    holders: Holders
    kind: Kind
    note: str = ""


def may_join(pieces: tuple[Word, ...], key: str) -> bool:
    """Whether two or more words may spell a name of one word: not where they are words themselves."""
    if len(key) < 4:
        return False
    if all(piece.gap in ("", "'", "-") for piece in pieces[1:]):
        return True
    return not any(
        len(piece.folded) == 1
        or piece.folded in COMMON
        or (len(piece.folded) > 3 and piece.folded in ORDINARY)
        for piece in pieces
    )


def shared_by(one: Holders, other: Holders) -> Holders:
    """The people to whom both names belong, as given name and family name in either order."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    both = []
    for number in small:
        form = large.form_of(number)
        if form is not None and (form == Form.FAMILY) != (small.form_of(number) == Form.FAMILY):
            both.append(number)
    return Holders.in_full(both)


def together(left: Found, right: Found, spread: tuple[Word, ...]) -> Found | None:
    """The full name that two neighbouring names of one person are, or None."""
    between = spread[left.last : right.first]
    if len(between) > 1 or any(
        not (word.initial or word.folded in GRAMMAR["particles"]) or len(word.gap) > 2 for word in between
    ):
        return None
    gap = spread[right.first].gap
    if len(gap) > 3 or gap.strip(" ,-._'\"()"):
        return None
    if left.holders.form is Form.FULL:
        if spread[left.first].capital and not spread[right.first].capital:
            return None  # "Max Field, field trip"
        again = [number for number in left.holders if right.holders.form_of(number) is not None]
        if not again:
            return None
        kind = left.kind if right.kind else ""
        return Found(left.first, right.last, Holders.in_full(again), kind, left.note)
    shared = shared_by(left.holders, right.holders)
    if not shared:
        return None
    kind = left.kind if left.kind and right.kind else ""
    return Found(left.first, right.last, shared, kind, left.note or right.note)
