"""From a verdict to what a tutor is told of it, ready for the templates."""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from gateway.mail.message import Message
from gateway.policy.finding import CopyCarers, Evidence, Initials, Protect, Remedy, SeparateCopies
from gateway.policy.verdict import Action, Clause, Judged, Verdict
from gateway.remedy.edit import one_line

# What these rules find must not be repeated in a mail: it is why the message was stopped.
SENSITIVE = frozenset(
    {"unprotected_attachment", "sensitive_subject", "sensitive_body", "sensitive_bulk", "password_included"}
)
_CONTEXT = 60  # characters shown on either side of what was found
_LONGEST = 160
_MOST_QUOTES = 5
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Outcome = Literal["rejected", "held", "changed", "protected", "advised"]


class Quote(msgspec.Struct, frozen=True):
    """A piece of the message: *matter* is what was found, between *before* and *after*."""

    where: str
    before: str
    matter: str
    after: str
    why: str


class Problem(msgspec.Struct, frozen=True):
    """One rule's findings, for people. *rule* chooses the heading."""

    rule: str
    summary: str
    suggestions: tuple[str, ...]
    quotes: tuple[Quote, ...]
    unquoted: int
    clauses: tuple[Clause, ...]


class Step(msgspec.Struct, frozen=True):
    """Something to do, or that was done: which remedy, and what it needs to be said."""

    kind: Literal["initials", "copy_carers", "separate_copies", "protect"]
    values: tuple[str, ...] = ()
    count: int = 0


class Explanation(msgspec.Struct, frozen=True):
    """
    The whole of it: what happened, what caused it, what to do.

    *fixable*: the gateway itself could put right everything that was found.
    """

    outcome: Outcome
    problems: tuple[Problem, ...]
    steps: tuple[Step, ...]
    subject: str
    recipients: tuple[str, ...]
    fixable: bool = False


def explain(
    message: Message | None,
    recipients: tuple[str, ...],
    verdict: Verdict,
    done: tuple[Remedy, ...] = (),
) -> Explanation:
    """
    Everything a template needs; every text is one line, without control characters.

    *done* is what was applied, where that is more than the findings' own remedies.
    """
    outcome = _outcome(verdict)
    judged = verdict.advice if outcome == "advised" else verdict.decisive
    grouped: dict[str, list[Judged]] = {}
    for each in judged:
        grouped.setdefault(each.finding.rule, []).append(each)
    remedies = dict.fromkeys(done or (each.finding.remedy for each in judged if each.finding.remedy))
    return Explanation(
        outcome=outcome,
        problems=tuple(_problem(rule, group) for rule, group in grouped.items()),
        steps=tuple(steps(remedies, message)),
        subject=_subject(message, grouped) if message else "",
        recipients=tuple(map(shown, recipients)),
        fixable=message is not None
        and not message.sealed
        and all(each.finding.remedy for each in verdict.decisive),
    )


def _subject(message: Message, rules: Iterable[str]) -> str:
    """The subject, unless it is itself what must not be repeated."""
    subject = shown(message.subject)
    return mask(subject) if "sensitive_subject" in rules else subject


def _outcome(verdict: Verdict) -> Outcome:
    if verdict.action is Action.REJECT:
        return "rejected"
    if verdict.action is Action.QUARANTINE:
        return "held"
    if verdict.action is Action.ENCRYPT:
        return "protected"
    return "changed" if verdict.action is Action.FIX else "advised"


def _problem(rule: str, group: list[Judged]) -> Problem:
    evidence = [each for judged in group for each in judged.finding.evidence]
    return Problem(
        rule=rule,
        summary=shown(group[0].finding.summary),
        suggestions=tuple(
            # Where there is a remedy, its step says it in fewer words.
            dict.fromkeys(
                shown(each.finding.suggestion)
                for each in group
                if each.finding.suggestion and not each.finding.remedy
            )
        ),
        quotes=tuple(quote(each, masked=rule in SENSITIVE) for each in evidence[:_MOST_QUOTES]),
        unquoted=max(0, len(evidence) - _MOST_QUOTES),
        clauses=tuple(dict.fromkeys(clause for each in group for clause in each.clauses)),
    )


def quote(evidence: Evidence, *, masked: bool) -> Quote:
    """The matter with a little around it; *masked* shows neither, only how long it is."""
    text = evidence.quote
    start, end = evidence.start, evidence.end
    if not 0 <= start < end <= len(text):
        start, end = 0, len(text)
    matter = text[start:end]
    if masked:
        return Quote(shown(evidence.where), "", mask(shown(matter)), "", shown(evidence.why))
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    return Quote(
        where=shown(evidence.where),
        before=("…" if start > _CONTEXT else "") + _kept(before),
        matter=shown(matter[:_LONGEST]) + ("…" if len(matter) > _LONGEST else ""),
        after=_kept(after) + ("…" if len(text) - end > _CONTEXT else ""),
        why=shown(evidence.why),
    )


def concealed(evidence: Evidence) -> Evidence:
    """The same evidence with a masked quote of the matter alone: what stands around it may say as much."""
    matter = quote(evidence, masked=True).matter
    return msgspec.structs.replace(evidence, quote=matter, start=0, end=len(matter))


def mask(text: str) -> str:
    """The first letter of each word and dots for the rest; short words are dots altogether."""
    return " ".join(
        (word[0] if len(word) > 3 and word[0].isalpha() else "•") + "•" * (min(len(word), 8) - 1)
        for word in text[:_LONGEST].split()
    )


def shown(text: str) -> str:
    """The text in one line, without characters that turn its direction round."""
    return one_line(_BIDI.sub("", text))


def _kept(text: str) -> str:
    """Like `shown`, but a space at either end, which parts the words, stays."""
    inner = shown(text)
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if inner and text[-1:].isspace() else ''}"


def steps(remedies: Iterable[Remedy], message: Message | None) -> Iterable[Step]:
    """What the remedies do, for people."""
    names = {part.path: part.filename for part in message.root.walk()} if message else {}
    for remedy in remedies:
        match remedy:
            case Initials(subject):
                yield Step("initials", (shown(subject),))
            case CopyCarers(add=add, apart=apart):
                yield Step("copy_carers", tuple(map(shown, dict.fromkeys((*add, *apart)))))
            case SeparateCopies(groups):
                yield Step("separate_copies", count=len(groups))
            case Protect(parts):
                yield Step("protect", tuple(shown(names.get(path) or path) for path in parts), len(parts))
