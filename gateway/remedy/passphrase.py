"""Passphrases that resist offline guessing and can be read out on the telephone."""

import secrets
from functools import cache
from importlib.resources import files

SEPARATOR = "-"


@cache
def _words() -> tuple[str, ...]:
    """The EFF's long list (7,776 words, 2016), less the few that hold a hyphen themselves."""
    text = (files("xkcdpass") / "static" / "eff-long").read_text("utf-8")
    return tuple(word for word in text.split() if word.isalpha())


def new_passphrase(words: int = 6) -> str:
    """That many words of the list with hyphens between: 12.9 bits each, 77 bits for six."""
    return SEPARATOR.join(secrets.choice(_words()) for _ in range(words))
