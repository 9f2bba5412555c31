"""Ids of messages, from queue to review: short, unguessable, easy to read aloud."""

import os

# Crockford's base 32: no I, L, O or U, so nothing is mistaken for a digit and no word is spelt.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DRAWN = _ALPHABET.encode() * 8  # every letter stands for eight of the 256 octets
_LENGTH = 10  # 50 bits
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


def new_id() -> str:
    """Such as ``Q7F3K-9WDTB``."""
    letters = os.urandom(_LENGTH).translate(_DRAWN).decode()
    return f"{letters[:5]}-{letters[5:]}"


def as_id(text: str) -> str:
    """An id as somebody typed it, in the form it is stored in; "" where it cannot be one."""
    letters = text.upper().translate(_MISREAD)
    if len(letters) != _LENGTH or not set(letters) <= set(_ALPHABET):
        return ""
    return f"{letters[:5]}-{letters[5:]}"
