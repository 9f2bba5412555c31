"""Recipients of one message who open it in different ways, and the part that says how."""

from email import message_from_bytes
from email.policy import default

import msgspec
import pytest

from gateway.mail.envelope import Recipient
from gateway.mail.message import Message
from gateway.policy.finding import Protect
from gateway.remedy.apply import apply
from gateway.remedy.protection import Key, Protection
from tests.mail_programs import PROGRAMS, File, Letter, envelope_of
from tests.remedy.test_protect import FILES

ANA, BEN, CLEO = "ana@family.example", "ben@other.example", "Cleo@Third.example"
SECRET = "heron-quarry-lantern"


def message(*names: str, program: str = "thunderbird") -> Message:
    made = Letter(files=tuple(File(name, FILES[name]) for name in names or ("report.pdf",)))
    envelope = msgspec.structs.replace(envelope_of(made), recipients=tuple(map(Recipient, (ANA, BEN, CLEO))))
    return Message.parse(PROGRAMS[program](made), envelope)


def repaired(sent: Message, protection: Protection = Protection()):
    return apply(sent, [Protect(tuple(part.path for part in sent.attachments))], protection)


def reached(done):
    return [tuple(each.address for each in outgoing.recipients) for outgoing in done.outgoing]


def said(raw: bytes) -> str:
    parts = list(message_from_bytes(raw, policy=default).walk())
    (opening,) = (each for each in parts if each.get_filename() == "how-to-open.txt")
    return " ".join(opening.get_content().split())


def test_without_secrets_everybody_gets_one_message_and_one_new_passphrase():
    done = repaired(message())
    assert reached(done) == [(ANA, BEN, CLEO)]
    assert done.passphrase
    assert {each.way for each in done.readers} == {"tutor"}


def test_a_passphrase_has_as_many_words_as_configured():
    assert len(repaired(message(), Protection(words=8)).passphrase.split("-")) == 8


def test_a_family_with_a_secret_of_its_own_gets_a_message_of_its_own():
    done = repaired(message(), Protection(family={ANA: SECRET}))
    assert sorted(reached(done)) == [(ANA,), (BEN, CLEO)]
    assert {each.address: each.way for each in done.readers} == {ANA: "family", BEN: "tutor", CLEO: "tutor"}
    assert done.passphrase
    own = next(each for each in done.outgoing if each.recipients[0].address == ANA)
    assert "your family agreed with us" in said(own.raw)
    assert SECRET not in said(own.raw)


def test_where_everybody_has_a_secret_there_is_no_new_passphrase():
    done = repaired(message(), Protection(family={ANA: SECRET, BEN: SECRET, CLEO.lower(): SECRET}))
    assert reached(done) == [(ANA, BEN, CLEO)]
    assert done.passphrase is None


def test_a_key_that_does_not_work_silences_nobody():
    done = repaired(message(), Protection(keys={ANA: Key("openpgp", b"no key"), BEN: Key("smime", b"none")}))
    assert reached(done) == [(ANA, BEN, CLEO)]
    assert {each.way for each in done.readers} == {"tutor"}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("names", [("report.pdf",), ("notes.txt", "photo.jpg")])
def test_the_recipient_reads_how_each_file_opens(program, names):
    sent = message(*names, program=program)
    done = repaired(sent)
    (outgoing,) = done.outgoing
    text = said(outgoing.raw)
    for file in done.files:
        assert file.name in text
        assert file.how in text
    assert done.passphrase not in outgoing.raw.decode("latin-1")
    again = Message.parse(outgoing.raw, sent.envelope)
    assert not again.defects
    assert [part.content for part in again.bodies][: len(sent.bodies)] == [
        part.content for part in sent.bodies
    ]
    assert again.subject == sent.subject


def test_beside_the_files_and_that_part_every_byte_stays():
    sent = message("notes.txt", program="thunderbird")
    (outgoing,) = repaired(sent).outgoing
    (part,) = sent.attachments
    start, end = part.start, sent.raw[part.end :]
    assert outgoing.raw[:start] == sent.raw[:start]
    assert outgoing.raw.endswith(end)


def test_a_message_that_is_nothing_but_a_file_becomes_one_of_two_parts():
    head = b"From: tom@a.example\r\nTo: ana@family.example\r\nSubject: plan\r\nX-Own: kept\r\n"
    raw = (
        head
        + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + FILES["report.pdf"]
    )
    sent = Message.parse(raw, message().envelope)
    (outgoing,) = apply(sent, [Protect(("",))]).outgoing
    assert outgoing.raw.startswith(head)
    parsed = message_from_bytes(outgoing.raw, policy=default)
    assert [each.get_filename() for each in parsed.iter_parts()] == ["attachment-1.pdf", "how-to-open.txt"]
    assert parsed["mime-version"] == "1.0"
    assert not parsed.defects
