"""
Sensitive matter is not referred to in a subject at all (SPT 6.2.5).

Some terms are hardly ever written but about somebody ("safeguarding referral").
Others are sensitive beside a person: initials in the subject, or a family among
the recipients. A subject about training or a lesson is neither.
"""

import re
from collections.abc import Iterator

from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings, Term
from gateway.policy.finding import Evidence, Finding
from gateway.register.model import Carer, Pupil
from gateway.register.named import Look
from gateway.register.register import Register
from gateway.register.vocabulary import read_table

_WORDS = read_table("subject_terms")


class Settings(RuleSettings, frozen=True):
    """*more*: further terms that are sensitive by themselves. *allow*: terms that are not."""

    more: tuple[Term, ...] = ()
    allow: frozenset[Term] = frozenset()


def _pattern(terms: tuple[str, ...], flags: re.RegexFlag = re.IGNORECASE) -> "re.Pattern[str]":
    # In groups by their first letter and in those by their second: most words are passed over at a glance.
    groups: dict[str, dict[str, list[str]]] = {}
    for term in terms:
        written = re.escape(term.rstrip("*")).replace(r"\ ", r"[\s-]+") + (
            r"\w*" if term.endswith("*") else ""
        )
        head = term[:2] if term[:2].isascii() and term[:2].isalpha() else ""
        head = head.lower() if flags & re.IGNORECASE else head
        groups.setdefault(head[:1], {}).setdefault(head[1:], []).append(written[len(head) :])
    each = _alternatives({first: _alternatives(groups[first]) for first in groups})
    return re.compile(rf"\b(?:{'|'.join(each)})\b", flags)


def _alternatives(groups: dict[str, list[str]]) -> list[str]:
    """One for each beginning, those without any last; the longest first in each."""
    return [
        f"{head}(?:{'|'.join(sorted(groups[head], key=len, reverse=True))})"
        for head in sorted(groups, reverse=True)
    ]


_ALONE = _pattern(_WORDS["alone"])
_BESIDE = _pattern(_WORDS["beside"])
_ACRONYMS = _pattern(_WORDS["acronyms"], re.NOFLAG)
_OTHERWISE = _pattern(_WORDS["otherwise"])
_GENERAL = _pattern(_WORDS["general"])
# "N.O.", "N.O'N.", "NO:" at the beginning, "your son".
_PERSON = re.compile(
    r"\b[^\W\d_a-z]\.\s?(?:[^\W\d_]['’])?[^\W\d_a-z]\b|^(?:(?i:re|fwd?):|\s)*[A-Z]{2,3}\s?[:-]"
    r"|\b(?i:your (?:son|daughter|child)|pupil|student|tutee)\b",
)


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """At most one finding: the sensitive terms in the subject."""
    subject = message.subject
    alone = _alone(subject, settings)
    found = alone or _beside(subject, settings)
    if not found or _GENERAL.search(subject):
        return
    if not alone:
        named, _ = Look(message, register).names(subject)
        spans = [(each.hit.start, each.hit.end) for each in named]
        found = [each for each in found if not any(start <= each.start() < end for start, end in spans)]
        about = (
            named
            or register.names.find(subject)
            or _PERSON.search(subject)
            or _to_a_family(message, register)
        )
        if not (found and about):
            return
    yield Finding(
        rule="sensitive_subject",
        summary=public("The subject refers to a sensitive matter."),
        evidence=tuple(
            Evidence("subject", subject, match.start(), match.end(), "a sensitive matter", match.start())
            for match in found
        ),
        suggestion="Choose a subject that says nothing of the matter, such as: Please ring me",
        confidence="medium",
    )


def _alone(subject: str, settings: Settings) -> "list[re.Match[str]]":
    """The terms that need no person beside them."""
    found = [*_ALONE.finditer(subject)]
    if settings.more:
        found += _pattern(settings.more).finditer(subject)
    return [each for each in found if each[0].casefold() not in settings.allow]


def _beside(subject: str, settings: Settings) -> "list[re.Match[str]]":
    """The terms that are sensitive beside a person, without those that mean something else."""
    found = [*_BESIDE.finditer(subject)]
    if not subject.isupper():
        found += _ACRONYMS.finditer(subject)
    others = [each.span() for each in _OTHERWISE.finditer(subject)] if found else []
    return [
        each
        for each in found
        if each[0].casefold() not in settings.allow
        and not any(start <= each.start() < end for start, end in others)
    ]


def _to_a_family(message: Message, register: Register) -> bool:
    return any(
        isinstance(match.person, Carer | Pupil)
        for address in message.envelope.rcpt_to
        for match in register.whose(address)
    )


FILTER = Filter("sensitive_subject", Settings, inspect, kinds=frozenset())
