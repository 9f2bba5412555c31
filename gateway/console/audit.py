"""The audit trail: who did what, whether the record of it holds, and an export."""

import csv
import io
from collections.abc import AsyncIterator

import msgspec
from starlette.responses import Response, StreamingResponse

from gateway.console.pages import AUDIT, Visit, page
from gateway.console.rendering import HAPPENED, cell
from gateway.mail.ids import as_id
from gateway.review.held import Entry

_PAGE = 100


async def audit(visit: Visit) -> Response:
    """The newest entries first."""
    query = visit.request.query_params
    what, who = query.get("what", "")[:40], query.get("who", "").strip()[:320]
    item = as_id(query.get("item", ""))
    before = query.get("before", "")
    if item:
        entries: tuple[Entry, ...] = (await visit.parts.store.audit.about(item))[::-1]
    else:
        entries = await visit.parts.store.audit.page(
            what=(what,) if what else (),
            who=who,
            before=int(before) if before.isascii() and before.isdigit() else None,
            limit=_PAGE,
        )
    return visit.show(
        "audit.html",
        entries=entries,
        what=what,
        who=who,
        item=item,
        happened=HAPPENED,
        more=entries[-1].seq if len(entries) == _PAGE and entries[-1].seq > 1 else None,
    )


async def verify(visit: Visit) -> Response:
    """Check every link of the chain."""
    flaws = await visit.parts.store.audit.verify()
    head = await visit.parts.store.audit.head()
    await visit.parts.store.audit.record("audit_verified", "audit", visit.who, flaws=str(len(flaws)))
    return visit.show("audit_verified.html", flaws=flaws, head=head)


async def export(visit: Visit) -> Response:
    """Everything about one message, one tutor or one person of the register; recorded itself."""
    scope, name = await visit.text("scope"), await visit.text("name", 320)
    form = await visit.text("form")
    quarantine = visit.parts.store.quarantine
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
        return visit.trouble(404, "Nothing found", "There is no message for that.")
    await visit.parts.store.audit.record("audit_exported", "audit", visit.who, scope=f"{scope}={name}")
    if form == "csv":
        return _download(_csv(visit, ids), "text/csv; charset=utf-8", "audit.csv")
    return _download(_json(visit, ids), "application/json", "audit.json")


async def _entries(visit: Visit, ids: tuple[str, ...]) -> AsyncIterator[Entry]:
    for each in ids:
        for entry in await visit.parts.store.audit.about(each):
            yield entry


async def _json(visit: Visit, ids: tuple[str, ...]) -> AsyncIterator[bytes]:
    first = True
    yield b"["
    async for entry in _entries(visit, ids):
        yield (b"" if first else b",") + b"\n" + msgspec.json.encode(entry)
        first = False
    yield b"\n]\n"


async def _csv(visit: Visit, ids: tuple[str, ...]) -> AsyncIterator[bytes]:
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
