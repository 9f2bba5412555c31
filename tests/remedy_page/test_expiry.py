"""What nobody puts right in time does not leave, and its tutor is told."""

from datetime import UTC, datetime, timedelta

from gateway.compose import Lookups
from gateway.notices.notices import Mails
from gateway.repairs import Repairs
from gateway.store.store import Store
from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import letter, plain


async def test_an_overdue_message_is_closed_and_its_tutor_told(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.relay.quiet(0.3)
    before = len(phone.relay.arrived)
    settings = phone.settings
    later = datetime.now(UTC) + timedelta(days=10)
    elsewhen = await Store.open(settings.store, settings.base, clock=lambda: later)
    repairs = Repairs(
        agency=settings.agency,
        rules=lambda: phone.gateway.rules,
        register=lambda: None,
        lookups=Lookups(None),
        kept=elsewhen.quarantine,
        steps=elsewhen.waiting,
        proposals=elsewhen.exemptions,
        notices=Mails(settings),
    )
    assert await repairs.expire() == 1
    assert await repairs.expire() == 0
    (item,) = await elsewhen.quarantine.list(("expired",))
    mail = await elsewhen.outbox.claim()
    await elsewhen.close()
    assert (mail.outgoing.mail_from, mail.outgoing.recipients[0].address) == ("", TUTOR)
    assert (await phone.get(path)).status_code == 200
    assert await phone.state(path) == "Your message was not sent"
    assert item.tutor == TUTOR
    assert len(phone.relay.arrived) == before
    assert "You can put it right below" in plain(phone.relay.arrived[0])
