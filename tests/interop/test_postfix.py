"""Postfix as the next hop, with the gateway before its queue, and behind it."""

import asyncio
import smtplib
from pathlib import Path

import pytest

from gateway.sections import Tls
from tests.interop.conftest import BAD, BAD_TO, CLEAN, CLEAN_TO, HELD, HELD_TO, TUTOR, gateway_before
from tests.interop.postfix import REFUSED, postfix
from tests.smtp.receiver import Taker, relay_of

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


def send(host: str, port: int, content: bytes, *recipients: str) -> tuple[int, str]:
    """Send with the standard library; the code and text of the last reply."""
    with smtplib.SMTP(host, port, timeout=60) as client:
        try:
            refused = client.sendmail(TUTOR, recipients, content)
        except smtplib.SMTPResponseException as answer:
            return answer.smtp_code, answer.smtp_error.decode()
        except smtplib.SMTPRecipientsRefused as answer:
            refused = answer.recipients
        if refused:
            code, text = next(iter(refused.values()))
            return code, text.decode()
        return 250, ""


def offered(host: str, port: int) -> set[str]:
    """The keywords of EHLO."""
    with smtplib.SMTP(host, port, timeout=60) as client:
        client.ehlo()
        return set(client.esmtp_features)


async def arrived(taker: Taker, number: int) -> list[bytes]:
    """What the server behind Postfix has, once it has that many."""
    async with asyncio.timeout(60):
        while len(taker.got) < number:  # noqa: ASYNC110 -- Postfix delivers when it does
            await asyncio.sleep(0.05)
    return [each.original_content for each in taker.got]


async def arrived_with(taker: Taker, words: bytes) -> bytes:
    """The first message with these words that the server behind Postfix has, once it has one."""
    async with asyncio.timeout(60):
        while True:
            for each in taker.got:
                if words in each.original_content:
                    return each.original_content
            await asyncio.sleep(0.05)


def below_traces(content: bytes) -> bytes:
    """The message as it was submitted: without the trace fields that were put above it."""
    return content[content.index(b"From: ") :]


async def test_as_the_relay(tmp_path: Path) -> None:
    taker = Taker()
    async with (
        relay_of(taker) as sink,
        postfix(sink) as peer,
        gateway_before(peer.relay, tmp_path / "gateway") as address,
    ):
        assert (await asyncio.to_thread(send, address.host, address.port, CLEAN, CLEAN_TO))[0] == 250
        (content,) = await arrived(taker, 1)
        assert below_traces(content) == CLEAN
        assert content.count(b"by gateway.example with ESMTP id ") == 1
        code, text = await asyncio.to_thread(send, address.host, address.port, CLEAN, REFUSED)
        assert (code, "No such mailbox here" in text) == (550, True)
        code, text = await asyncio.to_thread(send, address.host, address.port, CLEAN, CLEAN_TO, REFUSED)
        assert (code, "No such mailbox here" in text) == (550, True), "refused alone, the other one gets it"
        await arrived(taker, 2)
        assert {"dsn", "size", "pipelining"} <= await asyncio.to_thread(offered, address.host, address.port)
        code, text = await asyncio.to_thread(send, address.host, address.port, BAD, BAD_TO)
        assert (code, "[subject_name]" in text) == (550, True)
    assert len([each for each in taker.got if each.rcpt_tos == [CLEAN_TO]]) == 2


async def test_as_the_relay_under_verified_tls(tmp_path: Path, tls_files: Tls, authority) -> None:
    taker = Taker()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    tls = f'tls = "required"\nca_file = "{tmp_path / "ca.pem"}"'
    async with (
        relay_of(taker) as sink,
        postfix(sink, tls_files) as peer,
        gateway_before(peer.relay, tmp_path / "one", relay_more=tls) as good,
        gateway_before(peer.relay, tmp_path / "two", relay_more='tls = "required"') as stranger,
    ):
        assert (await asyncio.to_thread(send, good.host, good.port, CLEAN, CLEAN_TO))[0] == 250
        assert (await asyncio.to_thread(send, stranger.host, stranger.port, CLEAN, CLEAN_TO))[0] == 451
        (content,) = await arrived(taker, 1)
        assert b"with ESMTPS id" in content


async def test_with_the_gateway_before_its_queue(tmp_path: Path) -> None:
    taker = Taker()
    async with relay_of(taker) as sink, postfix(sink) as peer:
        proxied = 'proxies = ["127.0.0.1/32"]'
        listen = str(peer.gateway)
        async with gateway_before(peer.relay, tmp_path / "gateway", listen=listen, smtp=proxied):
            assert (await asyncio.to_thread(send, peer.before.host, peer.before.port, CLEAN, CLEAN_TO))[
                0
            ] == 250
            (content,) = await arrived(taker, 1)
            assert below_traces(content) == CLEAN
            code, text = await asyncio.to_thread(send, peer.before.host, peer.before.port, BAD, BAD_TO)
            assert (code, "[subject_name]" in text) == (550, True), "the tutor sees our words"
            code, text = await asyncio.to_thread(send, peer.before.host, peer.before.port, HELD, HELD_TO)
            assert code == 250
            async with asyncio.timeout(60):
                while "Held for review as" not in peer.log():  # noqa: ASYNC110 -- Postfix's log has its own process
                    await asyncio.sleep(0.05)
    assert len(taker.got) >= 1
    assert not any(b"broken-archive" in each.original_content for each in taker.got)


async def test_with_the_gateway_behind_its_queue(tmp_path: Path) -> None:
    taker = Taker()
    async with relay_of(taker) as sink, postfix(sink) as peer:
        proxied = 'proxies = ["127.0.0.1/32"]'
        listen = str(peer.gateway)
        async with gateway_before(peer.relay, tmp_path / "gateway", listen=listen, smtp=proxied):
            assert (await asyncio.to_thread(send, peer.after.host, peer.after.port, CLEAN, CLEAN_TO))[
                0
            ] == 250
            (content,) = await arrived(taker, 1)
            assert below_traces(content) == CLEAN
            assert (await asyncio.to_thread(send, peer.after.host, peer.after.port, BAD, BAD_TO))[0] == 250
            # Postfix's bounce with the gateway's words, and the gateway's own explanation, in either order.
            assert await arrived_with(taker, b"[subject_name]"), "the tutor gets our words from Postfix"
