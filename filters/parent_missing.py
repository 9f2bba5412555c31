"""
Mail to a pupil goes openly to a parent or carer of that pupil as well (HST Internet 4).

The envelope decides who is written to; To and Cc decide who is addressed
openly. A carer counts who is both, since a parent who is only shown gets no
copy and one in Bcc is not known to the pupil.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from gateway.mail.address import canonical
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Address, Filter, RuleSettings
from gateway.policy.finding import CopyCarers, Evidence, Finding
from gateway.register.model import Carer, Pupil
from gateway.register.register import Register


class Settings(RuleSettings, frozen=True):
    """
    Who counts as a carer's presence.

    *lists*: group addresses and their members; a list stands for them all.
    *bcc_counts*: a carer in Bcc is enough. *school_counts*: for a pupil taught
    for a school, a contact of that school is enough. *reply_to*: also find mail
    whose replies would go to a pupil (kind "reply_to").
    """

    lists: dict[Address, tuple[Address, ...]] = msgspec.field(default_factory=dict)
    bcc_counts: bool = False
    school_counts: bool = False
    reply_to: bool = False


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """One finding for each pupil who is written to without a carer, or may not be written to at all."""
    lists = {canonical(name): members for name, members in settings.lists.items()}
    reached = _spread((each for each in message.envelope.rcpt_to), lists)
    shown = _spread((box.address for box in message.visible if box.address), lists)
    open_to = frozenset(reached) if settings.bcc_counts else reached.keys() & shown.keys()
    exempt = _own_family(message, register)
    today = message.envelope.today
    seen: set[str] = set()
    for address in reached.values():
        for pupil in register.pupils_at(address, today):
            if pupil.id in seen or pupil.id in exempt or _is_family_mailbox(address, pupil, register):
                continue
            seen.add(pupil.id)
            if pupil.contract is not None and not pupil.contract.permits(today):
                yield _not_permitted(pupil, address, register)
            elif not _accompanied(pupil, open_to, register, settings, today):
                yield _alone(pupil, address, reached, open_to, register)
    if settings.reply_to:
        yield from _replies(message, register, exempt)


def _spread(addresses: Iterable[str], lists: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The addresses by their canonical form, as they were written; lists opened, lists in lists too."""
    found: dict[str, str] = {}
    waiting = list(addresses)[::-1]
    while waiting:
        address = waiting.pop()
        key = canonical(address)
        if key not in found:
            found[key] = address
            waiting.extend(reversed(lists.get(key, ())))
    return found


def _own_family(message: Message, register: Register) -> frozenset[str]:
    """The pupils who are the sender's own family or old family friends."""
    senders = register.staff_at(message.envelope.mail_from)
    return frozenset(pupil for staff in senders for pupil in (*staff.family_of, *staff.family_friend_of))


def _is_family_mailbox(address: str, pupil: Pupil, register: Register) -> bool:
    """Whether a carer of the pupil, who may be written to, reads this mailbox too."""
    own = {carer.id for carer in _eligible(pupil, register)}
    return any(carer.id in own for carer in register.carers_at(address))


def _eligible(pupil: Pupil, register: Register) -> tuple[Carer, ...]:
    return tuple(carer for carer in register.carers_of(pupil) if carer.may_receive)


def _accompanied(
    pupil: Pupil, open_to: Iterable[str], register: Register, settings: Settings, today: date
) -> bool:
    carers = _eligible(pupil, register)
    own = {canonical(address) for carer in carers for address in carer.emails}
    names = {(carer.given_name, carer.family_name) for carer in carers}
    for address in open_to:
        if address in own:
            return True
        # A parent who works for the agency may be copied at work: same name, and family by the register.
        if any(
            pupil.id in staff.family_of and (staff.given_name, staff.family_name) in names
            for staff in register.staff_at(address)
        ):
            return True
        if settings.school_counts and pupil.contract is not None:
            school = register.school_at(address)
            if (
                school is not None
                and school.id == pupil.contract.school
                and not register.pupils_at(address, today)
            ):
                return True
    return False


def _not_permitted(pupil: Pupil, address: str, register: Register) -> Finding:
    carers = _addresses(_eligible(pupil, register))
    instead = f" or to a parent or carer ({', '.join(carers)})" if carers else ""
    school = register.school(pupil.contract.school) if pupil.contract else None
    whom = f"{school.name}'s staff" if school else "the school"
    return Finding(
        rule="parent_missing",
        summary=public(
            "A pupil who is taught for a school may be written to only with that school's permission."
        ),
        evidence=(
            Evidence(
                "recipients", address, 0, len(address), f"{_name(pupil)}, taught for {whom}, no permission"
            ),
        ),
        suggestion=f"Take {address} out and write to {whom}{instead} instead.",
        kind="no_permission",
        about=(pupil.id,),
    )


def _alone(
    pupil: Pupil, address: str, reached: Mapping[str, str], open_to: Iterable[str], register: Register
) -> Finding:
    carers = _eligible(pupil, register)
    add, apart = _to_copy(pupil, carers)
    evidence = [Evidence("recipients", address, 0, len(address), f"the address of the pupil {_name(pupil)}")]
    openly = set(open_to)
    for carer in register.carers_of(pupil):
        for own in carer.emails:
            key = canonical(own)
            if not carer.may_receive and key in reached:
                why = f"{_name(carer)} must not be written to and does not count"
            elif key in reached and key not in openly:
                why = f"{_name(carer)} gets a copy, but is not shown in To or Cc"
            else:
                continue
            evidence.append(Evidence("recipients", reached[key], 0, len(reached[key]), why))
    if add or apart:
        addresses = " or ".join((*add, *apart))
        suggestion = f"Add {_name(pupil)}'s parent or carer to To or Cc: {addresses}."
        remedy = CopyCarers(add, apart, of=(address,))
    else:
        suggestion = (
            f"The register has no address of a parent or carer of {_name(pupil)}: ask the office for one."
        )
        remedy = None
    return Finding(
        rule="parent_missing",
        summary=public("A message to a pupil has to go openly to a parent or carer of that pupil as well."),
        evidence=tuple(evidence),
        suggestion=suggestion,
        about=(pupil.id, *(carer.id for carer in carers)),
        remedy=remedy,
    )


def _to_copy(pupil: Pupil, carers: tuple[Carer, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of the home that the pupil lives in, and those of carers who live elsewhere."""
    reachable = [carer for carer in carers if carer.emails]
    homes = [carer.household for carer in reachable]
    home = pupil.household if pupil.household in homes else next(iter(homes), "")
    together = [carer for carer in reachable if carer.household == home]
    apart = [carer for carer in reachable if carer.household != home]
    return _addresses(together), _addresses(apart)


def _addresses(carers: Iterable[Carer]) -> tuple[str, ...]:
    """One address a carer: the first that is registered."""
    return tuple(dict.fromkeys(carer.emails[0] for carer in carers if carer.emails))


def _replies(message: Message, register: Register, exempt: frozenset[str]) -> Iterator[Finding]:
    for box in message.mailboxes("reply-to"):
        for pupil in register.pupils_at(box.address, message.envelope.today):
            if pupil.id in exempt or _is_family_mailbox(box.address, pupil, register):
                continue
            yield Finding(
                rule="parent_missing",
                summary=public("Replies to this message would go to a pupil alone."),
                evidence=(
                    Evidence(
                        "Reply-To", box.address, 0, len(box.address), f"the pupil {_name(pupil)}'s address"
                    ),
                ),
                suggestion="Remove the Reply-To address, so that replies come to you.",
                kind="reply_to",
                about=(pupil.id,),
            )


def _name(person: Pupil | Carer) -> str:
    return f"{person.given_name} {person.family_name}".strip()


FILTER = Filter("parent_missing", Settings, inspect, kinds=frozenset({"no_permission", "reply_to"}))
