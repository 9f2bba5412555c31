"""The message itself: its body in a frame of its own, its source, its files. Only while it is open."""

import hashlib
from base64 import b64encode
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from gateway.console.headers import content_policy
from gateway.console.item import is_open
from gateway.console.letter import letter
from gateway.console.pages import REVIEW, NotOpened, Visit, page
from gateway.console.rendering import shown
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.review.held import Item

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 12px 14px; font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
       background: #fff; color: #1b2430; }
pre.plain { white-space: pre-wrap; font: inherit; margin: 0; }
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; max-width: 100%; }
td, th { padding: 2px 6px; vertical-align: top; }
blockquote { margin: 8px 0 8px 4px; padding-left: 10px; border-left: 3px solid #b8c0cb; }
mark { background: #ffd9bd; color: #1b2430; font-weight: 600; padding: 0 2px; border-radius: 3px; }
@media (prefers-color-scheme: dark) {
  body { background: #161b22; color: #e6eaf0; }
  mark { background: #6b3d1d; color: #fff; }
}
"""
_DIGEST = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# The document may load nothing, run nothing, send nothing and belongs to no origin.
SEALED = content_policy(
    (
        "sandbox",
        "default-src 'none'",
        f"style-src 'sha256-{_DIGEST}'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
) | {"X-Frame-Options": "SAMEORIGIN"}
_LONGEST_SOURCE = 200_000


async def body(visit: Visit) -> Response:
    """The text as its recipients would read it, with the evidence highlighted."""
    item, message = await _opened(visit)
    if message is None:
        shown_body = "<p>This message cannot be shown: its structure is damaged. See its source.</p>"
    else:
        shown_body = letter(message, _marks(item)).html
    page_html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The message</title>'
        f"<style>{_STYLE}</style></head><body><main>{shown_body}</main></body></html>"
    )
    return HTMLResponse(page_html, headers=SEALED)


async def source(visit: Visit) -> Response:
    """The bytes as they came, as text."""
    item, _ = await _opened(visit)
    raw = await visit.parts.store.quarantine.raw(item.held.id)
    text = raw[:_LONGEST_SOURCE].decode("utf-8", "backslashreplace")
    lines = "\n".join(shown(line) for line in text.split("\r\n"))
    return visit.show("source.html", item=item, held=item.held, text=lines, cut=len(raw) > _LONGEST_SOURCE)


async def attachment(visit: Visit) -> Response:
    """One file, always as a download; recorded like every look."""
    item, message = await _opened(visit)
    wanted = visit.request.path_params["part"]
    part = next((each for each in (message.attachments if message else ()) if each.path == wanted), None)
    if part is None:
        return visit.trouble(404, "Nothing here", "The message has no such file.")
    await visit.parts.store.quarantine.look(item.held.id, visit.who, f"downloaded file {wanted}")
    return Response(
        part.content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": as_file(part.filename or f"file-{wanted}"), **SEALED},
    )


def _marks(item: Item) -> list[str]:
    """What the rules found, as it stands in the text."""
    return [
        each.quote[each.start : each.end]
        for judged in item.verdict.judged
        for each in judged.finding.evidence
        if 0 <= each.start < each.end <= len(each.quote)
    ]


async def _opened(visit: Visit) -> tuple[Item, Message | None]:
    """
    The item, if it is open to whoever asks.

    Raises:
        NotOpened: they have not said why they look, or too long ago.
    """
    item = await visit.parts.store.quarantine.get(visit.item)
    if not is_open(visit, item):
        raise NotOpened(item.held.id)
    raw = await visit.parts.store.quarantine.raw(item.held.id)
    try:
        return item, Message.parse(raw, item.envelope)
    except MalformedMessage:
        return item, None


def as_file(name: str) -> str:
    """A header that makes a download of it, whatever the sender called it (RFC 6266, 4.3; RFC 8187)."""
    safe = "".join(char if char.isprintable() and char not in '"\\/:*?<>|%;' else "_" for char in shown(name))
    safe = safe.strip(". ")[:150] or "file"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


PAGES = [
    page("/items/{item}/body", body, roles=REVIEW),
    page("/items/{item}/source", source, roles=REVIEW),
    page("/items/{item}/files/{part}", attachment, roles=REVIEW),
]
