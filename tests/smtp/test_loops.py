"""Mail that goes round in circles is stopped."""

from datetime import UTC, datetime

import pytest

from gateway.mail.envelope import Envelope, Recipient
from gateway.smtp.hops import loops
from gateway.smtp.trace import received
from gateway.store.crypto import Vault
from tests.smtp.conftest import Listener, running, smtp

KEY = bytes(range(32))
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


# -- our own field, signed


def sealed(key: bytes, *recipients: str) -> bytes:
    """The field that a gateway with that key puts above a message."""
    envelope = Envelope(
        mail_from="tom@agency.example",
        recipients=tuple(Recipient(each) for each in recipients),
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        queue_id="Q7F3K-9WDTB",
    )
    return received(envelope, "gateway.example", Vault(key).blind).encode()


def comes_back(field: bytes, *recipients: str) -> bool:
    """Whether a message under that field, for those people, is a loop."""
    return loops(field + b"Subject: x\r\n\r\nx\r\n", "gateway.example", recipients, Vault(KEY).blind)


def test_a_message_that_comes_back_for_the_same_people_is_a_loop_the_first_time() -> None:
    field = sealed(KEY, "ana@family.example", "ben@family.example")
    assert comes_back(field, "BEN@family.example", "ana@family.example")
    assert comes_back(field.replace(b"\r\n\t(", b" ("), "ana@family.example", "ben@family.example")


def test_a_message_that_somebody_forwards_to_others_is_none() -> None:
    assert not comes_back(sealed(KEY, "ana@family.example"), "ben@family.example")


def test_a_field_that_another_has_made_says_nothing() -> None:
    assert not comes_back(sealed(b"other key" * 4, "ana@family.example"), "ana@family.example")
    moved = sealed(KEY, "ana@family.example").replace(b"Q7F3K-9WDTB", b"Q7F3K-9WDTC")
    assert not comes_back(moved, "ana@family.example")


async def test_what_leaves_is_refused_when_it_comes_back() -> None:
    async with running(smtp(), seal=Vault(KEY).blind) as listener:
        client = await listener.connect()
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
        ((envelope, raw),) = listener.inbox.messages
        await client.begin()
        assert (await client.message(envelope.trace.encode() + raw.removesuffix(b"\r\n"))).startswith(
            "554-5.4.6"
        )
        await client.begin("tom@agency.example", "ben@family.example")
        assert (await client.message(envelope.trace.encode() + raw.removesuffix(b"\r\n"))).startswith("250")
