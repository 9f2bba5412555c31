"""How a recipient comes by a passphrase: the secret their family has agreed, or their mobile telephone."""

import re
from collections.abc import Iterator
from datetime import date

import msgspec

from gateway.register.model import Carer, People
from gateway.register.register import Register

SHORTEST = 12  # characters; the file can be tried offline, without end
_SEPARATORS = re.compile(r"[\s().\-/]")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")  # E.164


def is_usable(secret: str) -> bool:
    """Whether it is long enough, and can be typed: printable, without space at its ends."""
    return len(secret) >= SHORTEST and secret.isprintable() and secret == secret.strip()


def without_secrets(people: People) -> People:
    """The same people, their secrets taken out."""
    if not any(each.secret for each in people.carers):
        return people
    carers = tuple(msgspec.structs.replace(each, secret="") for each in people.carers)
    return msgspec.structs.replace(people, carers=carers)


def with_secrets_of(people: People, old: People) -> People:
    """The same people; a carer of whose secret nothing is said keeps the one that is known."""
    known = {each.id: each.secret for each in old.carers if each.secret}
    if not known:
        return people
    carers = tuple(
        each if each.secret else msgspec.structs.replace(each, secret=known.get(each.id, ""))
        for each in people.carers
    )
    return msgspec.structs.replace(people, carers=carers)


def secret_of(register: Register, address: str, on: date) -> str:
    """The secret of the family that reads this mailbox; "" where there is none, or more than one."""
    found = {each.secret for each in _readers(register, address, on) if is_usable(each.secret)}
    return found.pop() if len(found) == 1 else ""


def mobile_of(register: Register, address: str, on: date, country: str) -> str:
    """
    A mobile number of the carers who read this mailbox, or whose child does; "" where none is known.

    *country* is put before national numbers ("+44"). Landlines take no text messages: of
    British numbers only those that begin with +447 count.
    """
    for carer in _readers(register, address, on):
        for phone in carer.phones:
            number = _SEPARATORS.sub("", phone.replace("(0)", ""))
            if number.startswith("00"):
                number = f"+{number[2:]}"
            elif number.startswith("0"):
                number = country + number[1:]
            if _NUMBER.fullmatch(number) and not re.match(r"\+44(?!7)", number):
                return number
    return ""


def _readers(register: Register, address: str, on: date) -> Iterator[Carer]:
    """The carers of the mailbox; of a pupil's mailbox those of the pupil. Nobody who must not be written to."""
    carers = register.carers_at(address)
    if not carers:
        carers = tuple(
            carer for pupil in register.pupils_at(address, on) for carer in register.carers_of(pupil)
        )
    yield from (each for each in carers if each.may_receive)
