"""
What people wrote in their own words, in the audit trail: it may hold names and quote a message.

Whoever has opened the message reads it; to everybody else it says only that there is a note.
Ready words, such as the reasons that the console offers, are nobody's secret.
"""

import re
from collections.abc import Collection, Iterable

import msgspec

from gateway.mail.ids import as_id
from gateway.review.held import Entry

HIDDEN = "a note, shown when opened"
_FREE = ("note", "reason")
_DOWNLOADED = re.compile(r"downloaded file [\d.]{1,40}(?=$|: )")


def veiled(entries: Iterable[Entry], ready: Collection[str]) -> tuple[Entry, ...]:
    """The entries as anybody may read them; of a note that begins with one of the *ready* words, those."""
    return tuple(_veiled(each, ready) if as_id(each.subject) else each for each in entries)


def _veiled(entry: Entry, ready: Collection[str]) -> Entry:
    detail = {
        name: _public(text, ready) if name in _FREE and text else text for name, text in entry.detail.items()
    }
    return msgspec.structs.replace(entry, detail=detail)


def _public(text: str, ready: Collection[str]) -> str:
    downloaded = _DOWNLOADED.match(text)
    words = downloaded[0] if downloaded else next((each for each in ready if text.startswith(each)), "")
    return words if words == text else f"{words}: {HIDDEN}" if words else HIDDEN
