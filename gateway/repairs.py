"""
The story of a stopped message that its tutor puts right.

Nothing that was worked out earlier is believed: at the click the kept bytes are
judged anew, under the rules and the register of that moment, the remedies are
applied anew, and what would leave is judged once more. If it is then not what the
tutor saw and agreed to, nothing leaves and the tutor is shown the new state.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from gateway import journal
from gateway.edges import Escrow, Kept, Lookups, Notices, PickUps, Proposals, Steps
from gateway.judge import Rules
from gateway.mail.public import public
from gateway.offers import Offers, Worked
from gateway.register.register import Agency, Register
from gateway.remedy.edit import edit
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.tutor import tutor_of
from gateway.review.errors import NoSuchItem, Tampered, WrongState
from gateway.review.exemptions import disputed
from gateway.review.held import Item
from gateway.review.standing import Corrected, OfferChanged, Standing

_PROPOSED_FOR = timedelta(days=180)
_ROUND = 300.0  # seconds between two looks for overdue messages


class Repairs:
    """Does what the tutor of a stopped message chooses, of what can be done about it."""

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
        self._offers = Offers(rules=rules, register=register, lookups=lookups, kept=kept, clock=clock)
        self._kept = kept
        self._steps = steps
        self._proposals = proposals
        self._escrow = escrow
        self._pickups = pickups
        self._notices = notices

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
        return Standing(found, tutor, await self._offers.shown(found))

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

    async def _agreed(self, item: str, digest: str) -> tuple[Item, Worked]:
        """The offer worked out anew, if it is still the one that was seen."""
        found = await self._kept.get(item)
        worked = await self._offers.work_out(found)
        if worked.offer.digest != digest:
            raise OfferChanged(worked.offer)
        return found, worked
