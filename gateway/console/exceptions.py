"""
Exceptions: "this is fine", for a while and for something narrow.

A reviewer or a tutor proposes one, and an administrator approves it who has seen what
it would have done to past messages.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import get_args

import msgspec
from starlette.responses import Response

from gateway.console.item import is_open
from gateway.console.pages import ADMIN, REVIEW, NotOpened, Visit, page
from gateway.console.people import tutor_name
from gateway.console.rendering import initials
from gateway.console.visitor import InTheWay, Visitor
from gateway.policy.exemption import Scope
from gateway.register.check import is_address
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.exemptions import ExemptionState, Proposal, SamePerson, TooWide, disputed
from gateway.review.held import Held, State

LONGEST = 366  # days
_USUAL = 90
_SHOWN = 50
_VIEWS: dict[str, tuple[str, tuple[ExemptionState, ...]]] = {
    "open": ("Proposed", ("proposed",)),
    "force": ("In force", ("approved",)),
    "over": ("Refused or revoked", ("refused", "revoked")),
}


class Past(msgspec.Struct, frozen=True):
    """A past message as a trial shows it: its subject as initials only."""

    id: str
    tutor: str
    subject_initials: str
    state: State
    held_at: str
    wrong: bool  # a reviewer refused it: letting it pass would have been a mistake


class Tried(msgspec.Struct, frozen=True):
    """
    What an exception would have done in the last ninety days.

    *through* would not have been stopped, *others* would for other reasons.
    *mistakes*: how many of *through* a reviewer had refused. At most fifty of a kind are listed.
    """

    through: tuple[Past, ...]
    others: tuple[Past, ...]
    through_count: int
    others_count: int
    mistakes: int


async def tried(visitor: Visitor, scope: Scope) -> Tried:
    """The trial of a scope against past decisions."""
    if not scope.narrow:
        raise _too_wide()
    found = await visitor.parts.store.exemptions.trial(scope)
    through = sorted((_past(visitor, each) for each in found.through), key=lambda each: not each.wrong)
    return Tried(
        tuple(through[:_SHOWN]),
        tuple(_past(visitor, each) for each in found.others[:_SHOWN]),
        len(found.through),
        len(found.others),
        sum(each.wrong for each in through),
    )


def _past(visitor: Visitor, held: Held) -> Past:
    tutor = tutor_name(held.tutor, visitor.parts.register())
    moment = held.held_at.isoformat(timespec="seconds")
    return Past(held.id, tutor, initials(held.subject), held.state, moment, held.state == "rejected")


async def propose(visitor: Visitor, scope: Scope, days: int, reason: str) -> str:
    """
    Ask for an exception; returns its id. It does nothing until an administrator approves it.

    Raises:
        InTheWay: it says too little, or is about too much.
    """
    if scope.rule not in visitor.parts.policy().rules:
        raise InTheWay(400, "No such rule", "The policy in force has no rule of that name.")
    if not reason or not 1 <= days <= LONGEST:
        raise InTheWay(400, "Something is missing", f"A reason, and between 1 and {LONGEST} days.")
    if not all(map(is_address, scope.recipients)):
        raise InTheWay(400, "No address", "Recipients are given as addresses, with spaces between.")
    try:
        return await visitor.parts.store.exemptions.propose(scope, timedelta(days=days), visitor.who, reason)
    except TooWide:
        raise _too_wide() from None


def _too_wide() -> InTheWay:
    return InTheWay(
        400,
        "Too wide",
        "That would switch the rule off. Name a tutor, recipients, a person or the words that are fine.",
    )


async def decide_on(visitor: Visitor, proposal: str, action: str, reason: str) -> None:
    """
    Approve, refuse or revoke.

    Raises:
        NoSuchItem: there is none.
        InTheWay: it is their own, or was decided before.
    """
    exemptions = visitor.parts.store.exemptions
    verbs = {"approve": exemptions.approve, "refuse": exemptions.refuse, "revoke": exemptions.revoke}
    if action not in verbs:
        raise NoSuchItem
    try:
        await verbs[action](proposal, visitor.who, reason)
    except SamePerson:
        raise InTheWay(
            403, "Your own proposal", "Another administrator approves what you proposed."
        ) from None
    except WrongState as wrong:
        raise InTheWay(409, "Decided already", f"It is {wrong.state} by now.") from None


async def proposal_of(visitor: Visitor, proposal: str) -> Proposal:
    """
    One exception, whatever became of it, unless it has expired.

    Raises:
        NoSuchItem: there is none.
    """
    for each in await visitor.parts.store.exemptions.list(get_args(ExemptionState)):
        if each.id == proposal:
            return each
    raise NoSuchItem


async def exceptions(visit: Visit) -> Response:
    """Those that wait for an administrator, that are in force, or are over."""
    view = visit.request.query_params.get("view", "open")
    view = view if view in _VIEWS else "open"
    found = await visit.parts.store.exemptions.list(_VIEWS[view][1])
    return visit.show(
        "exceptions.html",
        found=found,
        view=view,
        views=_VIEWS,
        about=_about(visit, found),
        said=visit.request.query_params.get("said", ""),
    )


async def new(visit: Visit) -> Response:
    """A form for a new one, filled in from an opened message where one is named."""
    wanted, rule = visit.request.query_params.get("item", ""), visit.request.query_params.get("rule", "")
    scope: Scope | None = None
    if wanted:
        item = await visit.parts.store.quarantine.get(wanted)
        if not is_open(visit, item):
            raise NotOpened
        scope = disputed(item, rule, item.held.tutor)
    return _form(visit, scope or Scope(rule=rule), "", _USUAL)


async def propose_it(visit: Visit) -> Response:
    """Show what it would have done; and once that was seen, propose it."""
    scope = Scope(
        rule=await visit.text("rule", 80),
        tutor=await visit.text("tutor", 320),
        recipients=tuple((await visit.text("recipients")).split()),
        about=tuple((await visit.text("about")).split()),
        quote=await visit.text("quote", 200),
    )
    reason, days = await visit.text("reason", 400), await visit.text("days", 4)
    count = int(days) if days.isascii() and days.isdigit() else 0
    if await visit.text("confirmed"):
        made = await propose(visit, scope, count, reason)
        return visit.go(f"/exceptions/{made}")
    return _form(visit, scope, reason, count or _USUAL, await tried(visit, scope))


async def exception(visit: Visit) -> Response:
    """One of them, tried against the past, for whoever decides on it."""
    one = await proposal_of(visit, visit.request.path_params["exception"])
    return visit.show(
        "exception.html",
        one=one,
        tried=await tried(visit, one.scope),
        about=_about(visit, (one,)),
        decides=visit.may(ADMIN),
    )


async def decide(visit: Visit) -> Response:
    """Approve, refuse or revoke it."""
    action = visit.request.path_params["action"]
    await decide_on(visit, visit.request.path_params["exception"], action, await visit.text("reason", 400))
    return visit.go(f"/exceptions?said={action}")


def _form(visit: Visit, scope: Scope, reason: str, days: int, trial: Tried | None = None) -> Response:
    rules = sorted(visit.parts.policy().rules)
    return visit.show(
        "exception_new.html", scope=scope, reason=reason, days=days, tried=trial, rules=rules, longest=LONGEST
    )


def _about(visit: Visit, found: Iterable[Proposal]) -> dict[str, str]:
    """The names of the pupils whom these are about, by id."""
    register = visit.parts.register()
    ids = {each for one in found for each in one.scope.about}
    pupils = {each: register.pupil(each) for each in ids}
    return {
        key: f"{pupil.given_name} {pupil.family_name}".strip() if pupil else key
        for key, pupil in pupils.items()
    }


PAGES = [
    page("/exceptions", exceptions, roles=REVIEW | ADMIN),
    page("/exceptions/new", new, roles=REVIEW | ADMIN),
    page("/exceptions/new", propose_it, roles=REVIEW | ADMIN, methods=("POST",)),
    page("/exceptions/{exception}", exception, roles=REVIEW | ADMIN),
    page("/exceptions/{exception}/{action}", decide, roles=ADMIN, methods=("POST",)),
]
