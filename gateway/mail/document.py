"""What was found in one attachment: its type, its protection, its text."""

from typing import Literal

import msgspec

Protection = Literal["protected", "readable", "unknown"]
Grade = Literal["strong", "weak"]


class Passage(msgspec.Struct, frozen=True):
    """
    A run of text and the place in the document where it stands.

    *where* is for people: "page 2", "sheet Marks", "comment", "notes.docx in pack.zip".
    """

    where: str
    text: str


class Signal(msgspec.Struct, frozen=True):
    """
    A sensitive word: ``passages[passage].text[start:end]``, its kind and its weight (1 to 3).

    *kind* is a table of the word list: "health", "safeguarding", "lesson", …
    """

    passage: int
    start: int
    end: int
    kind: str
    weight: int


class Stretch(msgspec.Struct, frozen=True):
    """
    A stretch of a passage, and how much its words by themselves speak for a sensitive text (`sensitivity.learnt`).

    *start* to *end* is ``passages[passage].text[start:end]``; *score* has no unit, and 0 says nothing.
    """

    passage: int
    start: int
    end: int
    score: float


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """
    One attachment as the worker read it, everything inside it included.

    The worst leaf decides: *protection* is "protected" only when every leaf
    is, and *grade* is "weak" when one leaf's is. *complete* is False when
    something in it was not read to the end; *unread* then says why, in words
    safe for anybody. *unseen* counts the pictures, scanned pages among them, whose
    text nobody read, and *why_unseen* says why. *media_type* is decided from the bytes. *digest* is the
    SHA-256 of the bytes in hex. *signals* are the sensitive words in the passages, *stretches* those that say most in ordinary
    words, the most telling first.
    """

    media_type: str
    digest: str
    size: int
    protection: Protection
    grade: Grade | None = None
    passages: tuple[Passage, ...] = ()
    signals: tuple[Signal, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    complete: bool = True
    unread: str = ""
    unseen: int = 0
    why_unseen: str = ""
    reasons: tuple[str, ...] = ()
