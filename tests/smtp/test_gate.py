"""How much a relay is asked to bear: connections at once, messages over one, messages in a minute."""

import asyncio

import pytest

from gateway.quantities import HostPort, Relays
from gateway.sections import Relay, Settings, Smtp
from gateway.smtp.credential import with_password
from gateway.smtp.gate import Full, Gate
from gateway.smtp.relay import RelayClient, RelayDown
from tests.smtp.conftest import AGENCY
from tests.smtp.receiver import Taker, greet, relay_of, scripted
from tests.smtp.test_relay import mail


def client_of(at, workers=1, **relay):
    section = Relay(address=Relays((HostPort(at),)), **relay)
    return RelayClient(
        Settings(agency=AGENCY, smtp=Smtp(hostname="gateway.example", workers=workers), relay=section)
    )


async def busy(reader, writer, talking, most):
    """A relay that counts who talks to it, and takes its time."""
    talking.append(1)
    most.append(len(talking))
    await greet(reader, writer)
    while line := await reader.readline():
        if line.startswith(b"DATA"):
            writer.write(b"354 go\r\n")
            await reader.readuntil(b"\r\n.\r\n")
            await asyncio.sleep(0.01)
        writer.write(b"250 ok\r\n")
    talking.pop()


async def test_no_more_connections_than_allowed_and_everybody_gets_through():
    talking, most = [], []
    async with scripted(lambda reader, writer: busy(reader, writer, talking, most)) as at:
        client = client_of(at, max_connections=3)
        deliveries = await asyncio.gather(*(client.deliver(mail()) for _ in range(12)))
        await client.close()
    assert all(each.reply.accepted for each in deliveries)
    assert max(most) <= 3


async def test_idle_connections_of_others_make_room():
    """A tutor's own connection, signed in or not, counts to the same relay."""
    taker = Taker()
    async with relay_of(taker) as at:
        client = client_of(at, max_connections=1)
        assert (await client.deliver(mail())).reply.accepted
        other = RelayClient(client._settings, None, client._hops, client._gates)  # as `for_user`, without TLS
        assert (await other.deliver(mail())).reply.accepted
        assert (await client.deliver(mail())).reply.accepted
        await other.close()
        await client.close()
    assert taker.connections == 3


async def test_signing_in_as_somebody_else_shares_the_gate():
    client = client_of("127.0.0.1:1")
    assert client.for_user(with_password("tom", "x"))._gates is client._gates


async def test_a_connection_serves_so_many_messages():
    taker = Taker()
    async with relay_of(taker) as at:
        client = client_of(at, max_messages_per_connection=2)
        for _ in range(5):
            assert (await client.deliver(mail())).reply.accepted
        await client.close()
    assert (len(taker.got), taker.connections) == (5, 3)


async def test_more_messages_than_a_minute_allows_count_as_a_relay_that_is_down():
    taker = Taker()
    async with relay_of(taker) as at:
        client = client_of(at, max_messages_per_minute=2, timeout=30.0)
        for gate in client._gates.values():
            gate._clock = lambda: 0.0
        for _ in range(2):
            assert (await client.deliver(mail())).reply.accepted
        with pytest.raises(RelayDown):
            await client.deliver(mail())
        await client.close()
    assert len(taker.got) == 2


async def test_workers_share_what_a_relay_bears():
    client = client_of("127.0.0.1:1", workers=3, max_connections=10, max_messages_per_minute=10)
    (gate,) = client._gates.values()
    assert (gate._most, gate._per_minute) == (3, 4)


async def test_what_begins_early_takes_half_at_most():
    gate = Gate(4)
    for _ in range(2):
        await gate.enter(0, early=True)
    with pytest.raises(Full):
        await gate.enter(0, early=True)
    for _ in range(2):
        await gate.enter(0)
    with pytest.raises(Full):
        await gate.enter(0)
    gate.leave()
    await gate.enter(0)


async def test_whoever_waits_gets_what_becomes_free():
    gate = Gate(1)
    await gate.enter(0)
    waiting = asyncio.create_task(gate.enter(60))
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.wait_for(waiting, 60)


async def test_a_minute_slides():
    now = 0.0
    gate = Gate(1, per_minute=2, clock=lambda: now)
    await gate.pace(0)
    now = 30.0
    await gate.pace(0)
    with pytest.raises(Full):
        await gate.pace(0)
    now = 60.0
    await gate.pace(0)
    with pytest.raises(Full):
        await gate.pace(29.9)
