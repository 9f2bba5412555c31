"""
Reporting a data breach or a concern about a child: a form that is filled in from the message.

Only who has opened the message writes a report; only its author and the safeguarding lead
read it afterwards. The lead gets a mail with a link, since a mailbox is no place for it.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import get_args

from starlette.responses import Response

from gateway.console.item import attachments_of, is_open, read
from gateway.console.pages import LEAD, REVIEW, NotOpened, Visit, page
from gateway.console.pdf import Record, write_pdf
from gateway.console.people import recipients_of, spoken, tutor_name
from gateway.console.visitor import InTheWay, Visitor
from gateway.mail.ids import as_id
from gateway.review.concern import Concern, Kind, Told
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.held import Item
from gateway.review.rules import NotAllowed

LONGEST = 8_000
_AUTHORITY = timedelta(hours=72)  # UK GDPR, Art. 33(1)
TITLES: dict[Kind, str] = {"breach": "Data breach", "concern": "Safeguarding concern"}
# Field, what is asked, and a word of help.
QUESTIONS: dict[Kind, tuple[tuple[str, str, str], ...]] = {
    "breach": (
        ("noticed", "When was it noticed?", ""),
        ("happened", "What happened?", ""),
        ("affected", "Whose data is it?", "Who they are and how many."),
        ("data", "Which data?", ""),
        ("risk", "What may follow from it?", "For the people whose data it is."),
        ("done", "What was done about it?", ""),
        ("informed", "Who knows of it?", "Families, school, the ICO: who and when."),
    ),
    "concern": (
        ("noticed", "When was it noticed?", ""),
        ("happened", "What was seen or said?", "In the words that were used, without judging."),
        ("affected", "Which child?", ""),
        ("done", "What was done about it?", ""),
        ("informed", "Who knows of it?", "Do not tell a person whom the concern is about."),
    ),
}


async def form(visit: Visit) -> Response:
    """The form, with what the message and its findings say already."""
    kind = _kind(visit.request.query_params.get("kind", ""))
    item = await _opened(visit)
    return visit.show(
        "concern_form.html",
        held=item.held,
        kind=kind,
        title=TITLES[kind],
        questions=QUESTIONS[kind],
        told=await _filled_in(visit, item, kind),
    )


async def file(visit: Visit) -> Response:
    """Keep it, and tell the safeguarding lead that there is something to read."""
    kind = _kind(await visit.text("kind", 10))
    item = await _opened(visit)
    fields = {name: await visit.text(name, LONGEST) for name, _, _ in QUESTIONS[kind]}
    key = await file_it(visit, item, kind, Told(**fields), reserve=bool(await visit.text("reserve")))
    return visit.go(f"/items/{item.held.id}/reports/{key}")


async def file_it(visitor: Visitor, item: Item, kind: Kind, told: Told, *, reserve: bool) -> str:
    """
    Keep a report and tell the lead; with *reserve* the message is the lead's alone from now on.

    Returns the report's id.

    Raises:
        InTheWay: it does not say what happened and to whom.
    """
    if not told.happened.strip() or not told.affected.strip():
        raise InTheWay(400, "Something is missing", "Please say what happened and whom it is about.")
    concerns, notices = visitor.parts.store.concerns, visitor.parts.notices
    key = concerns.new_id()
    await concerns.keep(
        key, item.held.id, kind, told, visitor.who, *notices.reported(item.held.id, kind, key)
    )
    if reserve and visitor.account is not None:
        with suppress(NotAllowed, WrongState):  # decided already, or theirs: the report stands all the same
            await visitor.parts.store.review.pass_on(item.held.id, visitor.account)
    return key


async def show(visit: Visit) -> Response:
    """A report as it was written."""
    concern = await readable(visit, visit.item, visit.request.path_params["report"])
    return visit.show(
        "concern.html", concern=concern, title=TITLES[concern.kind], questions=QUESTIONS[concern.kind]
    )


async def as_pdf(visit: Visit) -> Response:
    """The same on paper; that it was taken away is recorded."""
    return await pdf_of(visit, await readable(visit, visit.item, visit.request.path_params["report"]))


async def pdf_of(visit: Visitor, concern: Concern) -> Response:
    """A report as PDF; that it was taken away is recorded."""
    await visit.parts.store.audit.record(
        "report_exported", concern.item, visit.who, kind=concern.kind, report=concern.id
    )
    moment = visit.moment
    facts = [
        ("Agency", visit.parts.settings.agency.name),
        ("Message", concern.item),
        ("Reported by", concern.by),
        ("Reported at", moment(concern.at)),
    ]
    if concern.kind == "breach":
        facts.append(("To the ICO, if at all, by", moment(concern.at + _AUTHORITY)))
    sections = [(asked, getattr(concern.told, name)) for name, asked, _ in QUESTIONS[concern.kind]]
    record = Record(title=TITLES[concern.kind], facts=facts, sections=sections)
    return Response(
        await asyncio.to_thread(write_pdf, record),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="report-{concern.id}.pdf"'},
    )


async def _filled_in(visit: Visit, item: Item, kind: Kind) -> Told:
    register = visit.parts.register()
    recipients = recipients_of(item.envelope.rcpt_to, register, item.envelope.today)
    people = "\n".join(
        f"{', '.join(each.names)} <{each.address}>, {each.role}"
        if each.names
        else f"<{each.address}>, not in the register"
        for each in recipients
    )
    tutor = tutor_name(item.held.tutor, register)
    message = read(await visit.parts.store.quarantine.raw(item.held.id), item)
    files = await attachments_of(visit, message) if message else ()
    found = "\n".join(f"– {judged.finding.summary}" for judged in item.verdict.judged)
    sent = item.held.state in ("released", "repaired")
    return Told(
        noticed=visit.moment(visit.parts.clock()),
        happened=""
        if kind == "concern"
        else f"{tutor} wrote a message to {spoken(recipients, register)} at {visit.moment(item.held.received_at)}."
        f"\n{found}",
        affected="" if kind == "concern" else people,
        data="\n".join([f"Subject: {item.held.subject}", *(f"File: {each.name}" for each in files)]),
        done="The message was sent." if sent else "The gateway stopped the message before it left.",
    )


async def _opened(visit: Visit) -> Item:
    item = await visit.parts.store.quarantine.get(visit.item)
    if not is_open(visit, item):
        raise NotOpened
    return item


async def readable(visitor: Visitor, item: str, key: str) -> Concern:
    """
    The report, for its author and the safeguarding lead.

    Raises:
        NoSuchItem: there is none that this person may know of.
    """
    concern = await visitor.parts.store.concerns.get(key)
    if concern.item != as_id(item) or not may_read(visitor, concern):
        raise NoSuchItem
    return concern


def may_read(visitor: Visitor, concern: Concern) -> bool:
    """Its author and the safeguarding lead."""
    return concern.by == visitor.who or visitor.may(LEAD)


def _kind(text: str) -> Kind:
    return next((each for each in get_args(Kind) if each == text), "breach")


PAGES = [
    page("/items/{item}/reports/new", form, roles=REVIEW),
    page("/items/{item}/reports/new", file, roles=REVIEW, methods=("POST",)),
    page("/items/{item}/reports/{report}", show, roles=REVIEW),
    page("/items/{item}/reports/{report}/pdf", as_pdf, roles=REVIEW),
]
