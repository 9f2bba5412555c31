"""
The page where a recipient picks files up.

The link alone shows that files wait, and neither names nor contents; the code, which came
another way, opens them. Looking changes nothing, however often and whoever looks: only the
form counts as a try.
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from gateway.console.headers import content_policy
from gateway.console.pages import PUBLIC, Page, Visit, page
from gateway.remedy.link import PICK_UP, Links, Token, read_token
from gateway.review.errors import NoSuchItem
from gateway.review.pickup import NotPickedUp, Waiting
from gateway.sections import Settings
from gateway.wording import Wording

_STATUS = {"open": 200, "locked": 429, "expired": 410, "withdrawn": 410}
_LONGEST_CODE = 200


class PickUpPage:
    """Everything under ``/p/``."""

    def __init__(self, links: Links, wording: Wording, contact: str) -> None:
        self._links = links
        self._wording = wording
        self._contact = contact

    def pages(self) -> list[Page]:
        """The one route. The token in its path and the code are the authority, so the form needs no other."""
        return [page("/p/{token}", self.visit, roles=PUBLIC, methods=("GET", "POST"), token=False)]

    async def visit(self, visit: Visit) -> Response:
        """Show that files wait, or hand one over."""
        token = read_token(visit.request.path_params["token"])
        waiting = await self._waiting(visit, token)
        if token is None or waiting is None:
            return self._show(visit, "unknown", 404)
        if waiting.state != "open" or visit.request.method != "POST":
            return await self._page(visit, waiting)
        code, name = await visit.text("code", _LONGEST_CODE), await visit.text("file", 80)
        try:
            data = await visit.parts.store.pickups.take(waiting.id, code, name)
        except NotPickedUp:
            after = await visit.parts.store.pickups.look(waiting.id)
            return await self._page(visit, after, wrong=True)
        return Response(
            data,
            media_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                **content_policy(("default-src 'none'", "sandbox")),
            },
        )

    async def _waiting(self, visit: Visit, token: Token | None) -> Waiting | None:
        if token is None or not self._links.is_genuine(token, PICK_UP):
            return None
        try:
            return await visit.parts.store.pickups.look(token.item)
        except NoSuchItem:
            return None

    async def _page(self, visit: Visit, waiting: Waiting, *, wrong: bool = False) -> Response:
        if waiting.state != "open":
            return self._show(visit, waiting.state, _STATUS[waiting.state])
        names = await visit.parts.store.pickups.names(waiting.id)
        until = self._wording.moment(waiting.expires_at)
        return self._show(visit, "open", 403 if wrong else 200, names=names, until=until, wrong=wrong)

    def _show(self, visit: Visit, state: str, status: int, **values: Any) -> Response:
        def say(text: str, **names: object) -> str:
            return self._wording.say(text) % names if names else self._wording.say(text)

        common = {"names": (), "until": "", "wrong": False}
        return visit.show(
            "pickup.html",
            status,
            **(common | values),
            _=say,
            state=state,
            language=self._wording.language,
            contact=self._contact,
            here=visit.request.url.path,
        )


def pickup_pages(settings: Settings, blind: Callable[[str], str]) -> list[Page]:
    """The recipients' page, for `gateway.console.app.build`. *blind* is the store's keyed digest."""
    notices = settings.notices
    wording = Wording(notices.language, notices.templates)
    contact = notices.contact or settings.agency.safeguarding_lead
    return PickUpPage(Links(settings.web.base_url, blind), wording, contact).pages()
