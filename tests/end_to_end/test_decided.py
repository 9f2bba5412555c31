"""What people have decided holds for the messages that come after."""

import asyncio
from datetime import timedelta

from gateway.policy.exemption import Scope
from tests.end_to_end.conftest import TUTOR

MOTHER = "rhian.pryce@family.example"
LEAD = "safeguarding@larkfield-tutors.example"


async def test_what_a_reviewer_let_go_is_not_caught_again(start, demo_mail):
    """The same message by the same tutor goes through; to one more person it is held again."""
    raw = demo_mail("8-")
    async with start() as line:
        _, text = await line.send(raw, MOTHER)
        item = text.split()[5]
        await line.gateway.store.quarantine.release(item, "lead")
        async with asyncio.timeout(60):
            while not any(each.mail_from == TUTOR for each in line.relay.arrived):
                await line.relay.quiet(0.1)
        code, again = await line.send(raw, MOTHER)
        assert code == 250
        assert "Held" not in again
        _, more = await line.send(raw, MOTHER, "gwen@other.example")
        assert "Held" in more


async def test_an_approved_exemption_lets_the_next_message_through(start, demo_mail):
    raw = demo_mail("3-")
    async with start() as line:
        code, _ = await line.send(raw)
        assert code == 550
        exemptions = line.gateway.store.exemptions
        scope = Scope(rule="subject_name", tutor=TUTOR)
        proposal = await exemptions.propose(scope, timedelta(days=1), "tom", "she is a colleague")
        await exemptions.approve(proposal, "admin")
        async with asyncio.timeout(60):
            while not line.gateway.rules.exemptions:  # noqa: ASYNC110 -- the next look at the store
                await asyncio.sleep(0.1)
        code, _ = await line.send(raw)
        assert code == 250
        assert any(each.mail_from == TUTOR for each in line.relay.arrived)


async def test_what_has_waited_too_long_is_brought_to_the_lead_s_attention(start, demo_mail):
    async with start() as line:
        _, text = await line.send(demo_mail("8-"), MOTHER)
        item = text.split()[5]
    async with start('[review]\nescalate_after = "0 s"\n') as line:
        async with asyncio.timeout(60):
            while not any(b"waited too long" in each.raw for each in line.relay.arrived):
                await line.relay.quiet(0.1)
        (mail,) = [each for each in line.relay.arrived if b"waited too long" in each.raw]
        assert mail.recipients == (LEAD,)
        assert (await line.gateway.store.quarantine.get(item)).held.escalated_at is not None
