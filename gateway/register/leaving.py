"""People who leave the register: erased on request, or purged once they are long gone."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.register.model import Carer, People, Pupil, Staff
from gateway.register.names import NameIndex


class Parting(NamedTuple):
    """The register without some people, and who they are."""

    people: People
    pupils: tuple[Pupil, ...]
    carers: tuple[Carer, ...]
    staff: int = 0


def without(people: People, pupils: Collection[str], staff: Collection[str] = ()) -> Parting:
    """
    The register without these pupils and members of staff.

    Carers who are left without any pupil go too, and so does every reference.
    """
    gone = set(pupils)
    leaving = tuple(pupil for pupil in people.pupils if pupil.id in gone)
    staying = tuple(pupil for pupil in people.pupils if pupil.id not in gone)
    needed = {carer for pupil in staying for carer in pupil.carers}
    orphaned = {carer for pupil in leaving for carer in pupil.carers} - needed
    carers = tuple(carer for carer in people.carers if carer.id in orphaned)
    kept = tuple(
        msgspec.structs.replace(
            member,
            family_of=tuple(each for each in member.family_of if each not in gone),
            family_friend_of=tuple(each for each in member.family_friend_of if each not in gone),
        )
        for member in people.staff
        if member.id not in staff
    )
    left = msgspec.structs.replace(
        people,
        pupils=staying,
        carers=tuple(carer for carer in people.carers if carer.id not in orphaned),
        staff=kept,
    )
    return Parting(left, leaving, carers, len(people.staff) - len(kept))


def without_leavers(people: People, today: date, keep: timedelta) -> Parting:
    """
    The register without those who have been no pupil, or no staff, for longer than *keep*.

    Somebody of whom nobody knows when they left stays.
    """

    def is_over(end: date | None) -> bool:
        return end is not None and end + keep < today

    pupils = {pupil.id for pupil in people.pupils if is_over(pupil.pupil_until)}
    staff = {member.id for member in people.staff if is_over(member.left_on)}
    if not pupils and not staff:
        return Parting(people, (), ())
    return without(people, pupils, staff)


def own_addresses(parting: Parting) -> frozenset[str]:
    """The canonical addresses of pupils and carers who left that were nobody else's."""
    people = parting.people
    others: tuple[Pupil | Carer | Staff, ...] = (*people.pupils, *people.carers, *people.staff)
    staying = {canonical(address) for person in others for address in person.emails}
    gone: tuple[Pupil | Carer, ...] = (*parting.pupils, *parting.carers)
    return frozenset(canonical(address) for person in gone for address in person.emails) - staying


def concerns(parting: Parting) -> Callable[[Envelope, bytes], bool]:
    """
    Tells whether a message is about the people who left.

    It is if an address that was theirs alone is in it, or a pupil's full name.
    Nothing is lost by erring: such a message can be written anew.
    """
    theirs = own_addresses(parting)
    index = NameIndex(People(pupils=parting.pupils))

    def is_about(envelope: Envelope, raw: bytes) -> bool:
        if any(canonical(each) in theirs for each in (envelope.mail_from, *envelope.rcpt_to)):
            return True
        lower = raw.lower()
        if any(address.encode() in lower for address in theirs):
            return True
        try:
            message = Message.parse(raw, envelope)
            texts = [message.subject, *(f"{box.display} {box.comment}" for box in message.visible)]
            texts += [part.text for part in message.bodies] + [part.filename for part in message.attachments]
        except MalformedMessage:
            return False
        return any(hit.form == "full" for text in texts for hit in index.find(text))

    return is_about
