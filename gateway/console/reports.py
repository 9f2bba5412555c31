"""Reports: what was stopped, by rule, tutor and week; how often wrongly; how long it waited."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

import msgspec
from starlette.responses import Response

from gateway.console.pages import OVERSIGHT, Visit, page
from gateway.console.people import tutor_name
from gateway.console.rendering import age_of, cell
from gateway.console.visitor import Visitor
from gateway.policy.titles import title
from gateway.review.held import Held

_WEEKS = (4, 13, 52)
_MOST = 20


class Line(msgspec.Struct, frozen=True):
    """One row of a table: *stopped* messages, and of those decided how many were released unchanged."""

    name: str
    stopped: int
    decided: int
    released: int
    share: int  # of the longest bar, in per cent

    @property
    def false_alarms(self) -> str:
        """Such as "25 %"; "–" while nothing was decided."""
        return f"{round(100 * self.released / self.decided)} %" if self.decided else "–"


class Report(msgspec.Struct, frozen=True):
    """All the tables."""

    stopped: int
    decided: int
    released: int
    waited: str
    slowest: str
    rules: tuple[Line, ...]
    tutors: tuple[Line, ...]
    weeks: tuple[Line, ...]


async def reports(visit: Visit) -> Response:
    """The tables and their charts."""
    weeks = _weeks(visit)
    return visit.show("reports.html", report=await report_for(visit, weeks), weeks=weeks, choices=_WEEKS)


async def table(visit: Visit) -> Response:
    """One table as CSV."""
    report = await report_for(visit, _weeks(visit))
    lines = {"rules": report.rules, "tutors": report.tutors, "weeks": report.weeks}.get(
        visit.request.path_params["table"]
    )
    if lines is None:
        return visit.trouble(404, "Nothing here", "There is no such table.")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("name", "stopped", "decided", "released unchanged"))
    writer.writerows((cell(each.name), each.stopped, each.decided, each.released) for each in lines)
    return Response(
        out.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="report.csv"'},
    )


def _weeks(visit: Visit) -> int:
    text = visit.request.query_params.get("weeks", "")
    return int(text) if text in map(str, _WEEKS) else _WEEKS[0]


async def report_for(visit: Visitor, weeks: int) -> Report:
    """What happened in the last weeks."""
    now = visit.parts.clock()
    found = await visit.parts.store.quarantine.within(now - timedelta(weeks=weeks), now)
    register = visit.parts.register()
    return report_on(found, {each.tutor: tutor_name(each.tutor, register) for each in found}, now, weeks)


def report_on(found: Sequence[Held], names: dict[str, str], now: datetime, weeks: int) -> Report:
    """Count. A message that was released as it was written counts as a false alarm."""
    times = [(each.decided_at - each.held_at).total_seconds() for each in found if each.decided_at]
    by_week: dict[date, list[Held]] = {
        _monday(now - timedelta(weeks=back)): [] for back in range(weeks, -1, -1)
    }
    for each in found:
        by_week.setdefault(_monday(each.held_at), []).append(each)
    return Report(
        stopped=len(found),
        decided=len(times),
        released=sum(map(_was_released, found)),
        waited=age_of(timedelta(seconds=median(times))) if times else "–",
        slowest=age_of(timedelta(seconds=max(times))) if times else "–",
        rules=_lines((title(rule), each) for each in found for rule in each.rules),
        tutors=_lines((names[each.tutor], each) for each in found),
        weeks=_drawn([(f"{day.day} {day:%b}", group) for day, group in sorted(by_week.items())]),
    )


def _lines(pairs: Iterable[tuple[str, Held]]) -> tuple[Line, ...]:
    """By name, the most frequent first."""
    groups: dict[str, list[Held]] = {}
    for name, held in pairs:
        groups.setdefault(name, []).append(held)
    order = Counter({name: len(group) for name, group in groups.items()}).most_common(_MOST)
    return _drawn([(name, groups[name]) for name, _ in order])


def _drawn(groups: Sequence[tuple[str, Sequence[Held]]]) -> tuple[Line, ...]:
    longest = max((len(group) for _, group in groups), default=0) or 1
    return tuple(
        Line(
            name,
            len(group),
            sum(1 for each in group if each.decided_at),
            sum(map(_was_released, group)),
            round(100 * len(group) / longest),
        )
        for name, group in groups
    )


def _was_released(held: Held) -> bool:
    return held.state in ("released", "releasing")


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())


PAGES = [
    page("/reports", reports, roles=OVERSIGHT),
    page("/reports/{table}.csv", table, roles=OVERSIGHT),
]
