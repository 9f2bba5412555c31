"""What nobody puts right in time does not leave, and its tutor is told."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from gateway.compose import Lookups
from gateway.notices.notices import Mails
from gateway.repairs import Repairs
from gateway.store.store import Store
from gateway.store.tables import items
from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import letter, plain


@asynccontextmanager
async def ten_days_later(phone):
    """The store and the work on it as they are then."""
    settings = phone.settings
    later = datetime.now(UTC) + timedelta(days=10)
    elsewhen = await Store.open(settings.store, settings.base, clock=lambda: later)
    yield (
        elsewhen,
        Repairs(
            agency=settings.agency,
            rules=lambda: phone.gateway.rules,
            register=lambda: None,
            lookups=Lookups(None),
            kept=elsewhen.quarantine,
            steps=elsewhen.waiting,
            proposals=elsewhen.exemptions,
            escrow=elsewhen.escrow,
            pickups=elsewhen.pickups,
            notices=Mails(settings),
        ),
    )
    await elsewhen.close()


async def test_an_overdue_message_is_closed_and_its_tutor_told(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.settled()
    before = len(phone.relay.arrived)
    async with ten_days_later(phone) as (elsewhen, repairs):
        assert await repairs.expire() == 1
        assert await repairs.expire() == 0
        (item,) = await elsewhen.quarantine.list(("expired",))
        mail = await elsewhen.leases.claim()
    assert (mail.outgoing.mail_from, mail.outgoing.recipients[0].address) == ("", TUTOR)
    assert (await phone.get(path)).status_code == 200
    assert await phone.state(path) == "Your message was not sent"
    assert item.tutor == TUTOR
    assert len(phone.relay.arrived) == before
    assert "You can put it right below" in plain(phone.relay.arrived[0])


async def test_a_record_that_was_spoilt_expires_and_keeps_no_other_from_it(phone):
    await phone.refused(letter(subject="Zoë Marsh"))
    await phone.refused(letter(subject="Zoë Marsh", text="Another.", number=2))
    await phone.settled()
    async with ten_days_later(phone) as (elsewhen, repairs):
        async with elsewhen.core.database.write() as connection:
            first = await connection.scalar(select(items.c.id).order_by(items.c.expires_at))
            await connection.execute(
                update(items).where(items.c.id == first).values(verdict=b"x", glance=b"x")
            )
        assert await repairs.expire() == 2
        assert await repairs.expire() == 0
        assert await elsewhen.leases.claim() is not None  # the other one's tutor is told
        assert await elsewhen.leases.claim() is None
