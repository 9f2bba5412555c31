"""Mail that goes round in circles is stopped."""

import pytest

from gateway.smtp.hops import loops
from tests.smtp.conftest import Listener

FOREIGN = b"Received: from a.example by b.example with ESMTP id 1;\r\n\tThu, 1 Jan 2026 00:00:00 +0000\r\n"
OWN = b"Received: from a.example ([192.0.2.1])\r\n\tby gateway.example with ESMTP id 1;\r\n\tThu, 1 Jan 2026 00:00:00 +0000\r\n"


@pytest.mark.parametrize(
    ("trace", "looping"),
    [
        (b"", False),
        (FOREIGN * 50, False),
        (FOREIGN * 99, False),
        (FOREIGN * 100, True),
        (FOREIGN.replace(b"Received", b"RECEIVED") * 101, True),
        (OWN, False),
        (OWN * 2, False),
        (OWN * 3, True),
    ],
)
def test_hops_are_counted(trace: bytes, looping: bool) -> None:
    assert loops(trace + b"Subject: x\r\n\r\n" + FOREIGN * 200, "gateway.example") == looping


async def test_the_client_is_told(listener: Listener) -> None:
    client = await listener.connect()
    await client.begin()
    assert (await client.message(OWN * 3 + b"Subject: x\r\n\r\nhello")).startswith("554-5.4.6")
    assert listener.inbox.messages == []
