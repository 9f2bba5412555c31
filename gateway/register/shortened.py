"""Names cut down to initials, and texts in which initials stand for names."""

from collections.abc import Iterable, Mapping

from gateway.register.naming import NamedPerson

# How many more letters of first name and surname tell people with the same initials apart.
_LONGER = ((0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (1, 1), (2, 2))


def initials(person: NamedPerson, given_more: int = 0, family_more: int = 0) -> str:
    """Zoë Marsh is "Z.M."; with more letters of either name "Z.Ma." or "Zo.M."."""
    names = ((person.given_name.strip(), given_more), (person.family_name.strip(), family_more))
    return "".join(f"{name[0].upper()}{name[1 : 1 + more].lower()}." for name, more in names if name)


def told_apart(people: Iterable[NamedPerson], among: Iterable[NamedPerson]) -> dict[str, str]:
    """
    The initials of *people* by id, longer where somebody else in *among* has the same.

    No name is ever spelled out: where a few letters more do not tell them apart,
    the shared initials remain.
    """
    everybody = {id(each): each for each in (*people, *among)}.values()
    return {person.id: _distinct(person, everybody) for person in people}


def _distinct(person: NamedPerson, everybody: Iterable[NamedPerson]) -> str:
    others = [each for each in everybody if each is not person and each.id != person.id]
    for given_more, family_more in _LONGER:
        if _spells_out(person.given_name, given_more) or _spells_out(person.family_name, family_more):
            continue
        text = initials(person, given_more, family_more)
        if all(initials(each, given_more, family_more) != text for each in others):
            return text
    return initials(person)


def _spells_out(name: str, more: int) -> bool:
    return more > 0 and len(name.strip()) <= more + 2


def replaced(text: str, spans: Mapping[tuple[int, int], str]) -> str:
    """The text with other words in these places; a full stop is not doubled."""
    out: list[str] = []
    position = 0
    for (start, end), words in sorted(spans.items()):
        if start < position:
            continue
        out += [text[position:start], words]
        position = end + 1 if text[end : end + 1] == "." and words.endswith(".") else end
    return "".join([*out, text[position:]])
