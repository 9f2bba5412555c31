"""Remedy: each outside household gets a copy that shows no other."""

from functools import partial

import msgspec

from gateway.mail.address import Mailbox, canonical
from gateway.policy.finding import SeparateCopies
from gateway.remedy.edit import edit
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.visible import showing_only


def separate_copies(draft: Outgoing, remedy: SeparateCopies) -> tuple[Outgoing, ...]:
    """
    One message for each group that the draft goes to, and one for all others.

    A group's copy shows its own addresses and those of no group, which are the
    agency's. The others' copy shows everybody, as the tutor wrote it: they are
    colleagues. A draft whose readers see no second group stays as it is.
    """
    groups = [frozenset(map(canonical, group)) for group in remedy.groups]
    grouped = frozenset().union(*groups)
    copies = []
    for group in groups:
        recipients = tuple(each for each in draft.recipients if canonical(each.address) in group)
        if recipients:
            raw = showing_only(draft.raw, partial(_is_seen, grouped - group))
            copies.append(msgspec.structs.replace(draft, recipients=recipients, raw=raw))
    others = tuple(each for each in draft.recipients if canonical(each.address) not in grouped)
    if others:
        copies.append(msgspec.structs.replace(draft, recipients=others, raw=edit(draft.raw)))
    return tuple(copies)


def _is_seen(unseen: frozenset[str], box: Mailbox) -> bool:
    return canonical(box.address) not in unseen
