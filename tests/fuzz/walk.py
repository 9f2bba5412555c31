"""
What a message may be: any octets, read, judged by every rule, repaired, and told of.

Nothing but a verdict comes of it, in bounded time; what a remedy makes of it can be read again.
"""

import random
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from gateway.compose import build_rules
from gateway.intake.importing import read_register
from gateway.judge import Rules, judge, repair
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.notices.notices import Mails
from gateway.register.register import Register
from gateway.remedy.protection import Protection
from gateway.sections import Settings
from gateway.settings import config_folder, read_settings

_LONGEST = 10.0  # seconds of processor time, which a machine that is busy otherwise does not stretch
_SEEDS = sorted((config_folder() / "demo" / "mail").glob("*.eml")) + sorted(
    (Path(__file__).parent.parent / "cases" / "headers" / "eml").glob("*.eml")
)
_WORDS = (
    b"\r\n", b"\n", b"\r", b"\0", b"\r\n\r\n", b"\r\n ", b"--", b'"', b"<", b">", b"(", b")", b"\\", b";", b"=", b":", b",", b"@",
    b"=?utf-8?Q?", b"=?utf-8?B?", b"?=", b"=?utf-7?Q?+AGE-?=", b"=E9", b"=\r\n", b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b"&#0;",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"Content-Type: text/html\r\n",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"charset=utf-7", b"charset=hz",
    b"filename*0*=utf-8''a%00", b"name*1=b", b"Subject: ", b"To: ", b"From: ", b"Bcc: x@y.example\r\n", b"begin 644 a\r\n",
    b"<script>", b"<!--", b"</", b"<style>", b"<plaintext>", b"--b\r\n", b"--b--\r\n",
)  # fmt: skip


@cache
def _seed(index: int) -> bytes:
    return _SEEDS[index].read_bytes()


def _mutated(index: int, number: int, times: int) -> bytes:
    """A message with so many changes, all of them decided by *number*."""
    chance = random.Random(number)
    octets = bytearray(_seed(index))
    for _ in range(times):
        start = chance.randrange(len(octets) + 1)
        end = min(len(octets), start + chance.choice((0, 1, 3, 20, 300)))
        kind = chance.randrange(6)
        if kind == 0:
            del octets[start:end]
        elif kind == 1:
            octets[start:start] = chance.choice(_WORDS)
        elif kind == 2:
            octets[start:end] = chance.choice(_WORDS)
        elif kind == 3:
            octets[start:start] = octets[start:end] * chance.choice((1, 2, 50))
        elif kind == 4:
            other = _seed(chance.randrange(len(_SEEDS)))
            begin = chance.randrange(len(other) + 1)
            octets[start:end] = other[begin : begin + chance.choice((10, 200, 2_000))]
        elif start < len(octets):
            octets[start] ^= 1 << chance.randrange(8)
    return bytes(octets)


MESSAGES = st.one_of(
    st.builds(_mutated, st.integers(0, len(_SEEDS) - 1), st.integers(0, 2**32), st.integers(1, 12)),
    st.lists(st.one_of(st.sampled_from(_WORDS), st.binary(max_size=30)), max_size=40).map(b"".join),
)


@cache
def _agency() -> tuple[Settings, Rules, Register, Mails]:
    settings = read_settings(config_folder() / "demo" / "chaperone.toml")
    assert settings.register.source is not None
    people = read_register(
        settings.register.source, settings, today=datetime(2026, 10, 12, tzinfo=UTC).date()
    )
    mails = Mails(settings, lambda text: f"{len(text):032x}")
    return settings, build_rules(settings), Register(people.people, settings.agency), mails


class _Nothing:
    """Looks nothing up: attachments count as not read."""

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:
        return Facts()

    async def protection(self, addresses: tuple[str, ...], register: Register, at: datetime) -> Protection:
        return Protection()


async def walk(raw: bytes) -> None:
    """Judge one message, and do with it all that the gateway does."""
    _, rules, register, mails = _agency()
    envelope = Envelope(
        mail_from="tom.reed@larkfield-tutors.example",
        recipients=(Recipient("ana.marsh@family.example"),),
        received_at=datetime(2026, 10, 12, 16, 20, tzinfo=UTC),
        queue_id="Q7F3K-9WDTB",
    )
    before = time.process_time()
    message, verdict = await judge(envelope, raw, rules, register, _Nothing())
    reply = mails.reply(verdict, envelope, "Q7F3K-9WDTB")
    assert all(len(line) <= 510 for line in reply.wire().split("\r\n"))
    mails.explanation(message, envelope, verdict)
    if message is not None and verdict.decisive:
        repaired = await repair(message, verdict, rules, register, _Nothing(), agreed=True)
        for each in repaired.outgoing if repaired else ():
            Message.parse(each.raw, envelope)
    assert time.process_time() - before < _LONGEST
