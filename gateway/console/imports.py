"""A new register through the console: files in, the plan shown, and done once it was confirmed."""

from starlette.datastructures import UploadFile
from starlette.responses import Response

from gateway.console.pages import ADMIN, Visit, page
from gateway.console.parts import Imports
from gateway.console.visitor import InTheWay
from gateway.register.problems import RegisterProblem
from gateway.review.errors import RegisterChanged

_LIMIT = 50_000_000  # bytes of one upload; 100,000 pupils with their carers are 30 MB, packed 3
_SHOWN = 200  # problems


async def choose(visit: Visit) -> Response:
    """A form for the files."""
    _imports(visit)
    return visit.show("import.html", planned=None, problems=())


async def plan(visit: Visit) -> Response:
    """What the files would change, person by person; nothing is changed yet."""
    imports = _imports(visit)
    sent = (await visit.form()).getlist("files")
    files = {
        each.filename: await each.read() for each in sent if isinstance(each, UploadFile) and each.filename
    }
    if not files:
        raise InTheWay(400, "No file", "Please choose the files with the people in them.")
    try:
        planned = await imports.plan(files, visit.who)
    except RegisterProblem as wrong:
        return visit.show("import.html", 400, planned=None, problems=wrong.problems[:_SHOWN])
    return visit.show("import.html", planned=planned, problems=())


async def confirm(visit: Visit) -> Response:
    """Do what was planned, if the register is still the one that the plan was made for."""
    removals = await visit.text("removals", 3) == "yes"
    try:
        version = await _imports(visit).confirm(await visit.text("ticket", 64), visit.who, removals=removals)
    except RegisterChanged:
        raise _over() from None
    if version is None:
        raise _over()
    return visit.show("imported.html", version=version)


def _over() -> InTheWay:
    return InTheWay(
        409,
        "Nothing was imported",
        "The plan is used or too old, the register has changed since, or removals were not confirmed. "
        "Please send the files again.",
    )


def _imports(visit: Visit) -> Imports:
    if visit.parts.imports is None:
        raise InTheWay(404, "Nothing here", "This console imports nothing.")
    return visit.parts.imports


PAGES = [
    page("/register/import", choose, roles=ADMIN),
    page("/register/import", plan, roles=ADMIN, methods=("POST",), limit=_LIMIT),
    page("/register/import/confirm", confirm, roles=ADMIN, methods=("POST",)),
]
