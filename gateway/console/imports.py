"""A new register through the console: files in, the plan shown, and done once it was confirmed."""

from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.responses import Response

from gateway.console.pages import ADMIN, Visit, page
from gateway.console.parts import Imports, Planned
from gateway.console.visitor import InTheWay, Visitor
from gateway.register.problems import RegisterProblem
from gateway.review.errors import RegisterChanged

LIMIT = 50_000_000  # bytes of one upload; 100,000 pupils with their carers are 30 MB, packed 3
_SHOWN = 200  # problems


async def choose(visit: Visit) -> Response:
    """A form for the files."""
    _imports(visit)
    return visit.show("import.html", planned=None, problems=())


async def plan(visit: Visit) -> Response:
    """What the files would change, person by person; nothing is changed yet."""
    sent = (await visit.form()).getlist("files")
    files = {
        each.filename: await each.read() for each in sent if isinstance(each, UploadFile) and each.filename
    }
    try:
        planned = await plan_of(visit, files)
    except RegisterProblem as wrong:
        return visit.show("import.html", 400, planned=None, problems=wrong.problems[:_SHOWN])
    return visit.show("import.html", planned=planned, problems=())


async def confirm(visit: Visit) -> Response:
    """Do what was planned."""
    removals = await visit.text("removals", 3) == "yes"
    version = await confirmed(visit, await visit.text("ticket", 64), removals=removals)
    return visit.show("imported.html", version=version)


async def plan_of(visitor: Visitor, files: Mapping[str, bytes]) -> Planned:
    """
    What the files would change. Nothing is changed yet.

    Raises:
        RegisterProblem: they cannot be used; all reasons.
        InTheWay: there is no file.
    """
    imports = _imports(visitor)
    if not files:
        raise InTheWay(400, "No file", "Please choose the files with the people in them.")
    return await imports.plan(files, visitor.who)


async def confirmed(visitor: Visitor, ticket: str, *, removals: bool) -> str:
    """
    Do what was planned, if the register is still the one that the plan was made for: its new version.

    Raises:
        InTheWay: it is not, or there is no such plan any more.
    """
    try:
        version = await _imports(visitor).confirm(ticket, visitor.who, removals=removals)
    except RegisterChanged:
        raise _over() from None
    if version is None:
        raise _over()
    return version


def _over() -> InTheWay:
    return InTheWay(
        409,
        "Nothing was imported",
        "The plan is used or too old, the register has changed since, or removals were not confirmed. "
        "Please send the files again.",
    )


def _imports(visitor: Visitor) -> Imports:
    if visitor.parts.imports is None:
        raise InTheWay(404, "Nothing here", "This console imports nothing.")
    return visitor.parts.imports


PAGES = [
    page("/register/import", choose, roles=ADMIN),
    page("/register/import", plan, roles=ADMIN, methods=("POST",), limit=LIMIT),
    page("/register/import/confirm", confirm, roles=ADMIN, methods=("POST",)),
]
