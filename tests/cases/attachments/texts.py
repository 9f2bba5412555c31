"""
Invented documents as tutors, schools, doctors and social workers write them, each with its label.

``texts.txt`` was labelled before anything was measured. Half of it (by the hash of
an id) is held out: the words and weights are mended on the other half alone.
"""

import hashlib
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("texts.txt")


class Text(msgspec.Struct, frozen=True):
    """One document: *sensitive* is what a careful person would say of it; *form* is what it is."""

    id: str
    sensitive: bool
    form: str
    text: str

    @property
    def held_out(self) -> bool:
        """Whether nobody looks at it while mending."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 0


def read_texts() -> list[Text]:
    """All of them, in the order of the file."""
    found = []
    for block in FILE.read_text("utf-8").split("### ")[1:]:
        head, _, text = block.partition("\n")
        name, label, form = head.split()
        found.append(Text(name, label == "sensitive", form, text.strip()))
    return found
