"""
A tutor's answer to an explanation, for whoever cannot open the page.

The explanation asks for answers to an address of the gateway's own that carries the
same token as the link. Such mail never goes further: its first word decides, and
only if it comes from the tutor whom the token was made for.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from gateway import journal
from gateway.edges import Notices
from gateway.mail.address import canonical, domain_of
from gateway.mail.envelope import Envelope
from gateway.mail.html import parsed
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.register.register import Agency
from gateway.remedy.link import Links, Token, read_token
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.tutor import may_be_told
from gateway.review.errors import NoSuchItem, WrongState
from gateway.review.standing import OfferChanged, Standing

Handle = Callable[[Envelope, bytes], Awaitable[Reply]]

# In English and in Welsh, whatever the agency's language is.
_WORDS = {
    "SEND": "corrected", "ANFON": "corrected",
    "ASK": "ask", "GOFYN": "ask",
    "DISCARD": "discard", "DILEU": "discard",
}  # fmt: skip
_FIRST_WORD = re.compile(r"\W*(\w+)")
_LONGEST_REASON = 500
_NOT_YOURS = Reply(
    550, "5.7.1", ("This address takes only answers to a mail of the gateway, from whom it wrote to.",)
)
_AUTOMATIC = Reply(550, "5.7.1", ("Automatic answers are not read here.",))
_UNCLEAR = Reply(550, "5.6.0", ("Begin your answer with one of the words SEND, ASK or DISCARD.",))


class Repairs(Protocol):
    """What can be done about a stopped message, and doing it."""

    async def look(self, item: str) -> Standing:
        """How it stands."""
        ...

    async def send_corrected(self, item: str, digest: str) -> None:
        """Send what the offer with that digest showed."""
        ...

    async def ask(self, item: str, reason: str) -> None:
        """Hand it to a reviewer."""
        ...

    async def discard(self, item: str) -> None:
        """It is not to leave."""
        ...


class Outbox(Protocol):
    """Where confirmations go."""

    async def enqueue(self, *mails: Outgoing) -> tuple[int, ...]:
        """Put mail into the outbox."""
        ...


class Answers:
    """Stands before the pipeline and takes out the mail that is for the gateway itself."""

    def __init__(
        self,
        *,
        agency: Agency,
        address: str,
        links: Links,
        repairs: Repairs,
        notices: Notices,
        outbox: Outbox,
        otherwise: Handle,
    ) -> None:
        self._agency = agency
        self._local, _, self._domain = address.lower().rpartition("@")
        self._links = links
        self._repairs = repairs
        self._notices = notices
        self._outbox = outbox
        self._otherwise = otherwise

    def is_ours(self, address: str) -> bool:
        """Whether an address is one that answers are asked for at: nothing for it goes further."""
        local, plus, tag = address.rpartition("@")[0].partition("+")
        is_own = bool(plus) and local.lower() == self._local and domain_of(address) == self._domain
        return is_own and read_token(tag) is not None

    async def handle(self, envelope: Envelope, raw: bytes) -> Reply:
        """Do what an answer says; any other mail goes to the pipeline. Never raises."""
        token = self._token(envelope)
        if token is None:
            return await self._otherwise(envelope, raw)
        try:
            return await self._answer(token, envelope, raw)
        except Exception as fault:  # noqa: BLE001 -- as in the pipeline, everything becomes a 451
            ticket = journal.trouble(public("an answer could not be carried out"), fault, envelope.queue_id)
            return Reply(
                451,
                "4.3.0",
                (f"Your answer could not be read now. Please send it again later. Reference {ticket}",),
            )

    def _token(self, envelope: Envelope) -> Token | None:
        """The token in the one recipient's address, where that is the gateway's own."""
        if len(envelope.recipients) != 1:
            return None
        address = envelope.recipients[0].address
        return read_token(address.rpartition("@")[0].partition("+")[2]) if self.is_ours(address) else None

    async def _answer(self, token: Token, envelope: Envelope, raw: bytes) -> Reply:
        try:
            message = Message.parse(raw, envelope)
        except MalformedMessage:
            return _UNCLEAR
        tutor = may_be_told(message, envelope, self._agency)
        if tutor is None:
            return _AUTOMATIC
        try:
            standing = await self._repairs.look(token.item)
        except NoSuchItem:
            return _NOT_YOURS
        if canonical(tutor) != canonical(standing.tutor) or not self._links.is_genuine(token, standing.tutor):
            return _NOT_YOURS
        text = _text(message)
        choice = _choice(text)
        if choice is None:
            return _UNCLEAR
        state = await self._carry_out(choice, text, standing, token.ends, envelope)
        notice = self._notices.answered(standing.item.envelope, state)
        if notice is not None:
            await self._outbox.enqueue(notice)
        return Reply(250, "2.0.0", ("Your answer has arrived.",))

    async def _carry_out(
        self, choice: str, text: str, standing: Standing, ends: datetime, envelope: Envelope
    ) -> str:
        """Do it; returns what has become of the message."""
        item = standing.item.held.id
        if standing.offer is None:
            return standing.item.held.state
        if ends <= envelope.received_at:
            return "expired"
        try:
            if choice == "corrected":
                await self._send(standing)
            elif choice == "ask":
                await self._repairs.ask(item, _reason(text))
            else:
                await self._repairs.discard(item)
        except OfferChanged:
            return "changed"
        except WrongState as wrong:
            return wrong.state
        return {"corrected": "repaired", "ask": "held"}.get(choice, "discarded")

    async def _send(self, standing: Standing) -> None:
        """
        Send what the mail described: no more, if the rules or the register changed since.

        The mail named the remedies of that day's verdict, and the answer agrees to those.
        """
        offer = standing.offer
        assert offer is not None
        then = {str(each.finding.remedy) for each in standing.item.verdict.decisive}
        now = {str(each) for each in offer.remedies}
        if then != now:
            raise OfferChanged(offer)
        await self._repairs.send_corrected(standing.item.held.id, offer.digest)


def _text(message: Message) -> str:
    """What the tutor wrote: the plain text, or the words of the HTML."""
    for part in message.bodies:
        if part.content_type == "text/plain":
            return part.text
    for part in message.bodies:
        if part.content_type == "text/html":
            body = parsed(part.text).body
            return body.text(separator="\n") if body else ""
    return ""


def _choice(text: str) -> str | None:
    word = _FIRST_WORD.match(text)
    return _WORDS.get(word[1].upper()) if word else None


def _reason(text: str) -> str:
    """What stands behind the word, up to where the mail that is answered is quoted."""
    _, _, rest = text.strip().partition(" ")
    lines = []
    for line in rest.splitlines():
        if line.startswith(">") or line.rstrip().endswith(":"):
            break
        lines.append(line.strip())
    return " ".join(filter(None, lines))[:_LONGEST_REASON]
