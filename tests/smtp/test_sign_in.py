"""Who may submit: trusted networks, and whoever signs in under TLS."""

import ssl
from base64 import b64encode

import pytest
from structlog.testing import capture_logs

from tests.smtp.conftest import Dialogue, Listener


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


RIGHT = b64("\0tom\0correct horse")
WRONG = b64("\0tom\0wrong")


async def secured(stranger: Listener, client_tls: ssl.SSLContext) -> Dialogue:
    client = await stranger.connect()
    await client.say("EHLO client.example")
    await client.start_tls(client_tls)
    await client.say("EHLO client.example")
    return client


async def test_a_stranger_must_sign_in(stranger: Listener) -> None:
    client = await stranger.connect()
    await client.say("EHLO client.example")
    assert (await client.say("MAIL FROM:<tom@agency.example>")).startswith("530 5.7.0")
    assert (await client.say("VRFY ana")).startswith("530 5.7.0")


async def test_not_without_tls(stranger: Listener) -> None:
    client = await stranger.connect()
    assert "AUTH" not in await client.say("EHLO client.example")
    assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith("538 5.7.11")
    assert stranger.people.asked == []


@pytest.mark.parametrize(
    "words",
    [
        [f"AUTH PLAIN {RIGHT}"],
        ["AUTH PLAIN", RIGHT],
        ["auth login", b64("tom"), b64("correct horse")],
        [f"AUTH LOGIN {b64('tom')}", b64("correct horse")],
    ],
    ids=["plain at once", "plain asked", "login", "login with name"],
)
async def test_a_signed_in_tutor_submits(
    stranger: Listener, client_tls: ssl.SSLContext, words: list[str]
) -> None:
    client = await secured(stranger, client_tls)
    *questions, last = [await client.say(each) for each in words]
    assert all(each.startswith("334 ") for each in questions)
    assert last.startswith("235 2.7.0")
    assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith("503")
    await client.begin()
    assert (await client.message(b"Subject: x\r\n\r\nhello")).startswith("250")
    envelope = stranger.inbox.messages[0][0]
    assert (envelope.account, envelope.tls) == ("tom", True)
    assert "with ESMTPSA id" in envelope.trace


async def test_unknown_names_and_wrong_passwords_look_the_same(
    stranger: Listener, client_tls: ssl.SSLContext
) -> None:
    client = await secured(stranger, client_tls)
    wrong = await client.say(f"AUTH PLAIN {WRONG}")
    unknown = await client.say(f"AUTH PLAIN {b64(chr(0) + 'nobody' + chr(0) + 'correct horse')}")
    assert wrong == unknown
    assert wrong.startswith("535 5.7.8")
    assert stranger.people.asked == ["tom", "nobody"]


async def test_five_failures_close_the_connection(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    client = await secured(stranger, client_tls)
    for _ in range(4):
        assert (await client.say(f"AUTH PLAIN {WRONG}")).startswith("535")
    assert (await client.say(f"AUTH PLAIN {WRONG}")).startswith("421 4.7.0")
    assert await client.closed()


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        (["AUTH PLAIN", "*"], "501 5.7.0"),
        (["AUTH PLAIN ????"], "501 5.5.2"),
        (["AUTH PLAIN", "????"], "501 5.5.2"),
        ([f"AUTH PLAIN {b64('no zero bytes')}"], "501 5.5.2"),
        ([f"AUTH PLAIN {b64(chr(0).join(('boss', 'tom', 'correct horse')))}"], "501 5.5.2"),
        (["AUTH CRAM-MD5"], "504 5.5.4"),
        (["AUTH"], "501 5.5.4"),
        (["AUTH PLAIN", "A" * 20_000], "500 5.5.2"),
        (["AUTH PLAIN " + "A" * 12_288], "501 5.5.2"),
        (["AUTH PLAIN ="], "501 5.5.2"),
    ],
)
async def test_broken_exchanges_end_in_a_reply(
    stranger: Listener, client_tls: ssl.SSLContext, words: list[str], reply: str
) -> None:
    client = await secured(stranger, client_tls)
    assert [await client.say(each) for each in words][-1].startswith(reply)
    assert (await client.say("NOOP")).startswith("250")


async def test_not_in_the_middle_of_a_message(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    client = await secured(stranger, client_tls)
    await client.say(f"AUTH PLAIN {RIGHT}")
    await client.say("MAIL FROM:<tom@agency.example>")
    assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith("503")


async def test_accounts_that_cannot_be_asked_are_a_matter_of_time(
    stranger: Listener, client_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("the password was correct horse")

    monkeypatch.setattr(stranger.people, "verify", broken)
    client = await secured(stranger, client_tls)
    reply = await client.say(f"AUTH PLAIN {RIGHT}")
    assert reply.startswith("454 4.7.0")
    assert "horse" not in reply


async def test_no_password_and_no_name_is_logged(stranger: Listener, client_tls: ssl.SSLContext) -> None:
    with capture_logs() as logs:
        client = await secured(stranger, client_tls)
        await client.say(f"AUTH PLAIN {b64(chr(0) + 'tom' + chr(0) + 'hunter2')}")
        await client.say(f"AUTH PLAIN {RIGHT}")
    text = repr(logs)
    for secret in ("hunter2", "correct horse", "tom", RIGHT):
        assert secret not in text
    assert "sign_in_failed" in text
