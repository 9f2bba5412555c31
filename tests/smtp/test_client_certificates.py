"""Servers that submit without a password, because their own certificate says who they are."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trustme

from gateway.quantities import Network
from gateway.sections import Tls
from tests.smtp.conftest import Listener, running, smtp


@asynccontextmanager
async def listener_for(tls: Tls, authority: trustme.CA, folder: Path, *names: str) -> AsyncIterator[Listener]:
    """A listener that trusts no network, and clients with those names."""
    authority.cert_pem.write_to_path(str(folder / "clients.pem"))
    tls = msgspec.structs.replace(tls, trusted_clients=names, client_ca_file=folder / "clients.pem")
    async with running(smtp(tls=tls, trusted_networks=(Network("192.0.2.0/24"),))) as listener:
        yield listener


async def mail_reply(listener: Listener, context: ssl.SSLContext) -> str:
    """What a client with that TLS context is told at MAIL."""
    client = await listener.connect()
    await client.say("EHLO mail.provider.example")
    await client.start_tls(context)
    await client.say("EHLO mail.provider.example")
    return await client.say("MAIL FROM:<tom@agency.example>")


@pytest.mark.parametrize("trusted", ["mail.provider.example", "*.provider.example", "MAIL.Provider.example"])
async def test_a_server_with_a_trusted_name_may_submit(
    authority: trustme.CA, tls_files: Tls, client_tls: ssl.SSLContext, tmp_path: Path, trusted: str
) -> None:
    authority.issue_cert("mail.provider.example").configure_cert(client_tls)
    async with listener_for(tls_files, authority, tmp_path, trusted) as listener:
        assert (await mail_reply(listener, client_tls)).startswith("250")


@pytest.mark.parametrize("name", ["mail.other.example", "provider.example", "evil-provider.example"])
async def test_a_server_with_another_name_must_sign_in(
    authority: trustme.CA, tls_files: Tls, client_tls: ssl.SSLContext, tmp_path: Path, name: str
) -> None:
    authority.issue_cert(name).configure_cert(client_tls)
    async with listener_for(tls_files, authority, tmp_path, "*.provider.example") as listener:
        assert (await mail_reply(listener, client_tls)).startswith("530")


async def test_a_client_without_a_certificate_must_sign_in(
    authority: trustme.CA, tls_files: Tls, client_tls: ssl.SSLContext, tmp_path: Path
) -> None:
    async with listener_for(tls_files, authority, tmp_path, "mail.provider.example") as listener:
        assert (await mail_reply(listener, client_tls)).startswith("530")


async def test_a_certificate_of_an_unknown_issuer_gets_no_further(
    authority: trustme.CA, tls_files: Tls, client_tls: ssl.SSLContext, tmp_path: Path
) -> None:
    trustme.CA().issue_cert("mail.provider.example").configure_cert(client_tls)
    async with listener_for(tls_files, authority, tmp_path, "mail.provider.example") as listener:
        try:
            reply = await mail_reply(listener, client_tls)
        except (OSError, ssl.SSLError):
            reply = ""
        assert not reply.startswith("250")
        assert listener.inbox.messages == []


async def test_nobody_is_asked_for_a_certificate_unless_the_settings_say_so(
    authority: trustme.CA, tls_files: Tls, client_tls: ssl.SSLContext
) -> None:
    authority.issue_cert("mail.provider.example").configure_cert(client_tls)
    async with running(smtp(tls=tls_files, trusted_networks=(Network("192.0.2.0/24"),))) as listener:
        assert (await mail_reply(listener, client_tls)).startswith("530")
