"""The register, the policy, reports and the audit trail."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse

from gateway.console.api.operation import Call, Operation
from gateway.console.audit import as_csv, as_json, as_pdf, checked, export_of, page_of
from gateway.console.pages import ADMIN, AUDIT, OVERSIGHT, REVIEW
from gateway.console.register import Card, Household, exceptions_of, find, household_of
from gateway.console.reports import Report, report_for
from gateway.policy.verdict import Policy
from gateway.review.exemptions import Proposal
from gateway.review.held import Entry


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Beginnings of names, an address, or an id."""

    q: Annotated[str, Meta(min_length=1, max_length=320)]


class People(msgspec.Struct, frozen=True):
    """Whom the register has by that name; *more* than these fifty."""

    people: tuple[Card, ...]
    more: bool
    version: str


class Span(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many weeks back."""

    weeks: Literal[4, 13, 52] = 4


class WhichEntries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """About one item; or of a kind, by somebody, before an entry's number."""

    item: Annotated[str, Meta(max_length=40)] = ""
    what: Annotated[str, Meta(max_length=40)] = ""
    who: Annotated[str, Meta(max_length=320)] = ""
    before: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class Fault(msgspec.Struct, frozen=True):
    """An entry that is not as it was written."""

    seq: int
    what: str


class Checked(msgspec.Struct, frozen=True):
    """Whether the record holds, and its last entry's number and link, to be kept elsewhere."""

    holds: bool
    faults: tuple[Fault, ...]
    last: int
    link: str


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about one item (id), one tutor (account or address) or one person of the register (id)."""

    scope: Literal["item", "tutor", "person"]
    name: Annotated[str, Meta(min_length=1, max_length=320)]


async def search_register(call: Call, asked: Search) -> People:
    """Look people up, fifty at most."""
    cards, more = await find(call, asked.q.strip())
    return People(tuple(cards), more, call.parts.register().version)


class Somebody(Household, frozen=True):
    """With the exceptions that name them."""

    exceptions: tuple[Proposal, ...]


async def show_person(call: Call) -> Somebody:
    """A pupil, carer or colleague with whoever belongs to them, what they may be sent, and exceptions."""
    kind, key = call.part("kind"), call.part("key")
    found = household_of(call, kind, key)
    return Somebody(found.card, found.near, await exceptions_of(call, kind, key))


async def show_policy(call: Call) -> Policy:
    """The policy in force, rule by rule with its clauses."""
    return call.parts.policy()


async def show_report(call: Call, asked: Span) -> Report:
    """What was stopped, by rule, tutor and week; how often wrongly; how long it waited."""
    return await report_for(call, asked.weeks)


async def list_audit(call: Call, asked: WhichEntries) -> tuple[Entry, ...]:
    """The record, the newest hundred entries first, without what people wrote about messages."""
    return await page_of(call, item=asked.item, what=asked.what, who=asked.who.strip(), before=asked.before)


async def verify_audit(call: Call) -> Checked:
    """Check every link of the record."""
    flaws, head = await checked(call)
    faults = tuple(Fault(each.seq, each.what) for each in flaws)
    return Checked(not faults, faults, head.seq if head else 0, head.link if head else "")


async def export_audit(call: Call, asked: Export) -> Response:
    """All entries about something, as a JSON array; the export itself is recorded."""
    ids = await export_of(call, asked.scope, asked.name)
    return StreamingResponse(as_json(call, ids), media_type="application/json")


async def export_audit_csv(call: Call, asked: Export) -> Response:
    """The same as a table."""
    ids = await export_of(call, asked.scope, asked.name)
    return StreamingResponse(as_csv(call, ids), media_type="text/csv")


async def export_audit_pdf(call: Call, asked: Export) -> Response:
    """The same on paper."""
    ids = await export_of(call, asked.scope, asked.name)
    return await as_pdf(call, ids, f"{asked.scope}: {asked.name}")


OPERATIONS = (
    Operation("GET", "/register", search_register, "register:read", REVIEW | ADMIN),
    Operation("GET", "/register/{kind}/{key}", show_person, "register:read", REVIEW | ADMIN),
    Operation("GET", "/policy", show_policy, "policy:read", OVERSIGHT),
    Operation("GET", "/reports", show_report, "reports:read", OVERSIGHT),
    Operation("GET", "/audit", list_audit, "audit:read", AUDIT),
    Operation("POST", "/audit/verify", verify_audit, "audit:read", AUDIT),
    Operation("POST", "/audit/export", export_audit, "audit:read", AUDIT),
    Operation("POST", "/audit/export.csv", export_audit_csv, "audit:read", AUDIT, "text/csv"),
    Operation("POST", "/audit/export.pdf", export_audit_pdf, "audit:read", AUDIT, "application/pdf"),
)
