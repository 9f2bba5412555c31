"""Everything a person of the register is called, in the forms that a text is compared with."""

from collections.abc import Iterator
from enum import IntEnum

import msgspec

from gateway.register.folding import spelled_out, words
from gateway.register.model import Pupil, SchoolContact, Staff
from gateway.register.vocabulary import GRAMMAR, nicknames_of

NamedPerson = Pupil | Staff | SchoolContact


class Form(IntEnum):
    """Which of somebody's names it is; PART is a second given name."""

    FULL = 0
    GIVEN = 1
    FAMILY = 2
    PART = 3


class Key(msgspec.Struct, frozen=True):
    """One folded form of a name; *several* where it is written in more than one word."""

    text: str
    form: Form
    several: bool = False


def called(person: NamedPerson) -> Iterator[tuple[str, Form]]:
    """The person's names as they are registered."""
    yield person.given_name, Form.GIVEN
    yield person.family_name, Form.FAMILY
    if isinstance(person, Pupil | Staff):
        yield person.preferred_name, Form.GIVEN
        for name in person.other_names:
            yield name, Form.FULL if len(words(name)) > 1 else Form.GIVEN


def short_forms(person: NamedPerson) -> frozenset[str]:
    """Short forms and other spellings of the person's first name, registered or not."""
    spread = words(person.given_name)
    return nicknames_of(spread[0].folded) if spread else frozenset()


def keys(name: str, form: Form) -> Iterator[Key]:
    """The folded forms of one registered name: whole, and the parts that stand for it."""
    spread = words(name)
    if not spread:
        return
    folded = [word.folded for word in spread]
    several = len(folded) > 1
    for whole in {"".join(folded), *spelled_out(name)}:
        yield Key(whole, form, several)
        for prefix, other in (("mac", "mc"), ("mc", "mac"), ("saint", "st"), ("st", "saint")):
            applies = form is Form.FAMILY and (several or prefix.startswith("m"))
            if applies and whole.startswith(prefix) and len(whole) > len(prefix) + 2:
                yield Key(other + whole.removeprefix(prefix), form, several)
    if not several:
        return
    if all(len(each) == 1 for each in folded):  # a script without spaces: the family name comes first
        if form is Form.FULL and len(folded) in (3, 4):
            yield Key("".join(folded[-2:]), Form.GIVEN, several=True)
        return
    telling = [word for word in spread if len(word.folded) > 2 and word.folded not in GRAMMAR["particles"]]
    for position, word in enumerate(telling):
        as_form = _part(form, position, len(telling), telling[0] is spread[0])
        for part in (word.folded, *spelled_out(name[word.start : word.end])):
            yield Key(part, as_form)


def _part(form: Form, position: int, count: int, leads: bool) -> Form:
    """What one word of a name of several words is."""
    if form is Form.FAMILY:
        return Form.FAMILY
    if position == 0 and (leads or form is Form.FULL):
        return Form.GIVEN
    return Form.FAMILY if form is Form.FULL and position == count - 1 else Form.PART
