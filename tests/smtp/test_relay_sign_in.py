"""`auth = "relay"`: the tutor's own credential is tried at the relay, and the tutor's mail goes out under it."""

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gateway.quantities import Network, Relays
from gateway.remedy.outgoing import Outgoing
from gateway.sections import Relay, Settings, Smtp, Tls
from gateway.smtp.credential import Credential, with_token
from gateway.smtp.relay import RelayClient, RelayDown
from tests.smtp.conftest import AGENCY, Dialogue, Listener, running, smtp
from tests.smtp.receiver import Taker, relay_of
from tests.smtp.test_relay import mail

TOKEN = b"user=tom@agency.example\x01auth=Bearer abc\x01\x01"


class SignedIn(Taker):
    """A relay that knows one tutor, by password and by token."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        right = data == LoginPassword(b"tom@agency.example", b"secret")
        return AuthResult(success=right, handled=False, auth_data=data)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        right = args[1:] == [b64encode(TOKEN).decode()]
        return AuthResult(success=right, handled=False, auth_data=LoginPassword(b"tom@agency.example", b""))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.names.append(session.auth_data.login.decode())
        return await super().handle_DATA(server, session, envelope)


@asynccontextmanager
async def line(
    authority: trustme.CA, tls: Tls, folder: Path, **changes: object
) -> AsyncIterator[tuple[Listener, SignedIn]]:
    taker = SignedIn()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    settings = smtp(tls=tls, auth="relay", trusted_networks=(Network("192.0.2.0/24"),), **changes)
    async with relay_of(
        taker, tls_context=context, authenticator=taker.authenticate, auth_required=True
    ) as address:
        relay = Relay(address=Relays((address,)), tls="required", ca_file=folder / "ca.pem")
        async with running(settings, relay) as listener:
            yield listener, taker


async def secured(listener: Listener, client_tls: ssl.SSLContext) -> tuple[Dialogue, str]:
    client = await listener.connect()
    await client.say("EHLO client.example")
    await client.start_tls(client_tls)
    return client, await client.say("EHLO client.example")


@pytest.mark.parametrize(
    "words", [b"PLAIN " + b64encode(b"\0tom@agency.example\0secret"), b"XOAUTH2 " + b64encode(TOKEN)]
)
async def test_the_mail_goes_out_as_the_tutors(
    authority: trustme.CA, tls_files: Tls, tmp_path: Path, client_tls: ssl.SSLContext, words: bytes
) -> None:
    async with line(authority, tls_files, tmp_path) as (listener, taker):
        client, offered = await secured(listener, client_tls)
        assert "XOAUTH2" in offered
        assert (await client.say(b"AUTH " + words)).startswith("235")
        await client.begin()
        assert (await client.message(b"From: tom@agency.example\r\n\r\nhello")).startswith("250 2.0.0 Queued")
        assert taker.names == ["tom@agency.example"]
        assert listener.inbox.messages[0][0].account == "tom@agency.example"
        assert (await client.say("MAIL FROM:<eve@agency.example>")).startswith("553")


async def test_what_the_relay_refuses_is_refused(
    authority: trustme.CA, tls_files: Tls, tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    async with line(authority, tls_files, tmp_path) as (listener, _):
        client, _ = await secured(listener, client_tls)
        wrong = b64encode(b"\0tom@agency.example\0wrong")
        assert (await client.say(b"AUTH PLAIN " + wrong)).startswith("535 5.7.8")
        assert (await client.say(b"AUTH XOAUTH2 " + b64encode(TOKEN.replace(b"abc", b"xyz")))).startswith(
            "535"
        )
        assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("530")
        assert listener.people.asked == []


async def test_a_shared_mailbox_is_for_those_who_are_listed(
    authority: trustme.CA, tls_files: Tls, tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    shared = {
        "office@agency.example": ("tom@agency.example",),
        "head@agency.example": ("ann@agency.example",),
    }
    async with line(authority, tls_files, tmp_path, shared_mailboxes=shared) as (listener, _):
        client, _ = await secured(listener, client_tls)
        await client.say(b"AUTH PLAIN " + b64encode(b"\0tom@agency.example\0secret"))
        assert (await client.say("MAIL FROM:<head@agency.example>")).startswith("553")
        assert (await client.say("MAIL FROM:<office@agency.example>")).startswith("250")


async def test_no_credential_leaves_without_tls(tmp_path: Path) -> None:
    taker = SignedIn()
    (tmp_path / "password").write_text("secret\n")
    async with relay_of(taker, authenticator=taker.authenticate, auth_require_tls=False) as address:
        relay = Relay(
            address=Relays((address,)), user="tom@agency.example", password_file=tmp_path / "password"
        )
        client = RelayClient(Settings(agency=AGENCY, smtp=Smtp(hostname="gateway.example"), relay=relay))
        with pytest.raises(RelayDown):
            await client.deliver(mail())
    assert taker.got == []


async def test_the_gateway_signs_in_itself(authority: trustme.CA, tls_files: Tls, tmp_path: Path) -> None:
    async with line(authority, tls_files, tmp_path) as (listener, taker):
        (tmp_path / "password").write_text("secret\n")
        pool = listener.server._door.relay._pools[0].hop
        relay = Relay(
            address=Relays((pool.address,)),
            tls="required",
            ca_file=tmp_path / "ca.pem",
            user="tom@agency.example",
            password_file=tmp_path / "password",
        )
        client = RelayClient(Settings(agency=AGENCY, smtp=Smtp(hostname="gateway.example"), relay=relay))
        letter: Outgoing = mail()
        assert (await client.deliver(letter)).reply.accepted
        assert taker.names == ["tom@agency.example"]
        await client.close()


def test_a_credential_shows_nothing_of_its_secret() -> None:
    credential = with_token("XOAUTH2", TOKEN)
    assert isinstance(credential, Credential)
    assert credential.name == "tom@agency.example"
    assert "abc" not in repr(credential)
    assert with_token("XOAUTH2", b"user=\x01nonsense") is None
    bearer = with_token("OAUTHBEARER", b"n,a=tom@agency.example,\x01host=x\x01auth=Bearer abc\x01\x01")
    assert bearer is not None
    assert bearer.name == "tom@agency.example"
