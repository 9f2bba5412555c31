"""
The story of a stopped message that its tutor puts right.

Nothing that was worked out earlier is believed: at the click the kept bytes are
judged anew, under the rules and the register of that moment, the remedies are
applied anew, and what would leave is judged once more. If it is then not what the
tutor saw and agreed to, nothing leaves and the tutor is shown the new state.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import msgspec

from gateway import journal
from gateway.edges import Lookups, Notices
from gateway.judge import Rules, judge, repair
from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.exemption import Exemption, Scope
from gateway.policy.verdict import Action, Verdict
from gateway.register.register import Agency, Register
from gateway.remedy.apply import Repaired
from gateway.remedy.edit import edit
from gateway.remedy.explain import explain, steps
from gateway.remedy.offer import Offer, View, view, views
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.protection import PickUp
from gateway.remedy.tutor import tutor_of
from gateway.review.errors import NoSuchItem, Tampered, WrongState
from gateway.review.exemptions import disputed
from gateway.review.held import Item
from gateway.review.sending import Sending
from gateway.review.standing import Corrected, OfferChanged, Standing

_MOST_TRIED = 50  # recipients for whom "send it to those who are fine" is worked out
_PROPOSED_FOR = timedelta(days=180)
_ROUND = 300.0  # seconds between two looks for overdue messages
_REMEMBERED = 64  # offers, so that a scanner's hundred visits cost one computation


# What an offer depends on: the message, the policy, the exemptions, the register.
_Key = tuple[str, str, tuple[Exemption, ...], str]


class Kept(Protocol):
    """The store's side: kept messages."""

    async def get(self, item: str) -> Item:
        """Raises NoSuchItem."""
        ...

    async def raw(self, item: str) -> bytes:
        """The message as it came."""
        ...


class Steps(Protocol):
    """The store's side: the steps of a kept message, of which each happens once."""

    async def repair(
        self, item: str, who: str, outgoing: Iterable[Outgoing], notices: Iterable[Outgoing], note: str = ""
    ) -> None:
        """Send these in the message's place. Raises WrongState when something was decided already."""
        ...

    async def close(
        self, item: str, state: Literal["discarded", "expired"], who: str, *notices: Outgoing, note: str = ""
    ) -> None:
        """It does not leave. Raises WrongState."""
        ...

    async def ask(self, item: str, who: str, *notices: Outgoing, note: str = "") -> None:
        """A reviewer is to decide. Raises WrongState."""
        ...

    async def overdue(self, limit: int = 100) -> tuple[str, ...]:
        """Open messages whose time is over."""
        ...

    async def sendings(self, item: str) -> tuple[Sending, ...]:
        """What has become of the mails that left in the message's place."""
        ...


class Proposals(Protocol):
    """The store's side: exemptions that somebody asks for."""

    async def propose(self, scope: Scope, lifetime: timedelta, who: str, reason: str) -> str:
        """Ask for an exemption; it does nothing until somebody else approves it."""
        ...


class Escrow(Protocol):
    """The store's side: passphrases, for a while."""

    async def keep(self, message: str, tutor: str, passphrase: str) -> None:
        """Keep what opens a message."""
        ...


class PickUps(Protocol):
    """The store's side: files that wait on a page."""

    async def keep(self, message: str, tutor: str, waiting: tuple[PickUp, ...]) -> None:
        """Keep the files of a message."""
        ...


class _Worked(msgspec.Struct, frozen=True):
    """An offer, with what carrying it out needs."""

    offer: Offer
    message: Message | None
    verdict: Verdict
    repaired: Repaired | None


class Repairs:
    """Works out what can be done about a stopped message, and does what its tutor chooses."""

    def __init__(
        self,
        *,
        agency: Agency,
        rules: Callable[[], Rules],
        register: Callable[[], Register],
        lookups: Lookups,
        kept: Kept,
        steps: Steps,
        proposals: Proposals,
        escrow: Escrow,
        pickups: PickUps,
        notices: Notices,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
    ) -> None:
        self._agency = agency
        self._rules = rules
        self._register = register
        self._lookups = lookups
        self._kept = kept
        self._steps = steps
        self._proposals = proposals
        self._escrow = escrow
        self._pickups = pickups
        self._notices = notices
        self._clock = clock
        self._remembered: OrderedDict[_Key, asyncio.Task[Offer]] = OrderedDict()

    async def look(self, item: str) -> Standing:
        """
        How it stands. Changes nothing.

        Raises:
            NoSuchItem: there is no such message.
        """
        found = await self._kept.get(item)
        tutor = self._tutor(found)
        if found.held.state not in ("waiting", "held"):
            return Standing(found, tutor, None, await self._steps.sendings(item))
        return Standing(found, tutor, await self._offer(found))

    async def send_corrected(self, item: str, digest: str) -> None:
        """
        Send the corrected message that the offer with this digest showed.

        Raises:
            OfferChanged: it would be another message now, or none.
            NoSuchItem, WrongState: it is no longer there to be sent.
        """
        corrected = await self.corrected(item, digest)
        tutor = self._tutor(await self._kept.get(item))
        await self._steps.repair(item, tutor, corrected.outgoing, corrected.notices, corrected.steps)
        await self.keep(item, corrected)

    async def keep(self, item: str, corrected: Corrected) -> None:
        """
        Once that is what leaves: keep what opens it, for a tutor who loses it. Never raises.

        Only then: each time that a message is corrected it has a passphrase of its own, and
        whoever comes second must not write over the one in use.
        """
        if corrected.passphrase:
            try:
                tutor = self._tutor(await self._kept.get(item))
                await self._escrow.keep(item, tutor, corrected.passphrase)
            except Exception as fault:  # noqa: BLE001 -- it is on its way, and so is its notice
                journal.trouble(public("a passphrase could not be kept"), fault, item)

    async def corrected(self, item: str, digest: str) -> Corrected:
        """
        What would leave in the message's place, and what its tutor is told then.

        Raises:
            OfferChanged: it would not be what the offer with this digest showed.
            NoSuchItem: there is no such message.
        """
        found, worked = await self._agreed(item, digest)
        if worked.repaired is None or worked.message is None:
            raise OfferChanged(worked.offer)
        repaired = worked.repaired
        notices = self._notices.passphrase(worked.message, repaired) if repaired.readers else ()
        if repaired.passphrase and not notices:
            raise OfferChanged(worked.offer)
        # Before the message leaves; where it does not, nobody has their address, and they expire.
        await self._pickups.keep(item, self._tutor(found), repaired.pickups)
        steps = " ".join(step.kind for step in worked.offer.steps)
        return Corrected(repaired.outgoing, notices, steps, repaired.passphrase)

    async def send_to_fine(self, item: str, digest: str) -> None:
        """
        Send the message unchanged to those whom it may reach, and to nobody else.

        Raises:
            OfferChanged: it may reach others now, or nobody.
            NoSuchItem, WrongState: it is no longer there to be sent.
        """
        found, worked = await self._agreed(item, digest)
        if not worked.offer.fine or worked.message is None:
            raise OfferChanged(worked.offer)
        fine = set(worked.offer.fine)
        envelope = found.envelope
        outgoing = Outgoing(
            mail_from=envelope.mail_from,
            recipients=tuple(each for each in envelope.recipients if each.address in fine),
            raw=edit(worked.message.raw),
            mail_options=envelope.mail_options,
            smtputf8=envelope.smtputf8,
            trace=envelope.trace,
        )
        await self._steps.repair(item, self._tutor(found), [outgoing], [], "fine")

    async def ask(self, item: str, reason: str) -> None:
        """
        Hand it to a reviewer.

        Raises:
            NoSuchItem, WrongState: it is decided, or a reviewer has it anyway.
        """
        await self._ask(await self._kept.get(item), reason)

    async def _ask(self, found: Item, reason: str) -> None:
        notices = self._notices.waiting(found.envelope, found.verdict)
        await self._steps.ask(found.held.id, self._tutor(found), *notices, note=reason)

    async def dispute(self, item: str, rule: str, reason: str) -> None:
        """
        Its tutor says that the rule is wrong here: a reviewer decides, and an exemption is proposed.

        Raises:
            NoSuchItem, WrongState: it is decided, or a reviewer has it anyway.
        """
        found = await self._kept.get(item)
        await self._ask(found, f"{rule}: {reason}")
        scope = disputed(found, rule, self._tutor(found))
        if scope is not None:
            await self._proposals.propose(scope, _PROPOSED_FOR, self._tutor(found), reason)

    async def discard(self, item: str) -> None:
        """
        It is not to leave at all.

        Raises:
            NoSuchItem, WrongState: it is decided already.
        """
        found = await self._kept.get(item)
        await self._steps.close(item, "discarded", self._tutor(found))

    async def run(self, stop: asyncio.Event) -> None:
        """Close what is overdue, every few minutes until *stop* is set."""
        while not stop.is_set():
            try:
                await self.expire()
            except Exception as fault:  # noqa: BLE001 -- the next round tries again
                journal.trouble(public("overdue messages could not be closed"), fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _ROUND)

    async def expire(self) -> int:
        """Close what is overdue and tell its tutors; returns how many. One that fails keeps no other from it."""
        overdue = await self._steps.overdue()
        for item in overdue:
            try:
                await self._expire(item)
            except (WrongState, NoSuchItem):
                continue  # decided this very moment
            except Exception as fault:  # noqa: BLE001 -- its record may be spoilt; the others are not
                journal.trouble(public("an overdue message could not be closed"), fault, item)
        return len(overdue)

    async def _expire(self, item: str) -> None:
        notice: Outgoing | None = None
        with suppress(Tampered):  # nobody can be told any more, but it is over all the same
            found = await self._kept.get(item)
            notice = self._notices.expired(found.envelope, found.verdict)
        await self._steps.close(item, "expired", "gateway", *([notice] if notice else []))

    def _tutor(self, found: Item) -> str:
        return tutor_of(found.envelope, self._agency) or found.envelope.mail_from

    async def _agreed(self, item: str, digest: str) -> tuple[Item, _Worked]:
        """The offer worked out anew, if it is still the one that was seen."""
        found = await self._kept.get(item)
        worked = await self._work_out(found)
        if worked.offer.digest != digest:
            raise OfferChanged(worked.offer)
        return found, worked

    async def _offer(self, found: Item) -> Offer:
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
        return (await self._work_out(found)).offer

    async def _work_out(self, found: Item) -> _Worked:
        rules, register = self._rules(), self._register()
        envelope = msgspec.structs.replace(found.envelope, received_at=self._clock())
        raw = await self._kept.raw(found.held.id)
        message, verdict = await judge(envelope, raw, rules, register, self._lookups)
        told = explain(message, envelope.rcpt_to, verdict)
        if message is None:
            nothing = View((), (), "", (), told.recipients)
            return _Worked(Offer(explanation=told, before=nothing), None, verdict, None)
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
        return _Worked(offer, message, verdict, repaired)


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


def is_theirs(addresses: Iterable[str], tutor: str) -> bool:
    """Whether somebody with these addresses is that tutor."""
    return canonical(tutor) in {canonical(each) for each in addresses}
