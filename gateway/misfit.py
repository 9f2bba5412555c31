"""What msgspec says of a value that does not fit, for whoever has never seen a type."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.quantities import ADDRESS

_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list in brackets",
    "object": "a table",
    "null": "nothing",
}
_BOUND = re.compile(r"(\w+) (>=|<=) (-?[\d.]+)")
# What a text has to be like, by the pattern that it is held against.
TERM = r"\w"
_FORMS = {TERM: "a word", ADDRESS: "an address"}


def in_words(expected: str) -> str:
    """What is expected: "`int` >= 1" is "a whole number, at least 1"."""
    expected = expected.replace("`", "")
    if bound := _BOUND.fullmatch(expected):
        least = "at least" if bound[2] == ">=" else "at most"
        return f"{_WORDS.get(bound[1], bound[1])}, {least} {bound[3].removesuffix('.0')}"
    for pattern, form in _FORMS.items():
        if expected.endswith(f"matching regex {pattern!r}"):
            return form
    return " or ".join(_WORDS.get(each, each) for each in expected.split(" | "))


def shown(table: Mapping[str, Any], path: str) -> str:
    """What stands in a table at a path such as "smtp.listen[0]", cut where it is long."""
    found: Any = table
    for step in filter(None, path.replace("[", ".").replace("]", "").split(".")):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return "a bad value"
    return repr(found)[:80]
