"""What weighed in an assessment, shown as evidence of a finding."""

from collections.abc import Iterator

from gateway.mail.document import Document
from gateway.policy.finding import Evidence
from gateway.sensitivity.assessment import Assessment

_AROUND = 40  # characters shown on both sides
_MOST = 8

# What people call the kinds of the word list.
KINDS = {
    "health": "health",
    "needs": "special educational needs",
    "safeguarding": "safeguarding",
    "care": "care status",
    "offending": "behaviour or offending",
    "equality": "origin, belief or identity",
    "court": "family court matters",
    "finance": "a family's finances",
    "marking": "a protective marking",
}


def evidence_of(document: Document, made: Assessment, name: str = "") -> Iterator[Evidence]:
    """The strongest few places, each with the line around it; *name* is the file's."""
    for reason in made.reasons[:_MOST]:
        passage = document.passages[reason.passage]
        start = max(0, reason.start - _AROUND)
        yield Evidence(
            where=", ".join(filter(None, (name, passage.where))),
            quote=passage.text[start : reason.end + _AROUND],
            start=reason.start - start,
            end=reason.end - start,
            why=KINDS.get(reason.why, reason.why),
            at=reason.start,
        )
