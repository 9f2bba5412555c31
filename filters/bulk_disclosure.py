"""
Mail to numerous outside addresses hides them from one another (SPT 4.4.2).

What is counted is parties that learn of one another: a household is one, a
registered school is one, an unregistered address is one, the agency is none.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec

from gateway.mail.address import canonical, read_addresses
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.filter import Address, Filter, Most, RuleSettings
from gateway.policy.finding import Evidence, Finding, SeparateCopies
from gateway.register.model import Carer, Pupil
from gateway.register.register import Register


class Settings(RuleSettings, frozen=True):
    """
    How many is too many.

    *threshold*: most outside parties that may see one another. *schools*: count
    a school's people as one party; else each address by itself. *lists*: group
    addresses and their members. *quoted*: also count the addresses in the text
    and in forwarded messages, where long quoted headers carry them on (kind
    "quoted").
    """

    threshold: Most = 5
    schools: bool = True
    lists: dict[Address, tuple[Address, ...]] = msgspec.field(default_factory=dict)
    quoted: bool = False


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """How many outside parties To and Cc show to one another, and how many the text does."""
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return  # nobody outside gets to see them
    yield from _openly(message, register, settings)
    if settings.quoted:
        yield from _quoted(message, register, settings)


def _openly(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    shown = parties((box.address for box in message.visible), register, settings)
    if len(shown) <= settings.threshold:
        return
    groups = parties(message.envelope.rcpt_to, register, settings)
    yield Finding(
        rule="bulk_disclosure",
        summary=public(
            "The message shows the addresses of {count} outside households or organisations to one another, "
            "where at most {limit} may see each other.",
            count=len(shown),
            limit=settings.threshold,
        ),
        evidence=tuple(
            Evidence("To and Cc", ", ".join(group), 0, 0, "one party") for group in shown.values()
        ),
        suggestion="Address the message to yourself and put all outside addresses into Bcc.",
        remedy=SeparateCopies(tuple(map(tuple, groups.values()))) if groups else None,
    )


# Addresses in running text; bounded, so that no text makes it slow.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
_READ = 200_000  # characters of each text


def _quoted(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """The addresses in the text and in the headers of forwarded messages."""
    written = [match[0] for part in message.bodies for match in _ADDRESS.finditer(part.text[:_READ])]
    forwarded = [
        box.address
        for part in message.root.walk()
        if part is not message.root
        for name in ("to", "cc")
        for field in part.headers.all(name)
        for box in read_addresses(field.raw)
    ]
    found = parties((*written, *forwarded), register, settings)
    # What the recipients see of one another anyway, and their own addresses, is no news to them.
    own = parties(message.envelope.rcpt_to, register, settings)
    news = {party: addresses for party, addresses in found.items() if party not in own}
    if len(news) <= settings.threshold:
        return
    yield Finding(
        rule="bulk_disclosure",
        summary=public(
            "The text carries on the addresses of {count} outside households or organisations.",
            count=len(news),
        ),
        evidence=tuple(Evidence("the text", ", ".join(group), 0, 0, "one party") for group in news.values()),
        suggestion="Take the quoted headers and address lists out of the text.",
        kind="quoted",
    )


def parties(addresses: Iterable[str], register: Register, settings: Settings) -> dict[str, list[str]]:
    """The outside addresses, each once and as it is written, by the party that they belong to."""
    lists = {canonical(name): members for name, members in settings.lists.items()}
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    waiting = list(addresses)[::-1]
    while waiting:
        address = waiting.pop()
        key = canonical(address)
        if "@" not in address or key in seen:
            continue
        seen.add(key)
        if key in lists:
            waiting.extend(reversed(lists[key]))
            continue
        party = _party(address, register, settings)
        if party:
            found.setdefault(party, []).append(address)
    return found


def _party(address: str, register: Register, settings: Settings) -> str:
    """A key that is equal for addresses of one party; "" for the agency's own."""
    if register.is_inside(address):
        return ""
    owners = [match.person for match in register.whose(address)]
    for person in owners:
        if isinstance(person, Pupil | Carer):
            return f"household {_household(person, register)}"
    if register.staff_at(address):
        return ""
    school = register.school_at(address)
    if school is not None and settings.schools:
        return f"school {school.id}"
    return f"address {canonical(address)}"


def _household(person: Pupil | Carer, register: Register) -> str:
    """The person's home; a carer without one lives with the first pupil in their care."""
    if person.household:
        return person.household
    if isinstance(person, Carer):
        wards = register.wards_of(person)
        return (wards[0].household or wards[0].id) if wards else person.id
    return next((carer.household for carer in register.carers_of(person) if carer.household), person.id)


FILTER = Filter("bulk_disclosure", Settings, inspect, kinds=frozenset({"quoted"}))
