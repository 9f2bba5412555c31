"""What can be done about a message that was stopped, as its tutor is shown it."""

import hashlib
from collections.abc import Iterable

import msgspec

from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.policy.finding import Remedy
from gateway.remedy.explain import Explanation, Problem, Step, mask, shown
from gateway.remedy.outgoing import Outgoing


class View(msgspec.Struct, frozen=True):
    """One message as a reader sees it; *recipients* are those of the envelope, blind ones too."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    files: tuple[str, ...]
    recipients: tuple[str, ...]

    @property
    def blind(self) -> tuple[str, ...]:
        """Who gets it without being shown."""
        seen = {each.casefold() for each in (*self.to, *self.cc)}
        return tuple(each for each in self.recipients if each.casefold() not in seen)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The choices that a tutor has, worked out for this very message.

    *after* is what would leave, one view for each copy; empty where no remedy of
    the gateway's satisfies the rules; *remedies* are what was applied. *fine* are the recipients whom the message
    may reach unchanged, where it may reach some and not others. *digest* stands
    for all that is shown: what is agreed to is what was seen.
    """

    explanation: Explanation
    before: View
    after: tuple[View, ...] = ()
    steps: tuple[Step, ...] = ()
    passphrase: bool = False
    remedies: tuple[Remedy, ...] = ()
    fine: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Changes with anything that would leave, and with whom it would reach."""
        seen = msgspec.json.encode((self.before, self.after, self.passphrase, self.fine))
        return hashlib.sha256(seen).hexdigest()[:32]


def view(message: Message) -> View:
    """The message as its readers see it, and whom it goes to."""
    return View(
        to=tuple(shown(box.address) for box in message.mailboxes("to") if box.address),
        cc=tuple(shown(box.address) for box in message.mailboxes("cc") if box.address),
        subject=shown(message.subject),
        files=tuple(shown(part.filename or part.content_type) for part in message.attachments),
        recipients=tuple(map(shown, message.envelope.rcpt_to)),
    )


def views(outgoing: Iterable[Outgoing], envelope: Envelope) -> tuple[View, ...]:
    """The same of messages that are to leave."""
    return tuple(
        view(Message.parse(each.raw, msgspec.structs.replace(envelope, recipients=each.recipients)))
        for each in outgoing
    )


def masked(offer: Offer) -> Offer:
    """The offer for whoever holds the link and has not signed in: its shape, and no contents."""
    told = offer.explanation
    return Offer(
        explanation=Explanation(
            outcome=told.outcome,
            problems=tuple(_masked_problem(each) for each in told.problems),
            steps=tuple(_masked_step(each) for each in told.steps),
            subject=mask(told.subject),
            recipients=tuple(map(mask_address, told.recipients)),
            fixable=told.fixable,
        ),
        before=_masked_view(offer.before),
        after=tuple(map(_masked_view, offer.after)),
        steps=tuple(_masked_step(each) for each in offer.steps),
        passphrase=offer.passphrase,
        fine=tuple(map(mask_address, offer.fine)),
        left_out=tuple(map(mask_address, offer.left_out)),
    )


def mask_address(address: str) -> str:
    """Enough for its writer to recognise it: ``z•••@f•••.example``."""
    local, at, domain = address.rpartition("@")
    if not at:
        return mask(address)
    first, dot, rest = domain.partition(".")
    return f"{local[:1]}•••@{first[:1]}•••{dot}{rest.rpartition('.')[2]}"


def _masked_view(whole: View) -> View:
    return View(
        to=tuple(map(mask_address, whole.to)),
        cc=tuple(map(mask_address, whole.cc)),
        subject=mask(whole.subject),
        files=tuple(map(mask_file, whole.files)),
        recipients=tuple(map(mask_address, whole.recipients)),
    )


def mask_file(name: str) -> str:
    """The kind of file stays: ``r••••••• r•••••.pdf``."""
    stem, dot, kind = name.rpartition(".")
    return f"{mask(stem)}.{kind}" if dot and stem and len(kind) <= 4 else mask(name)


def _masked_step(step: Step) -> Step:
    hide = {"initials": mask, "copy_carers": mask_address, "protect": mask_file}.get(step.kind, mask)
    return Step(step.kind, tuple(map(hide, step.values)), step.count)


def _masked_problem(problem: Problem) -> Problem:
    """What was found and which rule says so; neither quotes nor suggestions, which may name people."""
    return msgspec.structs.replace(problem, suggestions=(), quotes=(), unquoted=0)
