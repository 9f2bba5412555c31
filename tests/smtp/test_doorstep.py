"""Who waits outside for too long hears it at once, and those inside are served."""

import asyncio
import socket

import pytest

from gateway.smtp.doorstep import Doorstep
from tests.smtp.conftest import running, smtp

WORDS = b"421 4.3.2 busy\r\n"


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0), backlog=20) as server:
        server.setblocking(False)
        yield server


async def visitors(doorstep: Doorstep, address: tuple[str, int], number: int) -> list[socket.socket]:
    """Clients that have connected and are not let in."""
    clients = [socket.create_connection(address, timeout=60) for _ in range(number)]
    async with asyncio.timeout(60):
        while doorstep.waiting < number:  # noqa: ASYNC110 -- the kernel tells nobody
            await asyncio.sleep(0.01)
    return clients


async def test_those_who_came_first_are_sent_away_until_few_enough_wait(listening) -> None:
    doorstep = Doorstep(listening.fileno(), WORDS, most=3)
    clients = await visitors(doorstep, listening.getsockname(), 5)
    doorstep.clear()
    assert doorstep.waiting == 3
    for client in clients[:2]:
        assert client.recv(100) == WORDS
        assert client.recv(100) == b""
    inside = listening.accept()[0]
    assert inside.getpeername() == clients[2].getsockname()
    for each in (*clients, inside):
        each.close()
    doorstep.close()


async def test_nobody_is_sent_away_while_few_wait(listening) -> None:
    doorstep = Doorstep(listening.fileno(), WORDS, most=3)
    clients = await visitors(doorstep, listening.getsockname(), 3)
    doorstep.clear()
    assert doorstep.waiting == 3
    for each in clients:
        each.close()
    doorstep.close()


async def test_who_hangs_up_while_waiting_hinders_nobody(listening) -> None:
    doorstep = Doorstep(listening.fileno(), WORDS, most=0)
    clients = await visitors(doorstep, listening.getsockname(), 2)
    clients[0].close()
    doorstep.clear()
    assert clients[1].recv(100) == WORDS
    assert doorstep.waiting == 0
    clients[1].close()
    doorstep.close()


async def test_the_listener_looks_after_its_doorstep_when_somebody_comes_in() -> None:
    async with running(smtp()) as listener:
        (doorstep,) = listener.server._doorsteps
        cleared = asyncio.Event()
        doorstep.clear = cleared.set  # type: ignore[method-assign]
        await listener.connect()
        await asyncio.wait_for(cleared.wait(), 60)
