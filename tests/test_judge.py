"""Putting a message right: what leaves is what was judged."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.compose import Lookups
from gateway.judge import Rules, judge, repair
from gateway.keys.certificates import der
from gateway.mail.address import canonical
from gateway.mail.document import Document, Passage, Signal
from gateway.mail.document import Protection as State
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.mail.public import public
from gateway.policy.chain import Chain, Step
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Finding, Protect
from gateway.policy.verdict import Action, Judged, Policy, Verdict
from gateway.register.model import People
from gateway.register.register import Agency, Register
from gateway.remedy.protection import Key, Protection
from tests.keys.make import certificate
from tests.remedy.test_share import ANA, BEN, CLEO, SECRET, message, reached


class Family(Lookups):
    """Some recipients have agreed a secret; every message that is judged is noted."""

    def __init__(self, *families: str) -> None:
        super().__init__(documents=None)
        self.families = families
        self.keys: dict[str, Key] = {}
        self.judged: list[bytes] = []

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:
        self.judged.append(message.raw)
        return Facts()

    async def protection(self, addresses: tuple[str, ...], register: Register, at: datetime) -> Protection:
        return Protection(
            words=8,
            family={each.lower(): SECRET for each in addresses if each in self.families},
            keys=self.keys,
        )


async def put_right(lookups: Family):
    sent = message("report.pdf")
    finding = Finding(
        rule="r", summary=public("x"), suggestion="", remedy=Protect((sent.attachments[0].path,))
    )
    verdict = Verdict(Action.ENCRYPT, (Judged(finding, Action.ENCRYPT, "enforce", ()),))
    done = await repair(
        sent, verdict, Rules(Policy("p", "1", {}), Chain(())), Register(People(), Agency()), lookups
    )
    assert done is not None
    return done


def file_in(raw: bytes) -> bytes:
    """The encrypted file, whose salt makes no two encryptions alike."""
    found = [part for part in Message.parse(raw, message().envelope).parts if part.is_attachment]
    return found[0].content


async def test_with_no_family_the_very_message_that_was_judged_leaves():
    lookups = Family()
    done = await put_right(lookups)
    assert [each.raw for each in done.outgoing] == lookups.judged
    assert done.passphrase
    assert len(done.passphrase.split("-")) == 8


async def test_nothing_is_locked_to_be_judged_where_everybody_has_a_key():
    lookups = Family()
    lookups.keys = {canonical(each): Key("smime", der(certificate("rsa", each))) for each in (ANA, BEN, CLEO)}
    done = await put_right(lookups)
    assert reached(done) == [(ANA,), (BEN,), (CLEO,)]
    assert [each.way for each in done.readers] == ["key"] * 3
    assert (done.passphrase, done.files, done.pickups) == (None, (), ())
    (judged,) = lookups.judged
    assert b"attachment-1.txt" in judged


async def test_locked_files_are_judged_where_a_key_turns_out_not_to_work():
    lookups = Family()
    lookups.keys = {canonical(each): Key("smime", der(certificate("rsa", each))) for each in (ANA, BEN)}
    lookups.keys[canonical(CLEO)] = Key("smime", b"no certificate")
    done = await put_right(lookups)
    assert reached(done) == [(ANA,), (BEN,), (CLEO,)]
    assert done.passphrase
    assert done.pickups == ()
    assert file_in(done.outgoing[-1].raw) == file_in(lookups.judged[-1])


async def test_a_file_is_encrypted_once_for_each_way_of_opening_it():
    lookups = Family(ANA)
    done = await put_right(lookups)
    assert sorted(reached(done)) == [(ANA,), (BEN, CLEO)]
    own = next(each for each in done.outgoing if each.recipients[0].address == ANA)
    (judged,) = lookups.judged
    assert file_in(own.raw) == file_in(judged)


async def test_where_all_are_one_family_the_message_that_was_judged_leaves_and_nobody_needs_a_passphrase():
    lookups = Family(ANA, BEN, CLEO)
    done = await put_right(lookups)
    assert [each.raw for each in done.outgoing] == lookups.judged
    assert done.passphrase is None


@pytest.mark.parametrize(
    ("header", "elsewhere"),
    [
        ("Subject: Thursday's lesson", False),
        ("Subject: " + "a1" * 4_000, True),  # each letter and digit is a word
        ("Subject: " + "\r\n ".join(["a1" * 100] * 4), True),
        ("Keywords: " + "a1" * 400, True),
        ('Subject: x\r\nContent-Disposition: attachment; filename="plan.pdf"', False),
        (f'Subject: x\r\nContent-Disposition: attachment; filename="{"a1" * 400}.pdf"', True),
    ],
)
async def test_what_may_hold_many_names_is_judged_off_the_event_loop(header: str, elsewhere: bool):
    assert await judged_elsewhere(header, Family()) == elsewhere


async def judged_elsewhere(header: str, lookups: Lookups) -> bool:
    """Whether a message with that field was judged on another thread than this one."""
    seen: list[int] = []

    def inspect(*_: object) -> Iterator[Finding]:
        seen.append(threading.get_ident())
        return iter(())

    rules = Rules(Policy("p", "1", {}), Chain((Step(Filter("r", RuleSettings, inspect), RuleSettings()),)))
    envelope = Envelope(
        mail_from="tom@agency.example",
        recipients=(Recipient("office@partner.example"),),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    raw = f"From: tom@agency.example\r\n{header}\r\n\r\nHello.\r\n".encode()
    await judge(envelope, raw, rules, Register(People(), Agency()), lookups)
    (where,) = seen
    return where != threading.get_ident()


class Read(Family):
    """Files with so much text are attached to every message."""

    def __init__(self, *documents: Document) -> None:
        super().__init__()
        self.documents = documents

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:
        return Facts(documents={str(number): each for number, each in enumerate(self.documents)})


def document(length: int, kind: str = "", protection: State = "readable") -> Document:
    signals = (Signal(0, 0, 4, kind, 1),) if kind else ()
    passages = (Passage("page 1", "word " * (length // 5)),)
    return Document(
        media_type="text/plain",
        digest="",
        size=length,
        protection=protection,
        passages=passages,
        signals=signals,
    )


LOCKED = document(0, protection="protected")


@pytest.mark.parametrize(
    ("documents", "elsewhere"),
    [
        ((document(100_000),), False),  # a worksheet, at whose text rules hardly look
        ((document(100_000, "lesson"),), False),
        ((document(200_000),), True),
        ((document(3_000, "health"),), False),
        ((document(20_000, "health"),), True),  # it is weighed, sentence by sentence, and searched for names
        ((document(100_000), LOCKED), True),  # and this for a password
    ],
)
async def test_files_are_judged_on_the_spot_where_rules_pass_over_their_text(
    documents: tuple[Document, ...], elsewhere: bool
):
    assert await judged_elsewhere("Subject: x", Read(*documents)) == elsewhere
