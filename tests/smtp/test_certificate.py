"""A renewed certificate is used from the next handshake on; nobody is cut off."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from gateway.quantities import HostPort
from gateway.sections import Settings, Tls
from gateway.settings import SettingsProblem
from gateway.smtp.server import SmtpServer
from tests.smtp.conftest import AGENCY, Dialogue, Inbox, Listener, running, smtp


def issue(authority: trustme.CA, folder: Path) -> Tls:
    issued = authority.issue_cert("gateway.example")
    for name, blob in (("key.pem", issued.private_key_pem), ("cert.pem", issued.cert_chain_pems[0])):
        (folder / "new").write_bytes(blob.bytes())
        (folder / "new").replace(folder / name)
    return Tls(certificate=folder / "cert.pem", key=folder / "key.pem")


async def serial(listener: Listener, context: ssl.SSLContext) -> int:
    client = await listener.connect()
    await client.say("EHLO client.example")
    await client.start_tls(context)
    return client.writer.get_extra_info("peercert")["serialNumber"]


async def test_a_renewed_certificate_is_seen(
    authority: trustme.CA, tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    async with running(smtp(tls=issue(authority, tmp_path))) as listener:
        standing = await listener.connect()
        await standing.say("EHLO client.example")
        await standing.start_tls(client_tls)
        first = await serial(listener, client_tls)
        issue(authority, tmp_path)
        assert await serial(listener, client_tls) != first
        assert (await standing.say("NOOP")).startswith("250")


async def test_half_a_renewal_keeps_the_old_one(
    authority: trustme.CA, tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    async with running(smtp(tls=issue(authority, tmp_path))) as listener:
        first = await serial(listener, client_tls)
        (tmp_path / "cert.pem").write_text("half")
        assert await serial(listener, client_tls) == first
        assert not listener.server.reload_certificate()


async def test_tls_from_the_first_octet(
    authority: trustme.CA, tmp_path: Path, client_tls: ssl.SSLContext
) -> None:
    tls = issue(authority, tmp_path)
    settings = smtp(tls=tls, listen=(), listen_tls=(HostPort("127.0.0.1:0"),))
    async with running(settings) as listener:
        numbers = []
        for _ in range(2):
            reader, writer = await asyncio.open_connection(
                listener.address.host,
                listener.address.port,
                ssl=client_tls,
                server_hostname="gateway.example",
            )
            client = Dialogue(reader, writer)
            assert (await client.reply()).startswith("220")
            offered = await client.say("EHLO client.example")
            assert "AUTH PLAIN LOGIN" in offered
            assert "STARTTLS" not in offered
            numbers.append(writer.get_extra_info("peercert")["serialNumber"])
            issue(authority, tmp_path)
        assert numbers[0] != numbers[1]
        await client.begin()
        assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
        assert listener.inbox.messages[0][0].tls


def test_a_certificate_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    tls = Tls(certificate=tmp_path / "no.pem", key=tmp_path / "no.key")
    with pytest.raises(SettingsProblem, match=r"smtp\.tls: found .*no\.pem.*No such file"):
        SmtpServer(Settings(agency=AGENCY, smtp=smtp(tls=tls)), Inbox().handle)


def test_a_tls_port_without_a_certificate_stops_the_start() -> None:
    with pytest.raises(SettingsProblem, match=r"smtp\.listen_tls"):
        SmtpServer(Settings(agency=AGENCY, smtp=smtp(listen_tls=(HostPort("127.0.0.1:0"),))), Inbox().handle)


def test_a_directory_that_is_not_named_stops_the_start() -> None:
    with pytest.raises(SettingsProblem, match=r"smtp\.auth"):
        SmtpServer(Settings(agency=AGENCY, smtp=smtp(auth="ldap")), Inbox().handle)
