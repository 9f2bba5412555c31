"""The worker that carries the outbox to the relay."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

import msgspec

from gateway import journal
from gateway.mail.envelope import Envelope
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.store import bodies
from gateway.store.core import Core
from gateway.store.errors import StoreTrouble, Tampered
from gateway.store.leases import LEASE, Claimed, Leases, Outcome, outcomes_of
from gateway.store.outbox import Outbox, Prepared
from gateway.store.set_back import rectify

_AT_ONCE = 8
# The age of a mail proves nothing after a power cut, or a clock that was wrong for a while.
_FEWEST_TRIES = 4
_SET_BACK = timedelta(seconds=10)
_NO_RELAY = Reply(451, "4.4.1", ("The next hop could not be reached",))
_SPOILT = Reply(554, "5.3.0", ("The stored message could not be read back",))


class Relay(Protocol):
    """The next hop."""

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand a message over. Any refusal is a value; no connection is an exception."""
        ...


class Reports(Protocol):
    """What a sender is told of recipients that could not be reached."""

    def undelivered(self, message: Message, delivery: Delivery) -> Outgoing | None:
        """A delivery report (RFC 3464) for the refused recipients; None where nobody wants one."""
        ...


class Courier:
    """Sends what is due, a few mails at once, until it is told to stop."""

    def __init__(
        self,
        core: Core,
        outbox: Outbox,
        leases: Leases,
        relay: Relay,
        reports: Reports | None,
        *,
        give_up_after: timedelta,
        poll: float,
    ) -> None:
        self._core = core
        self._outbox = outbox
        self._leases = leases
        self._relay = relay
        self._reports = reports
        self._give_up_after = give_up_after
        self._poll = poll
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._in_hand: set[int] = set()
        self._ahead: timedelta | None = None  # of the store's clock before one that nobody sets

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop* is set; then finish what is under way. Trouble only makes it slower."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                await self._slots.acquire()
                self._outbox.wake.clear()
                claimed = await self._claim()
                if claimed is None:
                    self._slots.release()
                    await self._rest(stop)
                else:
                    self._in_hand.add(claimed.id)
                    group.create_task(self._turn(claimed, stop))

    async def _claim(self) -> Claimed | None:
        """The next mail that is due, if any; a store in trouble has none for now."""
        try:
            await self._mind_clock()
            due = await self._leases.next_due()
            if due is None or due > self._core.clock():
                return None
            return await self._leases.claim(frozenset(self._in_hand))
        except StoreTrouble as fault:
            journal.trouble(public("the outbox cannot be read"), fault)
            return None

    async def _mind_clock(self) -> None:
        """At the start, and whenever the clock was set back: no mail waits for a moment that was never meant."""
        ahead = self._core.clock() - datetime.fromtimestamp(monotonic(), UTC)
        if self._ahead is None or ahead < self._ahead - _SET_BACK:
            await rectify(self._core)
        self._ahead = ahead

    async def _rest(self, stop: asyncio.Event) -> None:
        """Until something is put in, the poll comes round, or it is time to stop."""
        waits = {asyncio.ensure_future(event.wait()) for event in (self._outbox.wake, stop)}
        try:
            await asyncio.wait(waits, timeout=self._poll, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _turn(self, claimed: Claimed, stop: asyncio.Event) -> None:
        try:
            await self.carry(claimed, stop)
        except Exception as fault:  # noqa: BLE001 -- its lease lapses and it is tried again; the others go on
            journal.trouble(public("a mail of the outbox could not be dealt with"), fault)
        finally:
            self._in_hand.discard(claimed.id)
            self._slots.release()

    async def carry(self, claimed: Claimed, stop: asyncio.Event | None = None) -> None:
        """Take one claimed mail to the relay and record the answer."""
        lease = asyncio.create_task(self._keep(claimed))
        try:
            raw, delivery = await self._send(claimed)
            last = self._core.clock() >= claimed.created_at + self._give_up_after
            last = last and claimed.attempts >= _FEWEST_TRIES
            outcomes = outcomes_of(claimed, delivery, last=last)
            report = await self._report(claimed, raw, delivery, outcomes)
            await self._settle(claimed, delivery, outcomes, report, stop or asyncio.Event())
        finally:
            lease.cancel()

    async def _send(self, claimed: Claimed) -> tuple[bytes, Delivery]:
        try:
            raw = await bodies.load(self._core, claimed.body)
        except Tampered as fault:
            journal.trouble(public("a stored message was changed or lost"), fault)
            return b"", Delivery(_SPOILT)
        except StoreTrouble as fault:
            journal.trouble(public("a stored message cannot be read just now"), fault)
            return b"", Delivery(_NO_RELAY)
        try:
            return raw, await self._relay.deliver(msgspec.structs.replace(claimed.outgoing, raw=raw))
        except Exception as fault:  # noqa: BLE001 -- whatever a relay's client raises, the mail stays ours
            journal.trouble(public("the relay could not be reached"), fault)
            return raw, Delivery(_NO_RELAY)

    async def _report(
        self, claimed: Claimed, raw: bytes, delivery: Delivery, outcomes: tuple[Outcome, ...]
    ) -> Prepared | None:
        """
        The report on recipients that failed for good; none for our own notices (RFC 3464, 2).

        Never raises: the relay has spoken, and what it took must not be sent again.
        """
        try:
            return await self._written(claimed, raw, delivery, outcomes)
        except Exception as fault:  # noqa: BLE001 -- see above
            journal.trouble(public("a delivery report could not be written"), fault)
            return None

    async def _written(
        self, claimed: Claimed, raw: bytes, delivery: Delivery, outcomes: tuple[Outcome, ...]
    ) -> Prepared | None:
        failed = tuple((each.recipient.address, each.reply) for each in outcomes if each.state == "failed")
        if not failed or self._reports is None or not claimed.outgoing.mail_from:
            return None
        envelope = Envelope(
            mail_from=claimed.outgoing.mail_from,
            recipients=claimed.outgoing.recipients,
            received_at=claimed.created_at,
            queue_id=claimed.item or "",
        )
        try:
            # A report needs the header alone.
            message = await asyncio.to_thread(Message.parse, raw[: _body_of(raw)], envelope)
        except MalformedMessage:
            message = Message.parse(b"\r\n", envelope)
        report = self._reports.undelivered(message, Delivery(delivery.reply, failed))
        return None if report is None else await self._outbox.prepare(report)

    async def _keep(self, claimed: Claimed) -> None:
        """Renew the lease for as long as the relay takes."""
        while True:
            await asyncio.sleep(LEASE / timedelta(seconds=3))
            with suppress(StoreTrouble):
                await self._leases.renew(claimed)

    async def _settle(
        self,
        claimed: Claimed,
        delivery: Delivery,
        outcomes: tuple[Outcome, ...],
        report: Prepared | None,
        stop: asyncio.Event,
    ) -> None:
        """The relay's word must not be lost, or the mail goes twice: try until it is written."""
        while True:
            try:
                await self._leases.settle(claimed, delivery, outcomes, report)
            except StoreTrouble as fault:
                journal.trouble(public("the relay's answer could not be stored yet"), fault)
                if stop.is_set():
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._poll)
            else:
                return


def _body_of(raw: bytes) -> int:
    """Where the header ends."""
    end = raw.find(b"\r\n\r\n")
    return len(raw) if end < 0 else end + 4
