"""
The page on which a tutor puts one stopped message right.

The link is the way in: no password, on any telephone. Looking changes nothing, however
often and whoever looks; only the form does, and what it does happens once, because the
store decides once. The link alone shows the shape of the message, its tutor signed in
sees all of it.
"""

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from starlette.responses import Response

from gateway.console.pages import PUBLIC, Page, Visit, page
from gateway.mail.address import canonical
from gateway.remedy.link import Links, read_token
from gateway.remedy.offer import Offer, masked
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.standing import OfferChanged, Standing
from gateway.sections import Settings
from gateway.wording import LANGUAGES, Wording

_LONGEST_REASON = 500


class Repairs(Protocol):
    """What can be done about a stopped message, and doing it. Errors are those of `gateway.review`."""

    async def look(self, item: str) -> Standing:
        """How it stands."""
        ...

    async def send_corrected(self, item: str, digest: str) -> None:
        """Send what the offer with that digest showed."""
        ...

    async def send_to_fine(self, item: str, digest: str) -> None:
        """Send it unchanged to those whom it may reach."""
        ...

    async def ask(self, item: str, reason: str) -> None:
        """Hand it to a reviewer."""
        ...

    async def dispute(self, item: str, rule: str, reason: str) -> None:
        """Hand it to a reviewer, and propose an exception from the rule."""
        ...

    async def discard(self, item: str) -> None:
        """It is not to leave."""
        ...


class RemedyPage:
    """Everything under ``/r/``."""

    def __init__(self, repairs: Repairs, links: Links, wordings: dict[str, Wording], contact: str) -> None:
        self._repairs = repairs
        self._links = links
        self._wordings = wordings
        self._contact = contact

    def pages(self) -> list[Page]:
        """The one route. The token in its path is the authority, so the form needs no other."""
        return [page("/r/{token}", self.visit, roles=PUBLIC, methods=("GET", "POST"), token=False)]

    async def visit(self, visit: Visit) -> Response:
        """Show the message and its choices, or carry one out."""
        words = self._wording(visit)
        token = read_token(visit.request.path_params["token"])
        standing = await self._standing(token.item) if token else None
        if token is None or standing is None or not self._links.is_genuine(token, standing.tutor):
            return self._over(visit, words, "unknown", 404)
        if standing.offer is None:
            return self._over(visit, words, standing.item.held.state, 200, standing.progress)
        if token.ends <= visit.parts.clock():
            return self._over(visit, words, "expired", 410)
        if visit.request.method != "POST":
            return self._show(visit, words, standing, standing.offer)
        try:
            await self._carry_out(visit, standing)
        except OfferChanged as changed:
            return self._show(visit, words, standing, changed.offer, said="changed", status=409)
        except WrongState:
            pass  # somebody was quicker: the page says what they did
        return visit.go(_path(visit))

    async def _standing(self, item: str) -> Standing | None:
        try:
            return await self._repairs.look(item)
        except NoSuchItem:
            return None

    async def _carry_out(self, visit: Visit, standing: Standing) -> None:
        item = standing.item.held.id
        digest, reason = await visit.text("digest"), await visit.text("reason", _LONGEST_REASON)
        match await visit.text("choice"):
            case "corrected":
                await self._repairs.send_corrected(item, digest)
            case "fine":
                await self._repairs.send_to_fine(item, digest)
            case "ask":
                await self._repairs.ask(item, reason)
            case "wrong":
                await self._repairs.dispute(item, await visit.text("rule", 80), reason)
            case "discard":
                await self._repairs.discard(item)

    def _show(
        self,
        visit: Visit,
        words: Wording,
        standing: Standing,
        offer: Offer,
        said: str = "",
        status: int = 200,
    ) -> Response:
        is_theirs = visit.account is not None and canonical(standing.tutor) in {
            canonical(each) for each in visit.account.addresses
        }
        return visit.show(
            "remedy.html",
            status,
            **self._common(visit, words),
            offer=offer if is_theirs else masked(offer),
            digest=offer.digest,
            hidden=not is_theirs,
            held=standing.item.held.state == "held",
            until=words.moment(standing.item.held.expires_at) if standing.item.held.expires_at else "",
            said=said,
        )

    def _over(self, visit: Visit, words: Wording, state: str, status: int, progress: str = "") -> Response:
        return visit.show(
            "remedy_over.html", status, **self._common(visit, words), state=state, progress=progress
        )

    def _common(self, visit: Visit, words: Wording) -> dict[str, Any]:
        def say(text: str, **values: object) -> str:
            return words.say(text) % values if values else words.say(text)

        return {
            "_": say,
            "language": words.language,
            "contact": self._contact,
            "here": _path(visit),
            "sign_in": f"/sign-in?next={quote(_path(visit), safe='/')}",
        }

    def _wording(self, visit: Visit) -> Wording:
        """The language that is asked for, else the one that the browser prefers, else the agency's."""
        asked = visit.request.query_params.get("lang", "")
        preferred = [
            each.partition(";")[0].strip().partition("-")[0].lower()
            for each in visit.request.headers.get("accept-language", "").split(",")
        ]
        for language in (asked, *preferred):
            if language in LANGUAGES and language in self._wordings:
                return self._wordings[language]
        return next(iter(self._wordings.values()))


def _path(visit: Visit) -> str:
    language = visit.request.query_params.get("lang", "")
    suffix = f"?lang={language}" if language in LANGUAGES else ""
    return visit.request.url.path + suffix


def remedy_pages(repairs: Repairs, settings: Settings, blind: Callable[[str], str]) -> list[Page]:
    """The tutors' pages, for `gateway.console.app.build`. *blind* is the store's keyed digest."""
    notices = settings.notices
    languages = dict.fromkeys((notices.language, *LANGUAGES))
    wordings = {language: Wording(language, notices.templates) for language in languages}
    contact = notices.contact or settings.agency.safeguarding_lead
    return RemedyPage(repairs, Links(settings.web.base_url, blind), wordings, contact).pages()
