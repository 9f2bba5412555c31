"""Absence: who stands in for a reviewer or the safeguarding lead, and from when to when."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.console.pages import ADMIN, AUDIT, LEAD, REVIEW, Visit, page
from gateway.console.visitor import InTheWay, Visitor
from gateway.review.rules import Deputy

LENT = ("reviewer", "safeguarding_lead")
_LONGEST = timedelta(days=366)


def may_appoint(visitor: Visitor) -> bool:
    """An administrator, or the lead; not by a role that was itself only lent."""
    return visitor.account is not None and not (ADMIN | LEAD).isdisjoint(visitor.account.roles)


async def appoint(visitor: Visitor, name: str, role: str, since: datetime, until: datetime) -> str:
    """
    Let somebody stand in; returns the appointment's id.

    Raises:
        InTheWay: this person may not, or nobody of that name can, or the times are wrong.
    """
    if not may_appoint(visitor):
        raise InTheWay(403, "Not for your role", "An administrator or the safeguarding lead appoints.")
    listed = await visitor.parts.store.accounts.get(name)
    if listed is None or listed.disabled_at is not None:
        raise InTheWay(404, "Nobody there", "There is no account of that name.")
    if listed.account.name == visitor.who:
        raise InTheWay(403, "Not yourself", "Somebody else has to appoint you.")
    if role not in LENT:
        raise InTheWay(
            400, "No such role", "Somebody can stand in as a reviewer or as the safeguarding lead."
        )
    if not visitor.parts.clock() < until or not timedelta(0) < until - since <= _LONGEST:
        raise InTheWay(
            400, "Not in that time", "It has to end after it begins, after now, and within a year."
        )
    return await visitor.parts.store.deputies.appoint(listed.account.name, role, since, until, visitor.who)


async def end_it(visitor: Visitor, appointment: str) -> None:
    """
    They stand in no longer.

    Raises:
        NoSuchItem: there is no such appointment.
        InTheWay: this person may not.
    """
    if not may_appoint(visitor):
        raise InTheWay(403, "Not for your role", "An administrator or the safeguarding lead ends it.")
    await visitor.parts.store.deputies.end(appointment, visitor.who)


async def deputies(visit: Visit) -> Response:
    """Who stands in now or will."""
    now = visit.parts.clock()
    found = await visit.parts.store.deputies.list()
    names = [
        each.account.name for each in await visit.parts.store.accounts.list() if each.disabled_at is None
    ]
    return visit.show(
        "deputies.html",
        found=[(each, _acts(each, now)) for each in found],
        appoints=may_appoint(visit),
        names=[each for each in names if each != visit.who] if may_appoint(visit) else [],
        lent=LENT,
        today=now.astimezone(_zone(visit)).date().isoformat(),
        said=visit.request.query_params.get("said", ""),
    )


async def appoint_it(visit: Visit) -> Response:
    """From the first day's beginning to the last day's end."""
    try:
        first = date.fromisoformat(await visit.text("since", 10))
        last = date.fromisoformat(await visit.text("until", 10)) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise InTheWay(400, "No date", "Please give the first and the last day as dates.") from None
    since, until = (datetime.combine(day, time(), _zone(visit)) for day in (first, last))
    await appoint(visit, await visit.text("name", 320), await visit.text("role", 40), since, until)
    return visit.go("/deputies?said=appointed")


async def end(visit: Visit) -> Response:
    """End it before its time."""
    await end_it(visit, visit.request.path_params["appointment"])
    return visit.go("/deputies?said=ended")


def _acts(deputy: Deputy, now: datetime) -> bool:
    return deputy.since <= now


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.parts.settings.notices.timezone)


PAGES = [
    page("/deputies", deputies, roles=REVIEW | ADMIN | AUDIT),
    page("/deputies", appoint_it, roles=ADMIN | LEAD, methods=("POST",)),
    page("/deputies/{appointment}/end", end, roles=ADMIN | LEAD, methods=("POST",)),
]
