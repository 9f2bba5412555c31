"""What a reader of a format says about the file it reads, and where that file lies."""

import re
import time
from collections.abc import Callable

from gateway.documents.limits import Limits
from gateway.mail.document import Grade, Passage, Protection
from gateway.mail.public import Public, public

_BLANKS = re.compile(r"[ \u00a0]{2,}")


class Findings:
    """Everything that was found in one attachment so far. Written to by readers through `Place`."""

    def __init__(self, limits: Limits, *, settles: bool = False) -> None:
        self.limits = limits
        self.settles = settles  # only the state of protection is asked for
        self.passages: list[Passage] = []
        self.properties: list[tuple[str, str]] = []
        self.leaves: list[tuple[Protection, Grade | None]] = []
        self.reasons: list[str] = []
        self.unread: Public | None = None
        self.entries = 0
        self.unpacked = 0
        self.characters = 0
        self.tags = 0
        self.pictures = 0
        self.ocr_seconds = 0.0
        self.unseen = 0
        self.why_unseen: Public | None = None
        self.stop = time.process_time() + limits.seconds * 0.8

    @property
    def late(self) -> bool:
        """Whether most of the time is used up, so that optional work is left undone."""
        return time.process_time() > self.stop


class TooMuch(Exception):
    """A limit is reached: nothing further of this attachment is read."""

    def __init__(self, what: Public) -> None:
        super().__init__(str(what))
        self.what = what


class Settled(Exception):
    """Something in it is readable, which decides what the whole is; what follows need not be looked at."""


class Place:
    """
    One file on the way down into an attachment.

    *name* is how a person would find it ("notes.docx in pack.zip"), "" for the
    attachment itself.
    """

    def __init__(
        self, findings: Findings, read: "Callable[[bytes, Place], None]", name: str = "", depth: int = 0
    ) -> None:
        self.findings = findings
        self._read = read
        self.name = name
        self.depth = depth

    def text(self, where: str, text: str) -> None:
        """
        A run of text that a reader can see.

        Raises:
            TooMuch: the attachment has more text than is read.
        """
        # One blank between words: a page's lines end in two characters, and phrases go on over them.
        found = self.findings
        if found.settles:
            return
        text = text.replace("\r\n", "\n").strip()
        if "  " in text or "\u00a0" in text:
            text = _BLANKS.sub(" ", text)
        if not text:
            return
        found.characters += len(text)
        if found.characters > found.limits.text:
            raise TooMuch(public("it has more than {limit} characters of text", limit=found.limits.text))
        whole = ", ".join(filter(None, (self.name, where)))
        found.passages.append(Passage(whole, text))

    @property
    def settles(self) -> bool:
        """Whether only the state of protection is asked for, so that text need not be made."""
        return self.findings.settles

    def note(self, name: str, value: str) -> None:
        """A property of the file: title, subject, keywords, sensitivity label."""
        if value.strip():
            self.findings.properties.append((name, value.strip()[:2_000]))

    def leaf(self, protection: Protection, reason: str, grade: Grade | None = None) -> None:
        """
        What holds content: readable, protected (then with a grade), or unknown.

        Raises:
            Settled: only the state of protection is asked for, and this decides it.
        """
        self.findings.leaves.append((protection, grade))
        if self.findings.settles and protection == "readable":
            raise Settled
        reason = f"{self.name}: {reason}" if self.name else reason
        if reason not in self.findings.reasons and len(self.findings.reasons) < 200:
            self.findings.reasons.append(reason)

    def unread(self, why: Public) -> None:
        """Something here was not read to its end; the first such reason is kept."""
        if self.findings.unread is None:
            self.findings.unread = why

    def unseen(self, why: Public) -> None:
        """A picture, or a page that is one, whose text nobody read; the first reason is kept."""
        self.findings.unseen += 1
        self.findings.why_unseen = self.findings.why_unseen or why

    def open(self, name: str, data: bytes) -> None:
        """
        Read a file that lies inside this one.

        Raises:
            TooMuch: it would be too deep, or one too many, or too big in all.
        """
        found, limits = self.findings, self.findings.limits
        self.has_room_for(len(data))
        self.may_hold(1)
        found.entries += 1
        found.unpacked += len(data)
        if self.depth >= limits.depth:
            raise TooMuch(public("files are nested more than {limit} deep in it", limit=limits.depth))
        name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
        whole = " in ".join(filter(None, (name, self.name)))
        self._read(data, Place(found, self._read, whole, self.depth + 1))

    def may_hold(self, entries: int) -> None:
        """
        Whether that many more files may be opened.

        Raises:
            TooMuch: they may not.
        """
        limit = self.findings.limits.entries
        if self.findings.entries + entries > limit:
            raise TooMuch(public("it has more than {limit} files inside", limit=limit))

    def has_room_for(self, size: int) -> None:
        """
        Whether that many more bytes may be unpacked.

        Raises:
            TooMuch: they may not.
        """
        if size > self.room:
            raise TooMuch(
                public("it unpacks to more than {limit} bytes", limit=self.findings.limits.unpacked)
            )

    def may_take(self, tags: int) -> None:
        """
        Whether XML with that many more tags may be read, which takes some three microseconds for each.

        Raises:
            TooMuch: it may not.
        """
        self.findings.tags += tags
        limit = self.findings.limits.tags
        if self.findings.tags > limit:
            raise TooMuch(public("it has more than {limit} tags", limit=limit))

    @property
    def room(self) -> int:
        """How many bytes may still be unpacked."""
        return self.findings.limits.unpacked - self.findings.unpacked
