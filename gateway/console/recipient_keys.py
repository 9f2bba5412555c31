"""Recipients' keys: who has one, of what kind, until when; files with keys put in and taken out."""

from starlette.datastructures import UploadFile
from starlette.responses import Response

from gateway.console.pages import ADMIN, Visit, page
from gateway.console.parts import RecipientKeys
from gateway.console.visitor import InTheWay, Visitor
from gateway.review.known_key import KeyFile, NoUsableKey

LIMIT = 1_000_000  # bytes of one file
_SAID = {"added": "The key is used from now on.", "removed": "The key is used no longer."}


async def keys(visit: Visit) -> Response:
    """All that are known, and a form for another."""
    said = _SAID.get(visit.request.query_params.get("said", ""), "")
    found = await _keys(visit).all()
    return visit.show("recipient_keys.html", found=found, said=said, sources=visit.parts.settings.keys)


async def add(visit: Visit) -> Response:
    """Keep a file."""
    sent = (await visit.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        raise InTheWay(400, "No file", "Please choose the file with the key in it.")
    await added(visit, sent.filename, await sent.read())
    return visit.go("/keys?said=added")


async def remove(visit: Visit) -> Response:
    """Keep it no longer."""
    await removed(visit, await visit.text("id", 64))
    return visit.go("/keys?said=removed")


async def known(visitor: Visitor) -> tuple[KeyFile, ...]:
    """The files of the store and of the folder."""
    return await _keys(visitor).all()


async def added(visitor: Visitor, name: str, data: bytes) -> KeyFile:
    """
    Keep a file, if a key in it can be used.

    Raises:
        InTheWay: none can, and why.
    """
    try:
        return await _keys(visitor).add(name, data, visitor.who)
    except NoUsableKey as fault:
        raise InTheWay(400, "Nothing was kept", f"No key in it can be used: {fault}.") from None


async def removed(visitor: Visitor, key: str) -> None:
    """Keep a file of the store no longer; NoSuchItem."""
    await _keys(visitor).remove(key, visitor.who)


def _keys(visitor: Visitor) -> RecipientKeys:
    if visitor.parts.keys is None:
        raise InTheWay(404, "Nothing here", "This console keeps no keys.")
    return visitor.parts.keys


PAGES = [
    page("/keys", keys, roles=ADMIN),
    page("/keys", add, roles=ADMIN, methods=("POST",), limit=LIMIT + 10_000),
    page("/keys/remove", remove, roles=ADMIN, methods=("POST",)),
]
