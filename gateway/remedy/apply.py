"""
Applies a plan of remedies to a message: bytes in, new messages out.

The order is fixed, whatever the plan's: first what is inside the message
(subject, attachments), then who gets it. Applying a plan to its own result
changes nothing.
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
from gateway.remedy.passphrase import new_passphrase
from gateway.remedy.protect import ProtectedFile, protect
from gateway.remedy.separate_copies import separate_copies


class Repaired(msgspec.Struct, frozen=True):
    """
    The messages to send in place of the original.

    *passphrase* opens every one of *files*; it is None where nothing was encrypted.
    *plan* is what was applied.
    """

    outgoing: tuple[Outgoing, ...]
    passphrase: str | None = None
    files: tuple[ProtectedFile, ...] = ()
    plan: tuple[Remedy, ...] = ()


def apply(message: Message, remedies: Iterable[Remedy]) -> Repaired:
    """
    Carry out a plan. Computes for a while (encryption): not for the event loop.

    Raises:
        CannotProtect: an attachment could not be encrypted.
    """
    plan = tuple(remedies)
    envelope = message.envelope
    raw = message.raw
    for remedy in plan:
        if isinstance(remedy, Initials):
            raw = initials(raw, remedy.subject)
    paths = {path for remedy in plan if isinstance(remedy, Protect) for path in remedy.parts}
    passphrase: str | None = None
    files: tuple[ProtectedFile, ...] = ()
    if paths:
        passphrase = new_passphrase()
        raw, files = protect(raw, frozenset(paths), passphrase)
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
    return Repaired(drafts, passphrase, files, plan)


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
