"""A finding: one rule's complaint about one message, and the remedy it offers."""

from typing import Literal

import msgspec

from gateway.mail.public import Public

Confidence = Literal["low", "medium", "high"]


class Evidence(msgspec.Struct, frozen=True):
    """
    What in the message caused a finding. Private: for the tutor and reviewers.

    *where* names the place as a person would ("subject", "Cc", "report.docx,
    page 2"); *quote* is the text there; *start* and *end* are the offsets of the
    matter in *quote*; *why* says what makes it so. *at* is the character of the place at which the matter begins,
    from 0, where the rule knows it.
    """

    where: str
    quote: str = ""
    start: int = 0
    end: int = 0
    why: str = ""
    at: int | None = None


class Initials(msgspec.Struct, frozen=True, tag="initials"):
    """Remedy: replace the subject by *subject*."""

    subject: str


class CopyCarers(msgspec.Struct, frozen=True, tag="copy_carers"):
    """
    Remedy: add these carers' addresses to Cc and to the envelope.

    *of* holds the pupils' addresses that the carers are added for: where each
    family gets a copy of its own, the carers join that of their pupil. *apart*
    lists carers who must not see the others' addresses (separated parents) and
    so get a copy of their own, whether or not they are recipients already.
    """

    add: tuple[str, ...]
    apart: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


class SeparateCopies(msgspec.Struct, frozen=True, tag="separate_copies"):
    """
    Remedy: each group of recipients gets a copy that shows only that group.

    *groups* holds the addresses household by household.
    """

    groups: tuple[tuple[str, ...], ...]


class Protect(msgspec.Struct, frozen=True, tag="protect"):
    """Remedy: encrypt the parts with these paths."""

    parts: tuple[str, ...]


Remedy = Initials | CopyCarers | SeparateCopies | Protect


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """
    One rule's complaint.

    *summary* is one sentence for anybody, *suggestion* tells the tutor what to
    do and may name people. *kind* tells variants of one rule apart, so that a
    pack can treat them differently ("attachment_name"). *about* holds the ids
    of the register's people that it concerns.
    """

    rule: str
    summary: Public
    evidence: tuple[Evidence, ...] = ()
    suggestion: str = ""
    confidence: Confidence = "high"
    kind: str = ""
    about: tuple[str, ...] = ()
    remedy: Remedy | None = None
