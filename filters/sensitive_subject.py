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
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding
from gateway.register.model import Carer, Pupil
from gateway.register.register import Register
from gateway.register.vocabulary import read_table

_WORDS = read_table("subject_terms")


class Settings(RuleSettings, frozen=True):
    """*more*: further terms that are sensitive by themselves. *allow*: terms that are not."""

    more: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()


def _pattern(terms: tuple[str, ...]) -> "re.Pattern[str]":
    each = (
        re.escape(term.rstrip("*")).replace(r"\ ", r"[\s-]+") + (r"\w*" if term.endswith("*") else "")
        for term in terms
    )
    return re.compile(rf"\b(?:{'|'.join(sorted(each, key=len, reverse=True))})\b", re.IGNORECASE)


_ALONE = _pattern(_WORDS["alone"])
_BESIDE = _pattern(_WORDS["beside"])
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
    found = alone or [each for each in _BESIDE.finditer(subject) if each[0].casefold() not in settings.allow]
    if not found or _GENERAL.search(subject):
        return
    if not (
        alone or _PERSON.search(subject) or register.names.find(subject) or _to_a_family(message, register)
    ):
        return
    yield Finding(
        rule="sensitive_subject",
        summary=public("The subject refers to a sensitive matter."),
        evidence=tuple(
            Evidence("subject", subject, match.start(), match.end(), "a sensitive matter") for match in found
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


def _to_a_family(message: Message, register: Register) -> bool:
    return any(
        isinstance(match.person, Carer | Pupil)
        for address in message.envelope.rcpt_to
        for match in register.whose(address)
    )


FILTER = Filter("sensitive_subject", Settings, inspect)
