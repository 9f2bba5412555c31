"""Real and malformed mail through the running gateway: none crashes it, none is lost, none is altered."""

import asyncio
import re
import smtplib

from tests.end_to_end.conftest import MOTHER, TUTOR

# Refused for what it is, held, or handed on: anything else would be trouble of our own.
_ORDERLY = re.compile(r"250 2\.0\.0 (Ok: taken|Held for review as)|550 5\.[67]\.|554 5\.[46]\.")


def send_all(at, mails):
    """Submit all over one connection after another; returns one reply for each."""
    replies = []
    for raw in mails:
        with smtplib.SMTP(at.host, at.port, timeout=250) as client:
            client.ehlo("corpus.example")
            client.mail(TUTOR, ["SMTPUTF8", "BODY=8BITMIME"])
            client.rcpt(MOTHER)
            client.putcmd("data")
            assert client.getreply()[0] == 354
            client.send(smtplib._quote_periods(raw) + b".\r\n")
            code, text = client.getreply()
            replies.append(f"{code} {text.decode('ascii')}")
    return replies


async def test_every_mail_of_the_corpora_is_handed_on_whole_held_or_refused(start, shared):
    files = sorted(
        file for file in (shared / "mail").rglob("*") if file.is_file() and file.stat().st_size < 2_000_000
    )
    mails = []
    for file in files:
        raw = file.read_bytes()
        raw = raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")
        mails.append(raw if raw.endswith(b"\r\n") else raw + b"\r\n")
    assert len(mails) > 900
    async with start() as line:
        replies = await asyncio.to_thread(send_all, line.at, mails)
        wrong = [
            (file.name, reply)
            for file, reply in zip(files, replies, strict=True)
            if not _ORDERLY.match(reply)
        ]
        assert wrong == []
        arrived = {each.raw for each in line.relay.arrived if each.mail_from == TUTOR}
    bodies = {raw.split(b"\r\n\tby ", 1)[-1].split(b"\r\n", 2)[-1] for raw in arrived}
    for raw, reply in zip(mails, replies, strict=True):
        blind = re.search(rb"(?im)^(resent-)?bcc[ \t]*:", raw.split(b"\r\n\r\n")[0])
        if reply.startswith("250 2.0.0 Ok") and not blind:
            assert any(body.endswith(raw) for body in ([raw] if raw in bodies else arrived))
