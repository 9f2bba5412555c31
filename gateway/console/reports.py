"""Reports: what was stopped, by rule, tutor and week; how often wrongly; how long it waited."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

import msgspec
from markupsafe import Markup
from starlette.responses import Response

from gateway.console.charts import bars, columns
from gateway.console.pages import OVERSIGHT, Visit, page
from gateway.console.people import tutor_name
from gateway.console.rendering import age_of, cell
from gateway.console.visitor import Visitor
from gateway.policy.titles import title
from gateway.review.held import Held

_WEEKS = (4, 13, 52)
_MOST = 20
_LEAST = "< 1 min"


class Line(msgspec.Struct, frozen=True):
    """
    One row of a table: *stopped* messages, and of those decided how many were released unchanged.

    *minutes*: how long they usually waited for their decision; None while nothing was decided.
    """

    name: str
    stopped: int
    decided: int
    released: int
    minutes: int | None

    @property
    def false_alarms(self) -> str:
        """Such as "25 %"; "–" while nothing was decided."""
        return f"{round(100 * self.released / self.decided)} %" if self.decided else "–"

    @property
    def waited(self) -> str:
        """Such as "12 min"."""
        return "–" if self.minutes is None else age_of(timedelta(minutes=self.minutes), _LEAST)


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
    report = await report_for(visit, weeks)
    drawn = {
        "weeks": await asyncio.to_thread(_chart, "weeks", "Stopped, week by week", report.weeks),
        "rules": await asyncio.to_thread(_chart, "rules", "Stopped, by rule", report.rules),
        "tutors": await asyncio.to_thread(_chart, "tutors", "Stopped, by tutor", report.tutors),
    }
    return visit.show("reports.html", report=report, charts=drawn, weeks=weeks, choices=_WEEKS)


def _chart(key: str, title: str, lines: Sequence[Line]) -> Markup:
    draw = columns if key == "weeks" else bars
    return draw(
        key,
        title,
        [each.name for each in lines],
        [each.stopped for each in lines],
        [each.released for each in lines],
    )


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
    writer.writerow(("name", "stopped", "decided", "released unchanged", "usual wait in minutes"))
    writer.writerows(
        (cell(each.name), each.stopped, each.decided, each.released, each.minutes) for each in lines
    )
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
    times = _times(found)
    by_week: dict[date, list[Held]] = {
        _monday(now - timedelta(weeks=back)): [] for back in range(weeks, -1, -1)
    }
    for each in found:
        by_week.setdefault(_monday(each.held_at), []).append(each)
    return Report(
        stopped=len(found),
        decided=len(times),
        released=sum(map(_was_released, found)),
        waited=age_of(timedelta(seconds=median(times)), _LEAST) if times else "–",
        slowest=age_of(timedelta(seconds=max(times)), _LEAST) if times else "–",
        rules=_lines((title(rule), each) for each in found for rule in each.rules),
        tutors=_lines((names[each.tutor], each) for each in found),
        weeks=_counted([(f"{day.day} {day:%b}", group) for day, group in sorted(by_week.items())]),
    )


def _lines(pairs: Iterable[tuple[str, Held]]) -> tuple[Line, ...]:
    """By name, the most frequent first."""
    groups: dict[str, list[Held]] = {}
    for name, held in pairs:
        groups.setdefault(name, []).append(held)
    order = Counter({name: len(group) for name, group in groups.items()}).most_common(_MOST)
    return _counted([(name, groups[name]) for name, _ in order])


def _counted(groups: Sequence[tuple[str, Sequence[Held]]]) -> tuple[Line, ...]:
    return tuple(
        Line(name, len(group), len(_times(group)), sum(map(_was_released, group)), _usual(_times(group)))
        for name, group in groups
    )


def _times(group: Iterable[Held]) -> list[float]:
    """How long each took that was decided, in seconds."""
    return [(each.decided_at - each.held_at).total_seconds() for each in group if each.decided_at]


def _usual(times: Sequence[float]) -> int | None:
    return int(median(times) // 60) if times else None


def _was_released(held: Held) -> bool:
    return held.state in ("released", "releasing")


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())


PAGES = [
    page("/reports", reports, roles=OVERSIGHT),
    page("/reports/{table}.csv", table, roles=OVERSIGHT),
]
