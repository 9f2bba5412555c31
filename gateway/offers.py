"""
What can be done about a stopped message: what would leave, and to whom it may go as it is.

Worked out anew each time that something is to be done, and remembered for as long
as rules and register stay the same where it is only shown.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

import msgspec

from gateway.edges import Kept, Lookups
from gateway.judge import Rules, judge, repair
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.policy.exemption import Exemption
from gateway.policy.verdict import Action, Verdict
from gateway.register.register import Register
from gateway.remedy.apply import Repaired
from gateway.remedy.explain import explain, steps
from gateway.remedy.offer import Offer, View, view, views
from gateway.review.held import Item

_MOST_TRIED = 50  # recipients for whom "send it to those who are fine" is worked out
_REMEMBERED = 64  # offers, so that a scanner's hundred visits cost one computation

# What an offer depends on: the message, the policy, the exemptions, the register.
_Key = tuple[str, str, tuple[Exemption, ...], str]


class Worked(msgspec.Struct, frozen=True):
    """An offer, with what carrying it out needs."""

    offer: Offer
    message: Message | None
    verdict: Verdict
    repaired: Repaired | None


class Offers:
    """Works them out."""

    def __init__(
        self,
        *,
        rules: Callable[[], Rules],
        register: Callable[[], Register],
        lookups: Lookups,
        kept: Kept,
        clock: Callable[[], datetime],
    ) -> None:
        self._rules = rules
        self._register = register
        self._lookups = lookups
        self._kept = kept
        self._clock = clock
        self._remembered: OrderedDict[_Key, asyncio.Task[Offer]] = OrderedDict()

    async def shown(self, found: Item) -> Offer:
        """The offer as it is shown: worked out once for each state of rules and register."""
        rules = self._rules()
        key = (found.held.id, rules.policy.version, rules.exemptions, self._register().version)
        task = self._remembered.get(key)
        if task is None or (task.done() and task.exception() is not None):
            task = asyncio.create_task(self._only_offer(found))
            self._remembered[key] = task
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return await asyncio.shield(task)

    async def _only_offer(self, found: Item) -> Offer:
        return (await self.work_out(found)).offer

    async def work_out(self, found: Item) -> Worked:
        """The offer under the rules and the register of this moment."""
        rules, register = self._rules(), self._register()
        envelope = msgspec.structs.replace(found.envelope, received_at=self._clock())
        raw = await self._kept.raw(found.held.id)
        message, verdict = await judge(envelope, raw, rules, register, self._lookups)
        told = explain(message, envelope.rcpt_to, verdict)
        if message is None:
            nothing = View((), (), "", (), told.recipients)
            return Worked(Offer(explanation=told, before=nothing), None, verdict, None)
        repaired = await repair(message, verdict, rules, register, self._lookups, agreed=True)
        fine = await asyncio.to_thread(_fine, message, verdict, rules, register)
        offer = Offer(
            explanation=told,
            before=view(message),
            after=views(repaired.outgoing, envelope) if repaired else (),
            steps=tuple(steps(repaired.plan, message)) if repaired else (),
            remedies=repaired.plan if repaired else (),
            passphrase=bool(repaired and repaired.passphrase),
            fine=fine,
            left_out=tuple(each for each in envelope.rcpt_to if fine and each not in fine),
        )
        return Worked(offer, message, verdict, repaired)


def _fine(message: Message, verdict: Verdict, rules: Rules, register: Register) -> tuple[str, ...]:
    """The recipients whom the message may reach as it is, if they are some and not all."""
    recipients = message.envelope.recipients
    if verdict.action is Action.DELIVER or not 1 < len(recipients) <= _MOST_TRIED:
        return ()

    def passes(chosen: tuple[str, ...]) -> bool:
        to = tuple(each for each in recipients if each.address in chosen)
        alone: Envelope = msgspec.structs.replace(message.envelope, recipients=to)
        same = Message(message.raw, alone, message.root, message.facts)
        return rules.policy.decide(rules.chain.inspect(same, register)).action is Action.DELIVER

    fine = tuple(each.address for each in recipients if passes((each.address,)))
    return fine if fine and len(fine) < len(recipients) and passes(fine) else ()
