"""
Invented documents as tutors, schools, doctors and social workers write them, each with its label.

``texts.txt`` and ``fresh.txt`` have been tuned on; the others were
written by somebody who knew neither words nor rules (README.md).
"""

from pathlib import Path

import msgspec

HERE = Path(__file__).parent


class Text(msgspec.Struct, frozen=True):
    """One document: *sensitive* is what a careful person would say of it; *form* is what it is."""

    id: str
    sensitive: bool
    form: str
    text: str
    held_out: bool


def read_texts() -> list[Text]:
    """All of them, in the order of the files."""
    return [*_read("texts.txt", held_out=False), *_read("fresh.txt", held_out=True)]


def read_unseen(name: str) -> list[Text]:
    """The texts of somebody who knew neither words nor rules: ``rounds.txt``, ``unseen_dev.txt``, …"""
    return _read(name, held_out=True)


def _read(name: str, *, held_out: bool) -> list[Text]:
    found = []
    for block in (HERE / name).read_text("utf-8").split("### ")[1:]:
        head, _, text = block.partition("\n")
        key, label, form = head.split()
        found.append(Text(key, label == "sensitive", form, text.strip(), held_out))
    return found
