"""The name of a file says of whom its text is: "Rose Whitfield.docx", in which there is only "she". Pure."""

import re

import msgspec

from gateway.mail.document import Document, Passage
from gateway.register.register import Register
from gateway.sensitivity.assessment import LEVELS, Assessment
from gateway.sensitivity.classify import assess, is_weighed
from gateway.sensitivity.person import ALOOF
from gateway.sensitivity.who import who_in

_ENDING = re.compile(r"\.\w{1,5}$")
_BETWEEN = re.compile(r"[_+.-]+")
_SOMEBODY = 1.5  # the least weight of a sign that a file's name names somebody


def assess_file(document: Document, filename: str, register: Register) -> tuple[Document, Assessment]:
    """A document as it is, or with its file's name above the text where that says more, and what is made of it."""
    made = assess(document, register)
    if made.level == LEVELS[-1]:
        return document, made
    named = titled(document, filename, register)
    if named is None:
        return document, made
    more = assess(named, register)
    return (named, more) if _rank(more) > _rank(made) else (document, made)


def _rank(made: Assessment) -> int:
    return LEVELS.index(made.level) if made.level else -1


def titled(document: Document, filename: str, register: Register) -> Document | None:
    """The document with its file's name above each text that may tell something; None where it names nobody."""
    title = _BETWEEN.sub(" ", _ENDING.sub("", filename)).strip()
    if not title or not is_weighed(document):
        return None
    if all(each.weight < _SOMEBODY or each.why in ALOOF for each in who_in(title, register)):
        return None
    telling = {each.passage for each in document.signals} | {each.passage for each in document.stretches}
    by = len(title) + 1
    return msgspec.structs.replace(
        document,
        passages=tuple(
            Passage(each.where, f"{title}\n{each.text}") if number in telling else each
            for number, each in enumerate(document.passages)
        ),
        signals=tuple(
            msgspec.structs.replace(each, start=each.start + by, end=each.end + by)
            for each in document.signals
        ),
        stretches=tuple(msgspec.structs.replace(each, end=each.end + by) for each in document.stretches),
    )
