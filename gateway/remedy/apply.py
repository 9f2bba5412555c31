"""
Applies a plan of remedies to a message: bytes in, new messages out.

The order is fixed, whatever the plan's: first the subject, then who gets the
message, and last its attachments, which recipients may open in different ways.
Applying a plan to its own result changes nothing.
"""

from collections.abc import Iterable

import msgspec

from gateway.mail.address import canonical
from gateway.mail.message import Message
from gateway.policy.finding import CopyCarers, Initials, Protect, Remedy, SeparateCopies
from gateway.remedy.copy_carers import copy_carers
from gateway.remedy.edit import edit
from gateway.remedy.initials import initials
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.protect import ProtectedFile
from gateway.remedy.protection import PickUp, Protection, Reader
from gateway.remedy.separate_copies import separate_copies
from gateway.remedy.share import Locks, Sharing


class Repaired(msgspec.Struct, frozen=True):
    """
    The messages to send in place of the original.

    *passphrase* opens every one of *files*; it is None where nothing was encrypted, or
    nobody needs a new one. *readers* are the recipients of protected files, and how each
    comes to open them; *pickups* are the files that stay here. *plan* is what was applied.
    """

    outgoing: tuple[Outgoing, ...]
    passphrase: str | None = None
    files: tuple[ProtectedFile, ...] = ()
    plan: tuple[Remedy, ...] = ()
    readers: tuple[Reader, ...] = ()
    pickups: tuple[PickUp, ...] = ()


def apply(
    message: Message,
    remedies: Iterable[Remedy],
    protection: Protection = Protection(),
    locks: Locks | None = None,
) -> Repaired:
    """
    Carry out a plan. Computes for a while (encryption): not for the event loop.

    *locks* are those of the message, where a plan was applied to it before.

    Raises:
        CannotProtect: an attachment could not be encrypted.
    """
    plan = tuple(remedies)
    envelope = message.envelope
    raw = message.raw
    for remedy in plan:
        if isinstance(remedy, Initials):
            raw = initials(raw, remedy.subject)
    draft = Outgoing(
        mail_from=envelope.mail_from,
        recipients=envelope.recipients,
        raw=edit(raw),  # fields of blind copies never leave
        mail_options=envelope.mail_options,
        smtputf8=envelope.smtputf8,
        trace=envelope.trace,
    )
    drafts: tuple[Outgoing, ...] = (draft,)
    for remedy in plan:
        if isinstance(remedy, SeparateCopies):
            groups = _with_carers(remedy, plan)
            drafts = tuple(copy for each in drafts for copy in separate_copies(each, groups))
    for remedy in plan:
        if isinstance(remedy, CopyCarers):
            drafts = tuple(copy for each in drafts for copy in copy_carers(each, remedy))
    paths = frozenset(path for remedy in plan if isinstance(remedy, Protect) for path in remedy.parts)
    if not paths:
        return Repaired(drafts, plan=plan)
    shared = Sharing(raw, paths, protection, locks or Locks()).of(drafts)
    return Repaired(shared.outgoing, shared.passphrase, shared.files, plan, shared.readers, shared.pickups)


def _with_carers(remedy: SeparateCopies, plan: tuple[Remedy, ...]) -> SeparateCopies:
    """The groups, with the carers who are to be copied in beside their pupil."""
    groups = []
    for group in remedy.groups:
        inside = set(map(canonical, group))
        joining = (
            address
            for each in plan
            if isinstance(each, CopyCarers) and not inside.isdisjoint(map(canonical, each.of))
            for address in each.add
        )
        groups.append(tuple(dict.fromkeys((*group, *joining))))
    return SeparateCopies(tuple(groups))
