"""
Whether this is really who the message is meant for (HST Internet 5; SPT 6.2.4).

Doubts that a careful sender would have: a domain that takes no mail, an address
one slip away from a known one, somebody of another family, a namesake, sensitive
data to an address that was never written to before.
"""

from collections.abc import Iterator
from typing import Literal, get_args

from gateway.mail.address import canonical, domain_of
from gateway.mail.facts import DomainState
from gateway.mail.message import Message
from gateway.mail.public import Public, public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Confidence, Evidence, Finding
from gateway.register.folding import fold
from gateway.register.model import Carer, Pupil
from gateway.register.register import Match, Register
from gateway.register.spoken import pupils_spoken_of
from gateway.sensitivity.classify import assess
from gateway.sensitivity.written import written

Kind = Literal["no_mail", "lookalike_domain", "lookalike_address", "other_family", "namesake", "first_time"]


class Settings(RuleSettings, frozen=True):
    """*doubts*: which of them are looked for."""

    doubts: frozenset[Kind] = frozenset(
        ["no_mail", "lookalike_domain", "lookalike_address", "other_family", "namesake", "first_time"]
    )


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for each doubtful recipient and doubt."""
    outside = [address for address in message.envelope.rcpt_to if not register.is_inside(address)]
    for address in outside:
        for finding in (
            *_of_the_address(address, message, register),
            *_of_the_name(address, message, register),
        ):
            if finding.kind in settings.doubts:
                yield finding
    if settings.doubts & {"other_family", "namesake"}:
        for finding in _of_the_family(outside, message, register):
            if finding.kind in settings.doubts:
                yield finding
    if "first_time" in settings.doubts:
        yield from _first_time(outside, message, register)


_NO_MAIL: dict[DomainState, tuple[Public, str]] = {
    "no_such_domain": (public("A recipient's domain does not exist."), "there is no such domain"),
    "null_mx": (public("A recipient's domain takes no mail."), "this domain says that it takes no mail"),
    "no_mail_host": (public("A recipient's domain takes no mail."), "this domain has no mail server"),
}


def _of_the_address(address: str, message: Message, register: Register) -> Iterator[Finding]:
    lookalikes = register.lookalikes
    domain = domain_of(canonical(address))
    meant = lookalikes.domain_meant(domain) if not lookalikes.is_known(address) else ""
    suggestion = f"{address.rpartition('@')[0]}@{meant}" if meant else ""
    state = message.facts.domains.get(domain_of(address), "unknown")
    if state in _NO_MAIL:
        summary, why = _NO_MAIL[state]
        yield _doubt("no_mail", summary, address, why, suggestion, "high")
    elif meant:
        summary = public("A recipient's domain looks like a well-known one, but is another.")
        yield _doubt("lookalike_domain", summary, address, f"one slip away from {meant}", suggestion, "high")
    elif not _written_before(address, message):
        known = lookalikes.address_meant(address)
        if known:
            summary = public("A recipient's address is one slip away from an address of the register.")
            yield _doubt(
                "lookalike_address", summary, address, f"one slip away from {known}", known, "medium"
            )


def _of_the_name(address: str, message: Message, register: Register) -> Iterator[Finding]:
    """A display name that is one person's before an address that is another's."""
    owners = [match.person for match in register.whose(address)]
    if not owners:
        return
    key = canonical(address)
    for box in message.visible:
        if canonical(box.address) != key or " " not in box.display.strip():
            continue
        shown = fold(box.display)
        if any(shown in _full_names(person) for person in owners):
            continue
        for hit in register.names.find(box.display):
            others = [person for person in hit.people if isinstance(person, Pupil) and person.emails]
            if hit.form != "full" or fold(box.display[hit.start : hit.end]) != shown or not others:
                continue
            family = {match.person.id for other in others for match in _family(other, register)}
            if family.isdisjoint(person.id for person in owners):
                summary = public("A recipient's name and address belong to two different people.")
                yield _doubt(
                    "namesake",
                    summary,
                    address,
                    "the address is somebody else's",
                    others[0].emails[0],
                    "medium",
                )


def _of_the_family(outside: list[str], message: Message, register: Register) -> Iterator[Finding]:
    """Somebody of another family in a message that speaks of one pupil alone."""
    homes: dict[str, frozenset[str]] = {}
    for address in outside:
        pupils = frozenset(
            pupil.id for match in register.whose(address) for pupil in _pupils_of(match.person, register)
        )
        if pupils:
            homes[address] = pupils
    if not homes or len(homes) > 4:
        return
    spoken = pupils_spoken_of(message, register)
    if len(spoken) != 1:
        return
    pupil = spoken[0]
    own = frozenset(
        [pupil.id, *(each.id for carer in register.carers_of(pupil) for each in register.wards_of(carer))]
    )
    carers = [carer.emails[0] for carer in register.carers_of(pupil) if carer.may_receive and carer.emails]
    addressed = any(not pupils.isdisjoint(own) for pupils in homes.values())
    for address, pupils in homes.items():
        if not pupils.isdisjoint(own):
            continue
        if addressed:
            summary = public(
                "A recipient belongs to another family than the pupil that the message speaks of."
            )
            yield _doubt(
                "other_family", summary, address, "a parent or pupil of another family", "", "medium"
            )
        elif carers and _same_surname(pupil, address, register):
            summary = public(
                "A recipient bears the name of the family that the message speaks of, but is of another."
            )
            yield _doubt("namesake", summary, address, "a namesake of another family", carers[0], "medium")


def _first_time(outside: list[str], message: Message, register: Register) -> Iterator[Finding]:
    if message.facts.known_recipients is None:
        return
    strangers = [
        address
        for address in outside
        if not register.whose(address)
        and register.school_at(address) is None
        and canonical(address) not in message.facts.known_recipients
    ]
    if not strangers or not _is_sensitive(message, register):
        return
    summary = public("Sensitive data goes to an address that was never written to before.")
    for address in strangers:
        yield _doubt(
            "first_time", summary, address, "never written to before, and not in the register", "", "medium"
        )


def _is_sensitive(message: Message, register: Register) -> bool:
    """
    Whether sensitive data is in an attachment, or in what the message itself says.

    A word in passing ("she had a headache") is not what makes a mail's own text so.
    """
    if any(assess(each, register).level for each in message.facts.documents.values()):
        return True
    return assess(written(message), register).level in ("medium", "high")


def _doubt(
    kind: Kind, summary: Public, address: str, why: str, meant: str, confidence: Confidence
) -> Finding:
    ask = f"Did you mean {meant}?" if meant else "Check the address."
    return Finding(
        rule="recipient_doubt",
        summary=summary,
        evidence=(Evidence("recipients", address, 0, len(address), why),),
        suggestion=f"{ask} If {address} is right, ask the office to put it into the register.",
        confidence=confidence,
        kind=kind,
    )


def _written_before(address: str, message: Message) -> bool:
    known = message.facts.known_recipients
    return known is not None and canonical(address) in known


def _pupils_of(person: object, register: Register) -> tuple[Pupil, ...]:
    if isinstance(person, Pupil):
        return (person,)
    return register.wards_of(person) if isinstance(person, Carer) else ()


def _family(pupil: Pupil, register: Register) -> Iterator[Match]:
    people: tuple[Pupil | Carer, ...] = (pupil, *register.carers_of(pupil))
    for person in people:
        for address in person.emails:
            yield from register.whose(address)


def _full_names(person: object) -> frozenset[str]:
    given = getattr(person, "given_name", "")
    family = getattr(person, "family_name", "")
    first = [given, getattr(person, "preferred_name", ""), *getattr(person, "other_names", ())]
    return frozenset(fold(f"{one} {family}") for one in first) | {fold(f"{family} {given}")}


def _same_surname(pupil: Pupil, address: str, register: Register) -> bool:
    surname = fold(pupil.family_name)
    return bool(surname) and any(
        fold(getattr(match.person, "family_name", "")) == surname for match in register.whose(address)
    )


FILTER = Filter(
    "recipient_doubt",
    Settings,
    inspect,
    needs=frozenset({"domains", "known_recipients"}),
    kinds=frozenset(get_args(Kind)),
)
