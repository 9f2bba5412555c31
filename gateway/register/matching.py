"""What was found of a name so far, and how two findings become one."""

import msgspec

from gateway.register.folding import Word
from gateway.register.naming import Form
from gateway.register.vocabulary import COMMON, GRAMMAR, ORDINARY, Kind


class Found(msgspec.Struct):
    """A match while it is being put together: whom it belongs to (by number) under which form."""

    first: int
    last: int
    holders: dict[int, Form]
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


def shared_by(one: dict[int, Form], other: dict[int, Form]) -> dict[int, Form]:
    """The people to whom both names belong, as given name and family name in either order."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return {
        number: Form.FULL
        for number, form in small.items()
        if number in large and (form == Form.FAMILY) != (large[number] == Form.FAMILY)
    }


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
    if Form.FULL in left.holders.values():
        again = {number: Form.FULL for number in left.holders if number in right.holders}
        return Found(left.first, right.last, again, left.kind and right.kind, left.note) if again else None
    shared = shared_by(left.holders, right.holders)
    if not shared:
        return None
    kind = left.kind if left.kind and right.kind else ""
    return Found(left.first, right.last, shared, kind, left.note or right.note)
