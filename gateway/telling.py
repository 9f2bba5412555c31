"""Who is told what about a message, and how often: once a message, and some things once a day."""

from collections.abc import Callable
from datetime import timedelta

import msgspec

from gateway import journal
from gateway.edges import Lookups, Notices, Store
from gateway.judge import Rules, judge
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.mail.public import Ident, public
from gateway.policy.finding import Remedy
from gateway.policy.verdict import Action, Verdict
from gateway.register.register import Register
from gateway.remedy.outgoing import Delivery, Outgoing

_DAY = timedelta(days=1)
# The kind of a finding in words that the tutor did not choose: a parent's own subject, answered.
_FROM_OUTSIDE = "from_outside"


class Telling:
    """Asks for notices, and sees to it that none of them breaks the rules itself or is a nuisance."""

    def __init__(
        self,
        *,
        rules: Callable[[], Rules],
        register: Callable[[], Register],
        lookups: Lookups,
        store: Store,
        notices: Notices,
    ) -> None:
        self._rules = rules
        self._register = register
        self._lookups = lookups
        self._store = store
        self._notices = notices

    async def explain(
        self,
        message: Message | None,
        envelope: Envelope,
        verdict: Verdict,
        done: tuple[Remedy, ...] = (),
    ) -> tuple[Outgoing, ...]:
        """The explanation, which must pass the rules itself; else the bare one; nothing for nobody of ours."""
        full = self._notices.explanation(message, envelope, verdict, done)
        if full is None:
            return ()
        own = Envelope(mail_from="", recipients=full.recipients, received_at=envelope.received_at)
        _, judged = await judge(own, full.raw, self._rules(), self._register(), self._lookups)
        if judged.action is Action.DELIVER:
            return (full,)
        journal.event("notice_replaced", rules=public("{rules}", rules=Ident("+".join(judged.rules))))
        bare = self._notices.bare(envelope, verdict)
        return (bare,) if bare else ()

    async def change(
        self, message: Message, verdict: Verdict, done: tuple[Remedy, ...]
    ) -> tuple[Outgoing, ...]:
        """What was changed; once a day where it is only what somebody outside had written."""
        if all(each.finding.kind == _FROM_OUTSIDE for each in verdict.decisive) and not await self._is_news(
            message.envelope, _FROM_OUTSIDE
        ):
            return ()
        return await self.explain(message, message.envelope, verdict, done)

    async def afterwards(
        self,
        message: Message | None,
        envelope: Envelope,
        raw: bytes,
        verdict: Verdict,
        delivery: Delivery | None,
        *,
        sent: bool,
    ) -> None:
        """
        All that follows once a message is the relay's or the store's.

        Never raises: the message is accepted, and no trouble here may undo that.
        """
        try:
            if message is not None and delivery is not None:
                await self._report(message, delivery)
                await self._advise(message, verdict)
            await self._store.supersede(raw, envelope, sent=sent)
        except Exception as fault:  # noqa: BLE001 -- told or not, the message has been accepted
            journal.trouble(public("nobody could be told of a message"), fault, envelope.queue_id)

    async def _report(self, message: Message, delivery: Delivery) -> None:
        """A recipient that the relay refused is reported, never swallowed."""
        if delivery.refused:
            report = self._notices.undelivered(message, delivery)
            if report is not None:
                await self._store.enqueue(report)

    async def _advise(self, message: Message, verdict: Verdict) -> None:
        """A gentle note on what was only advised, at most one a day for each rule and tutor."""
        if not verdict.advice or self._notices.explanation(message, message.envelope, verdict) is None:
            return
        rules = dict.fromkeys(each.finding.rule for each in verdict.advice)
        news = [rule for rule in rules if await self._is_news(message.envelope, rule)]
        if not news:
            return
        kept = tuple(each for each in verdict.advice if each.finding.rule in news)
        advice = msgspec.structs.replace(verdict, action=Action.DELIVER, judged=kept)
        await self._store.enqueue(*await self.explain(message, message.envelope, advice))

    async def _is_news(self, envelope: Envelope, what: str) -> bool:
        tutor = envelope.account or envelope.mail_from
        return await self._store.first_time(f"{what} {tutor}", _DAY)
