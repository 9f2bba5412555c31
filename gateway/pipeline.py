"""
The story of one message, from the client's last dot to the gateway's reply.

Outcomes are values; trouble is an exception, and every exception ends here as a
temporary refusal, so that nothing leaves uninspected and nothing is lost.
"""

from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

import msgspec

from gateway import journal
from gateway.edges import Lookups, Notices, Relay, Store
from gateway.judge import Rules, judge, repair
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.policy.verdict import Action, Verdict
from gateway.register.register import Register
from gateway.remedy.apply import Repaired
from gateway.remedy.edit import BLIND, edit
from gateway.remedy.outgoing import NextHopDown, Outgoing
from gateway.telling import Telling

# A passphrase waits this long for the relay's answer; if the process dies meanwhile,
# the tutor gets it all the same, since the message may have left.
_PASSPHRASE_WAITS = timedelta(minutes=10)


_FAULT = "Your message was not sent, because of a fault here."
_UNREACHABLE = "Your message was not sent, because the next mail server cannot be reached."


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
        self._telling = Telling(rules=rules, register=register, lookups=lookups, store=store, notices=notices)

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
            status, cause = ("4.4.1", _UNREACHABLE) if isinstance(fault, NextHopDown) else ("4.3.0", _FAULT)
            text = f"{cause} It is still with your mail program: please send it again later."
            reply = Reply(451, status, (f"{text} Reference {ticket}",))
            journal.undone(envelope, reply, size=len(raw))
            return reply

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
            return await self._deliver(message, verdict)
        if message is not None and await self._store.released(raw, envelope):
            return await self._deliver(message, verdict)  # what a reviewer let go is not caught again
        if message is not None and verdict.action in (Action.FIX, Action.ENCRYPT):
            repaired = await repair(message, verdict, rules, register, self._lookups)
            if repaired is not None:
                return await self._deliver_repaired(message, verdict, repaired)
            verdict = msgspec.structs.replace(verdict, action=Action.QUARANTINE)
        item = await self._stop(envelope, raw, message, verdict)
        await self._telling.afterwards(message, envelope, raw, verdict, None, sent=False)
        return self._notices.reply(verdict, envelope, item)

    async def _stop(self, envelope: Envelope, raw: bytes, message: Message | None, verdict: Verdict) -> str:
        """
        It does not leave now: a reviewer decides, or its tutor puts it right.

        Returns the kept message's id; "" where there is no tutor of ours, and so
        nobody to put it right.
        """
        notices = await self._telling.explain(message, envelope, verdict)
        if verdict.action is Action.QUARANTINE:
            waiting = self._notices.waiting(envelope, verdict)
            return await self._store.hold(raw, envelope, verdict, *notices, *waiting)
        if not notices:
            return ""
        until = self._notices.until(envelope)
        return await self._store.keep(raw, envelope, verdict, *notices, expires_at=until)

    async def _deliver(self, message: Message, verdict: Verdict) -> Reply:
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
        if delivery.reply.accepted:
            await self._telling.afterwards(message, envelope, message.raw, verdict, delivery, sent=True)
        return delivery.reply

    async def _deliver_repaired(self, message: Message, verdict: Verdict, repaired: Repaired) -> Reply:
        """The passphrase is on disk before the message leaves, and leaves after it."""
        notices = list(await self._telling.change(message, verdict, repaired.plan))
        await self._store.keep_pickups(message.envelope, verdict, repaired.pickups)
        told = self._notices.passphrase(message, repaired) if repaired.readers else ()
        notices += told
        if repaired.passphrase:
            if not told:
                raise NobodyToTell
            await self._store.keep_passphrase(message.envelope, verdict, repaired.passphrase)
        if len(repaired.outgoing) > 1:
            # One reply cannot speak for several transactions: our own store promises instead.
            await self._store.enqueue(*repaired.outgoing, *notices)
            await self._telling.afterwards(message, message.envelope, message.raw, verdict, None, sent=True)
            text = f"Accepted as {message.envelope.queue_id}: each family gets a copy of its own"
            return Reply(250, "2.0.0", (text,))
        waiting = await self._store.enqueue(*notices, delay=_PASSPHRASE_WAITS)
        try:
            delivery = await self._relay.deliver(repaired.outgoing[0])
        except NextHopDown as down:
            if not down.in_doubt:  # else the relay may have it, and nobody could open it
                await self._take_back(message, waiting)
            raise
        except Exception:
            await self._take_back(message, waiting)
            raise
        if not delivery.reply.accepted:
            await self._take_back(message, waiting)
            return delivery.reply
        await self._let_go(message, waiting)
        await self._telling.afterwards(message, message.envelope, message.raw, verdict, delivery, sent=True)
        return delivery.reply

    async def _let_go(self, message: Message, waiting: tuple[int, ...]) -> None:
        """
        Send what waited for the relay's answer. Never raises.

        The message is the relay's now: a 451 would bring it a second time. What
        cannot be let go leaves by itself a little later.
        """
        try:
            await self._store.let_go(*waiting)
        except Exception as fault:  # noqa: BLE001 -- the message has been accepted
            journal.trouble(public("a passphrase has to wait"), fault, message.envelope.queue_id)

    async def _take_back(self, message: Message, waiting: tuple[int, ...]) -> None:
        """What waited is about a message that has not left. Never raises: the client hears the relay's word."""
        try:
            await self._store.withdraw(*waiting)
        except Exception as fault:  # noqa: BLE001 -- the store tries again before anything of it leaves
            journal.trouble(
                public("a passphrase could not be taken back yet"), fault, message.envelope.queue_id
            )
