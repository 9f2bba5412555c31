"""With on_relay_down = "queue" the client is answered by the outbox."""

import pytest

from gateway.mail.envelope import Recipient
from gateway.quantities import HostPort, Relays
from gateway.remedy.outgoing import Outgoing
from gateway.sections import Relay, Settings
from gateway.smtp.or_queue import OrQueue
from gateway.smtp.relay import RelayClient
from tests.smtp.conftest import AGENCY
from tests.smtp.receiver import Taker, relay_of

MAIL = Outgoing(
    mail_from="tom@agency.example",
    recipients=(Recipient("ana@family.example"),),
    raw=b"Subject: x\r\n\r\nx\r\n",
)


class Outbox:
    def __init__(self, full: bool = False) -> None:
        self.mails: list[Outgoing] = []
        self.full = full

    async def enqueue(self, *mails: Outgoing) -> tuple[int, ...]:
        if self.full:
            raise OSError("no space left")
        self.mails += mails
        return (1,)


def client(address: HostPort) -> RelayClient:
    return RelayClient(Settings(agency=AGENCY, relay=Relay(address=Relays((address,)))))


async def test_what_the_relay_takes_is_not_kept() -> None:
    taker, outbox = Taker(), Outbox()
    async with relay_of(taker) as address:
        delivery = await OrQueue(client(address), outbox).deliver(MAIL)
    assert delivery.reply.wire() == "250 2.0.0 Queued as 12345"
    assert outbox.mails == []


async def test_what_the_relay_refuses_is_not_kept() -> None:
    taker, outbox = Taker(), Outbox()
    taker.final = "554 5.7.1 No"
    async with relay_of(taker) as address:
        assert (await OrQueue(client(address), outbox).deliver(MAIL)).reply.code == 554
    assert outbox.mails == []


async def test_without_a_relay_the_outbox_has_it(closed_port: str) -> None:
    outbox = Outbox()
    delivery = await OrQueue(client(HostPort(closed_port)), outbox).deliver(MAIL)
    assert delivery.reply.accepted
    assert outbox.mails == [MAIL]


async def test_an_outbox_that_is_full_promises_nothing(closed_port: str) -> None:
    with pytest.raises(OSError, match="no space"):
        await OrQueue(client(HostPort(closed_port)), Outbox(full=True)).deliver(MAIL)
