"""Names cut down to initials, and texts in which initials stand for names."""

from collections.abc import Iterable, Mapping

from gateway.register.naming import NamedPerson


def initials(person: NamedPerson, more: int = 0) -> str:
    """Zoë Marsh is Z.M.; *more* letters of the surname tell her from another Z.M. ("Z.Ma.")."""
    given, family = person.given_name.strip(), person.family_name.strip()
    if family and given:
        return f"{given[0].upper()}.{family[0].upper()}{family[1 : 1 + more].lower()}."
    only = given or family
    return f"{only[:1].upper()}{only[1 : 1 + more].lower()}."


def told_apart(people: Iterable[NamedPerson], among: Iterable[NamedPerson]) -> dict[str, str]:
    """
    The initials of *people* by id, longer where somebody else in *among* has the same.

    A name is never spelled out: where two letters more do not tell them apart,
    the shared initials remain.
    """
    everybody = {id(each): each for each in (*people, *among)}.values()
    return {person.id: _distinct(person, everybody) for person in people}


def _distinct(person: NamedPerson, everybody: Iterable[NamedPerson]) -> str:
    for more in (0, 1, 2):
        if more and len(person.family_name) <= more + 2:
            break
        text = initials(person, more)
        others = (each for each in everybody if each is not person and each.id != person.id)
        if all(initials(each, more) != text for each in others):
            return text
    return initials(person)


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
