"""
The story of one message, from the client's last dot to the gateway's reply.

Outcomes are values; trouble is an exception, and every exception ends here as a
temporary refusal, so that nothing leaves uninspected and nothing is lost.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

import msgspec

from gateway import journal
from gateway.edges import Lookups, Notices, Relay, Store
from gateway.judge import Rules, judge
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.mail.public import Ident, public
from gateway.mail.reply import Reply
from gateway.policy.verdict import Action, Verdict
from gateway.register.register import Register
from gateway.remedy.apply import Repaired, apply
from gateway.remedy.edit import BLIND, edit
from gateway.remedy.outgoing import Delivery, Outgoing

# A passphrase waits this long for the relay's answer; if the process dies meanwhile,
# the tutor gets it all the same, since the message may have left.
_PASSPHRASE_WAITS = timedelta(minutes=10)


class NobodyToTell(Exception):
    """A passphrase would have nobody to go to: the message's tutor has no address of ours."""


class Pipeline:
    """Takes messages from the SMTP server and answers for them."""

    def __init__(
        self,
        *,
        rules: Callable[[], Rules],
        register: Callable[[], Register],
        lookups: Lookups,
        relay: Relay,
        store: Store,
        notices: Notices,
    ) -> None:
        self._rules = rules
        self._register = register
        self._lookups = lookups
        self._relay = relay
        self._store = store
        self._notices = notices

    async def handle(self, envelope: Envelope, raw: bytes) -> Reply:
        """
        Judge a message, do what the verdict says, and answer.

        Never raises: trouble of any kind is a 451, which leaves the message with
        its client.
        """
        try:
            return await self._handle(envelope, raw)
        except Exception as fault:  # noqa: BLE001 -- the last line of defence: everything becomes a 451
            ticket = journal.trouble(public("a message could not be processed"), fault, envelope.queue_id)
            text = "Your message was not sent, because of a fault here. It is still with your mail program:"
            return Reply(451, "4.3.0", (f"{text} please send it again later. Reference {ticket}",))

    async def _handle(self, envelope: Envelope, raw: bytes) -> Reply:
        clock = {"start": perf_counter()}
        rules, register = self._rules(), self._register()
        message, verdict = await judge(envelope, raw, rules, register, self._lookups)
        clock["judged"] = perf_counter()
        reply = await self._perform(envelope, raw, message, verdict, rules, register)
        clock["answered"] = perf_counter()
        journal.judged(
            envelope,
            verdict,
            reply,
            size=len(raw),
            attachments=len(message.attachments) if message else 0,
            seconds={
                "judge": clock["judged"] - clock["start"],
                "perform": clock["answered"] - clock["judged"],
            },
        )
        return reply

    async def _perform(
        self,
        envelope: Envelope,
        raw: bytes,
        message: Message | None,
        verdict: Verdict,
        rules: Rules,
        register: Register,
    ) -> Reply:
        if message is not None and verdict.action is Action.DELIVER:
            return await self._deliver(message)
        if message is not None and verdict.action in (Action.FIX, Action.ENCRYPT):
            repaired = await self._repair(message, verdict, rules, register)
            if repaired is not None:
                return await self._deliver_repaired(message, verdict, repaired, rules, register)
            verdict = msgspec.structs.replace(verdict, action=Action.QUARANTINE)
        notices = await self._explain(message, envelope, verdict, rules, register)
        if verdict.action is Action.QUARANTINE:
            waiting = self._notices.waiting(envelope, verdict)
            item = await self._store.hold(raw, envelope, verdict, *notices, *waiting)
            return self._notices.reply(verdict, envelope, item)
        await self._store.enqueue(*notices)
        return self._notices.reply(verdict, envelope, "")

    async def _deliver(self, message: Message) -> Reply:
        """
        Unchanged: the client's bytes go on as they came, and the relay's answer is ours.

        A field of blind copies that the client left in goes out all the same: it
        would show every reader whom nobody is to see (RFC 5322, 3.6.3).
        """
        envelope = message.envelope
        blind = BLIND.intersection(field.name for field in message.headers.fields)
        delivery = await self._relay.deliver(
            Outgoing(
                mail_from=envelope.mail_from,
                recipients=envelope.recipients,
                raw=edit(message.raw) if blind else message.raw,
                mail_options=envelope.mail_options,
                smtputf8=envelope.smtputf8,
                trace=envelope.trace,
            )
        )
        await self._report(message, delivery)
        return delivery.reply

    async def _repair(
        self, message: Message, verdict: Verdict, rules: Rules, register: Register
    ) -> Repaired | None:
        """Apply the findings' own remedies; None where that is impossible or does not satisfy the rules."""
        remedies = tuple(each.finding.remedy for each in verdict.decisive if each.finding.remedy)
        if message.sealed or len(remedies) < len(verdict.decisive):
            return None
        repaired = await asyncio.to_thread(apply, message, remedies)
        for outgoing in repaired.outgoing:
            envelope = msgspec.structs.replace(message.envelope, recipients=outgoing.recipients)
            _, again = await judge(envelope, outgoing.raw, rules, register, self._lookups)
            if again.action > Action.DELIVER:
                return None
        return repaired

    async def _deliver_repaired(
        self, message: Message, verdict: Verdict, repaired: Repaired, rules: Rules, register: Register
    ) -> Reply:
        """The passphrase is on disk before the message leaves, and leaves after it."""
        notices = list(await self._explain(message, message.envelope, verdict, rules, register))
        if repaired.passphrase:
            secret = self._notices.passphrase(message, repaired)
            if secret is None:
                raise NobodyToTell
            notices.append(secret)
        if len(repaired.outgoing) > 1:
            # One reply cannot speak for several transactions: our own store promises instead.
            await self._store.enqueue(*repaired.outgoing, *notices)
            text = f"Accepted as {message.envelope.queue_id}: each family gets a copy of its own"
            return Reply(250, "2.0.0", (text,))
        waiting = await self._store.enqueue(*notices, delay=_PASSPHRASE_WAITS)
        try:
            delivery = await self._relay.deliver(repaired.outgoing[0])
        except Exception:
            await self._store.withdraw(*waiting)
            raise
        if not delivery.reply.accepted:
            await self._store.withdraw(*waiting)
            return delivery.reply
        await self._store.let_go(*waiting)
        await self._report(message, delivery)
        return delivery.reply

    async def _report(self, message: Message, delivery: Delivery) -> None:
        """A recipient that the relay refused is reported, never swallowed."""
        if delivery.reply.accepted and delivery.refused:
            report = self._notices.undelivered(message, delivery)
            if report is not None:
                await self._store.enqueue(report)

    async def _explain(
        self, message: Message | None, envelope: Envelope, verdict: Verdict, rules: Rules, register: Register
    ) -> tuple[Outgoing, ...]:
        """The explanation, which must pass the rules itself; else the bare one."""
        full = self._notices.explanation(message, envelope, verdict)
        if full is None:
            return ()
        own = Envelope(mail_from="", recipients=full.recipients, received_at=envelope.received_at)
        _, judged = await judge(own, full.raw, rules, register, self._lookups)
        if judged.action is Action.DELIVER:
            return (full,)
        journal.event("notice_replaced", rules=public("{rules}", rules=Ident("+".join(judged.rules))))
        bare = self._notices.bare(envelope, verdict)
        return (bare,) if bare else ()
