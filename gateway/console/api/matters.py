"""Exceptions, deputies and the outbox."""

from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from gateway.console import deputies, exceptions
from gateway.console.api.operation import Call, Operation
from gateway.console.outbox import MOVERS, VIEWS, move
from gateway.console.pages import ADMIN, AUDIT, LEAD, OVERSIGHT, REVIEW
from gateway.policy.exemption import Scope
from gateway.review.exemptions import ExemptionState, Proposal
from gateway.review.rules import Deputy
from gateway.review.sending import Mail

Reason = Annotated[str, Meta(max_length=400)]
Moment = Annotated[datetime, Meta(tz=True)]
_MOST = 500


class WhichExceptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which state; without one, all that have not expired."""

    state: ExemptionState | None = None


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What is to be fine, for how many days and why.

    Of *tutor*, *recipients*, *about* (ids of the register) and *quote* (the words that
    were found) at least one has to be given; all that are given must fit.
    """

    rule: Annotated[str, Meta(min_length=1, max_length=80)]
    reason: Reason = ""
    days: Annotated[int, Meta(ge=1, le=exceptions.LONGEST)] = 90
    tutor: Annotated[str, Meta(max_length=320)] = ""
    recipients: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    about: Annotated[tuple[str, ...], Meta(max_length=100)] = ()
    quote: Annotated[str, Meta(max_length=200)] = ""

    @property
    def scope(self) -> Scope:
        """What it is about."""
        return Scope(
            rule=self.rule, tutor=self.tutor, recipients=self.recipients, about=self.about, quote=self.quote
        )


class Made(msgspec.Struct, frozen=True):
    """Something new, by its id."""

    id: str


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an administrator says of an exception."""

    action: Literal["approve", "refuse", "revoke"]
    reason: Reason = ""


class Appointment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who stands in as what, between two moments with their time zones."""

    name: Annotated[str, Meta(min_length=1, max_length=320)]
    role: Literal["reviewer", "safeguarding_lead"]
    since: Moment
    until: Moment


class WhichMail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mail on its way, refused by the mail server, or taken back."""

    view: Literal["open", "failed", "withdrawn"] = "open"


async def list_exceptions(call: Call, asked: WhichExceptions) -> tuple[Proposal, ...]:
    """Exceptions, the newest first."""
    states = (asked.state,) if asked.state else get_args(ExemptionState)
    return await call.parts.store.exemptions.list(states)


async def show_exception(call: Call) -> Proposal:
    """One exception."""
    return await exceptions.proposal_of(call, call.part("exception"))


async def try_exception(call: Call, asked: Wish) -> exceptions.Tried:
    """What an exception would have done to past messages. Changes nothing."""
    return await exceptions.tried(call, asked.scope)


async def propose_exception(call: Call, asked: Wish) -> Made:
    """Propose an exception; it does nothing until an administrator approves it."""
    return Made(await exceptions.propose(call, asked.scope, asked.days, asked.reason.strip()))


async def decide_exception(call: Call, asked: Word) -> Proposal:
    """Approve, refuse or revoke an exception; nobody approves their own."""
    await exceptions.decide_on(call, call.part("exception"), asked.action, asked.reason.strip())
    return await exceptions.proposal_of(call, call.part("exception"))


async def list_deputies(call: Call) -> tuple[Deputy, ...]:
    """Who stands in now or will."""
    return await call.parts.store.deputies.list()


async def appoint_deputy(call: Call, asked: Appointment) -> Made:
    """Let somebody stand in while a reviewer or the lead is away."""
    return Made(await deputies.appoint(call, asked.name, asked.role, asked.since, asked.until))


async def end_deputy(call: Call) -> None:
    """End an appointment before its time."""
    await deputies.end_it(call, call.part("appointment"))


async def list_outbox(call: Call, asked: WhichMail) -> tuple[Mail, ...]:
    """Mail in the outbox, the oldest five hundred; it names nobody."""
    return await call.parts.store.postmaster.list(VIEWS[asked.view][1], _MOST)


async def retry_mail(call: Call) -> None:
    """Try a mail now."""
    await move(call, int(call.part("number")), "retry")


async def cancel_mail(call: Call) -> None:
    """Take a mail out; a held message is held again."""
    await move(call, int(call.part("number")), "cancel")


OPERATIONS = (
    Operation("GET", "/exceptions", list_exceptions, "exceptions:read", REVIEW | ADMIN),
    Operation("POST", "/exceptions", propose_exception, "exceptions:write", REVIEW | ADMIN),
    Operation("POST", "/exceptions/trial", try_exception, "exceptions:read", REVIEW | ADMIN),
    Operation("GET", "/exceptions/{exception}", show_exception, "exceptions:read", REVIEW | ADMIN),
    Operation("POST", "/exceptions/{exception}/decision", decide_exception, "exceptions:write", ADMIN),
    Operation("GET", "/deputies", list_deputies, "deputies:read", REVIEW | ADMIN | AUDIT),
    Operation("POST", "/deputies", appoint_deputy, "deputies:write", ADMIN | LEAD),
    Operation("DELETE", "/deputies/{appointment}", end_deputy, "deputies:write", ADMIN | LEAD),
    Operation("GET", "/outbox", list_outbox, "outbox:read", OVERSIGHT),
    Operation("POST", "/outbox/{number:int}/retry", retry_mail, "outbox:write", MOVERS),
    Operation("POST", "/outbox/{number:int}/cancel", cancel_mail, "outbox:write", MOVERS),
)
