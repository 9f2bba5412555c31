"""A signed-in tutor sends as nobody else, in the envelope or in the message."""

import ssl
from base64 import b64encode
from datetime import date

import pytest

from gateway.mail.account import Account
from gateway.register.model import People, Staff
from gateway.register.register import Register
from gateway.smtp.senders import Current, forges, owns
from tests.smtp.conftest import AGENCY, Dialogue, Listener

TOM = Account("tom", ("tom@agency.example", "office@agency.example"))


async def signed_in(stranger: Listener, client_tls: ssl.SSLContext) -> Dialogue:
    client = await stranger.connect()
    await client.say("EHLO client.example")
    await client.start_tls(client_tls)
    await client.say("EHLO client.example")
    secret = b64encode(b"\0tom\0correct horse").decode()
    assert (await client.say(f"AUTH PLAIN {secret}")).startswith("235")
    return client


async def test_the_envelope_names_the_tutor(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    client = await signed_in(stranger, client_tls)
    assert (await client.say("MAIL FROM:<eve@agency.example>")).startswith("553-5.7.1")
    assert (await client.say("MAIL FROM:<Tom+x@Agency.example>")).startswith("250")


async def test_so_does_the_message(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    client = await signed_in(stranger, client_tls)
    await client.begin()
    reply = await client.message(b"From: Eve <eve@agency.example>\r\nSubject: x\r\n\r\nhello")
    assert reply.startswith("550-5.7.1")
    await client.begin()
    reply = await client.message(b"From: The office <office@agency.example>\r\nSubject: x\r\n\r\nhello")
    assert reply.startswith("250")
    assert len(stranger.inbox.messages) == 1


async def test_trusted_networks_send_as_anybody(listener: Listener) -> None:
    client = await listener.connect()
    await client.begin("eve@agency.example")
    assert (await client.message(b"From: eve@agency.example\r\n\r\nx")).startswith("250")


@pytest.mark.parametrize(
    "header",
    [
        b"From: eve@agency.example",
        b"From: tom@agency.example, eve@agency.example",
        b"From: tom@agency.example\r\nFrom: eve@agency.example",
        b"From: tom@agency.example\r\nSender: eve@agency.example",
        b"From: =?utf-8?q?tom=40agency.example?= <eve@agency.example>",
        b"FROM : eve@agency.example",
        b"From:\r\n eve@agency.example",
    ],
)
def test_every_author_must_be_the_accounts(header: bytes) -> None:
    assert forges(TOM, header + b"\r\nSubject: x\r\n\r\nhello\r\n")


@pytest.mark.parametrize(
    "header", [b"From: T Reed <TOM@agency.example>", b"Subject: no author", b"From: office@agency.example"]
)
def test_own_authors_are_fine(header: bytes) -> None:
    assert not forges(TOM, header + b"\r\n\r\nhello\r\n")


def test_the_null_sender_is_anybodys_and_an_account_without_addresses_has_none() -> None:
    assert owns(TOM, "")
    assert not owns(Account("ann"), "ann@agency.example")
    assert owns(Account("ann@agency.example"), "ann@agency.example")


class One:
    async def verify(self, name: str, password: str) -> Account | None:
        return TOM


@pytest.mark.parametrize(("left", "welcome"), [(date(2020, 1, 1), False), (None, True)])
async def test_a_leaver_signs_in_no_more(left: date | None, welcome: bool) -> None:
    staff = Staff(id="t1", given_name="Tom", emails=("tom@agency.example",), left_on=left)
    register = Register(People(staff=(staff,)), AGENCY)
    account = await Current(One(), lambda: register).verify("tom", "correct horse")
    assert (account is TOM) == welcome
