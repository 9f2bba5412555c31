"""What monitors ask, and the files that the pages load."""

from starlette.responses import PlainTextResponse, Response

from gateway.console.pages import PUBLIC, Visit, page
from gateway.console.rendering import ASSETS
from gateway.review.errors import StoreTrouble

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


async def alive(visit: Visit) -> Response:  # noqa: ARG001 -- every page is called alike
    """The process answers."""
    return PlainTextResponse("ok\n")


async def ready(visit: Visit) -> Response:
    """The store answers too: mail can be judged and held."""
    try:
        await visit.parts.store.register_version()
    except StoreTrouble:
        return PlainTextResponse("the store does not answer\n", 503)
    return PlainTextResponse("ready\n")


async def asset(visit: Visit) -> Response:
    """A style sheet, a script or a picture of ours. Its address names its version."""
    name = visit.request.path_params["name"]
    if name not in ASSETS:
        return PlainTextResponse("There is no such file.\n", 404)
    return Response(
        ASSETS[name],
        media_type=_TYPES[name.rpartition(".")[2]],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


PAGES = [
    page("/healthz", alive, roles=PUBLIC),
    page("/readyz", ready, roles=PUBLIC),
    page("/assets/{name}", asset, roles=PUBLIC),
]
