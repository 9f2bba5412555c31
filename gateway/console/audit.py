"""The audit trail: who did what, whether the record of it holds, and an export."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import msgspec
from starlette.responses import Response, StreamingResponse

from gateway.console.item import REASONS, is_open
from gateway.console.kept import Flaw, Head
from gateway.console.notes import veiled
from gateway.console.pages import AUDIT, REVIEW, Visit, page
from gateway.console.pdf import Record, write_pdf
from gateway.console.rendering import HAPPENED, cell
from gateway.console.visitor import InTheWay, Visitor
from gateway.mail.ids import as_id
from gateway.review.errors import NoSuchItem, Tampered
from gateway.review.held import Entry

_PAGE = 100


async def audit(visit: Visit) -> Response:
    """The newest entries first."""
    query = visit.request.query_params
    what, who = query.get("what", "")[:40], query.get("who", "").strip()[:320]
    item = as_id(query.get("item", ""))
    before = query.get("before", "")
    last = int(before) if before.isascii() and before.isdigit() else None
    if item and await _has_opened(visit, item):
        entries = (await visit.parts.store.audit.about(item))[::-1]
    else:
        entries = await page_of(visit, item=item, what=what, who=who, before=last)
    return visit.show(
        "audit.html",
        entries=entries,
        what=what,
        who=who,
        item=item,
        reviews=visit.may(REVIEW),
        happened=HAPPENED,
        more=entries[-1].seq if len(entries) == _PAGE and entries[-1].seq > 1 else None,
    )


async def _has_opened(visit: Visit, item: str) -> bool:
    """Whether the message is open to them just now."""
    with suppress(NoSuchItem, Tampered):
        return visit.may(REVIEW) and is_open(visit, await visit.parts.store.quarantine.get(item))
    return False


async def page_of(
    visitor: Visitor, *, item: str, what: str, who: str, before: int | None
) -> tuple[Entry, ...]:
    """
    The newest entries first: all about one item, or a hundred of a kind and by somebody.

    What people wrote about a message is veiled (`notes`).
    """
    trail = visitor.parts.store.audit
    if item:
        found = (await trail.about(as_id(item)))[::-1]
    else:
        found = await trail.page(what=(what,) if what else (), who=who, before=before, limit=_PAGE)
    return veiled(found, REASONS)


async def verify(visit: Visit) -> Response:
    """Check every link of the chain."""
    flaws, head = await checked(visit)
    return visit.show("audit_verified.html", flaws=flaws, head=head)


async def checked(visitor: Visitor) -> tuple[Sequence[Flaw], Head | None]:
    """What does not hold in the chain, and where it ends; that somebody checked is recorded."""
    audit = visitor.parts.store.audit
    flaws, head = await audit.verify(), await audit.head()
    await audit.record("audit_verified", "audit", visitor.who, flaws=str(len(flaws)))
    return flaws, head


async def export(visit: Visit) -> Response:
    """Everything about one message, one tutor or one person of the register; recorded itself."""
    scope, name = await visit.text("scope"), await visit.text("name", 320)
    form = await visit.text("form")
    ids = await export_of(visit, scope, name)
    if form == "csv":
        return _download(as_csv(visit, ids), "text/csv; charset=utf-8", "audit.csv")
    if form == "pdf":
        return await as_pdf(visit, ids, f"{scope}: {name}")
    return _download(as_json(visit, ids), "application/json", "audit.json")


async def export_of(visitor: Visitor, scope: str, name: str) -> tuple[str, ...]:
    """
    The messages whose entries somebody takes away, which is recorded.

    Raises:
        InTheWay: there are none.
    """
    quarantine = visitor.parts.store.quarantine
    match scope:
        case "item":
            ids: tuple[str, ...] = tuple(filter(None, [as_id(name)]))
        case "tutor":
            ids = await quarantine.ids(tutor=name) if name else ()
        case "person":
            ids = await quarantine.ids(person=name) if name else ()
        case _:
            ids = ()
    if not ids:
        raise InTheWay(404, "Nothing found", "There is no message for that.")
    await visitor.parts.store.audit.record("audit_exported", "audit", visitor.who, scope=f"{scope}={name}")
    return ids


async def _entries(visit: Visitor, ids: tuple[str, ...]) -> AsyncIterator[Entry]:
    for each in ids:
        for entry in await visit.parts.store.audit.about(each):
            yield entry


async def as_json(visit: Visitor, ids: tuple[str, ...]) -> AsyncIterator[bytes]:
    """The entries as a JSON array, piece by piece."""
    first = True
    yield b"["
    async for entry in _entries(visit, ids):
        yield (b"" if first else b",") + b"\n" + msgspec.json.encode(entry)
        first = False
    yield b"\n]\n"


async def as_pdf(visit: Visitor, ids: tuple[str, ...], about: str) -> Response:
    """The entries on paper, for somebody who asked what is recorded about them."""
    rows = [("No.", "When", "What", "Message", "Who and details")]
    async for entry in _entries(visit, ids):
        details = "\n".join(f"{name}: {text}" for name, text in entry.detail.items() if text)
        what = HAPPENED.get(entry.what, entry.what)
        rows.append((str(entry.seq), visit.moment(entry.at), what, entry.subject, f"{entry.who}\n{details}"))
    record = Record(
        title="What is recorded",
        subject=about,
        facts=[
            ("Agency", visit.parts.settings.agency.name),
            ("Written at", visit.moment(visit.parts.clock())),
        ],
        rows=rows,
    )
    return Response(
        await asyncio.to_thread(write_pdf, record),
        media_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="audit.pdf"'},
    )


async def as_csv(visit: Visitor, ids: tuple[str, ...]) -> AsyncIterator[bytes]:
    """The entries as a table, piece by piece."""
    yield _line("number", "time", "what", "message", "who", "details")
    async for entry in _entries(visit, ids):
        details = "; ".join(f"{name}: {text}" for name, text in entry.detail.items() if text)
        yield _line(str(entry.seq), entry.at.isoformat(), entry.what, entry.subject, entry.who, details)


def _line(*cells: str) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(map(cell, cells))
    return out.getvalue().encode()


def _download(pieces: AsyncIterator[bytes], media_type: str, name: str) -> Response:
    return StreamingResponse(
        pieces, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


PAGES = [
    page("/audit", audit, roles=AUDIT),
    page("/audit/verify", verify, roles=AUDIT, methods=("POST",)),
    page("/audit/export", export, roles=AUDIT, methods=("POST",)),
]
