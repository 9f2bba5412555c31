"""What the rule fires for; the reading and the weighing have tests of their own."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filters.unprotected_attachment import FILTER, Settings
from gateway.documents.read import read_document
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.policy.finding import Finding, Protect
from gateway.register.model import People, Pupil
from gateway.register.register import Agency, Register
from gateway.remedy.protect import protect
from gateway.sensitivity.vocabulary import Vocabulary, read_words

_WORDS = Path(__file__).parents[2] / "config" / "words" / "special_category.toml"
VOCABULARY = Vocabulary(read_words(tomllib.loads(_WORDS.read_text("utf-8"))))
PUPIL = Pupil(id="p1", given_name="Nadia", family_name="Ferris")
REGISTER = Register(People(pupils=(PUPIL,)), Agency(domains=("agency.example",)))
LETTER = (
    "Re: Nadia Ferris, date of birth 4 May 2012\r\n"
    "Diagnosis: focal epilepsy. Under CAMHS since March; medication: lamotrigine 50 mg."
)


def _findings(body: str, to: str = "office@school.example") -> tuple[Message, list[Finding]]:
    raw = (
        "From: tutor@agency.example\r\nSubject: papers\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n{body}\r\n--b--\r\n"
    ).encode()
    envelope = Envelope(
        mail_from="tutor@agency.example",
        recipients=(Recipient(to),),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    message = Message.parse(raw, envelope)
    documents = {part.path: read_document(part.content, vocabulary=VOCABULARY) for part in message.files}
    message = message.with_facts(Facts(documents=documents))
    return message, list(FILTER.inspect(message, REGISTER, Settings()))


def _attached(text: str) -> str:
    return f"Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\n{text}"


def test_a_readable_letter_about_a_pupil_fires_and_names_its_part():
    _, [finding] = _findings(_attached(LETTER))
    assert finding.remedy == Protect(("2",))
    assert finding.about == ("p1",)


def test_one_attachment_and_several_are_told_in_good_english():
    [[one], [two]] = (
        _findings(text)[1]
        for text in (_attached(LETTER), f"{_attached(LETTER)}\r\n--b\r\n{_attached(LETTER)}")
    )
    assert one.summary.startswith("An attachment can be opened by anybody, and holds ")
    assert two.summary.startswith("2 of the attachments can be opened by anybody, and hold ")


@pytest.mark.parametrize(
    ("name", "fires"),
    [("Nadia_Ferris - update.txt", True), ("update.txt", False), ("Year 9 homework.txt", False)],
)
def test_the_name_of_the_file_says_of_whom_it_is(name: str, fires: bool):
    told = "On lamotrigine 50 mg since the diagnosis of focal epilepsy in March."
    body = f'Content-Type: text/plain\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n{told}'
    _, findings = _findings(body)
    assert [each.about for each in findings] == [("p1",)] * fires
    for each in findings:
        assert {place.quote[place.start : place.end] for place in each.evidence} >= {"Nadia Ferris"}


def test_a_letter_to_a_colleague_stays_inside():
    assert _findings(_attached(LETTER), to="dsl@agency.example")[1] == []


def test_the_text_of_a_forwarded_message_counts_and_the_whole_message_is_protected():
    message, [finding] = _findings(
        f"Content-Type: message/rfc822\r\n\r\nFrom: clinic@clinic.example\r\nSubject: letter\r\n\r\n{LETTER}"
    )
    assert finding.remedy == Protect(("2",))
    protected, [file] = protect(message.raw, frozenset({"2"}), "six words")
    assert file.name == "attachment-1.zip"
    assert b"epilepsy" not in protected


def test_a_form_that_denies_everything_is_no_health_data():
    form = "Pupil: Nadia Ferris\r\nAllergies: none\r\nMedical conditions: none\r\nSEN support: no\r\nMedication: n/a"
    assert _findings(_attached(form))[1] == []


def test_an_invoice_with_bank_details_is_no_special_category():
    invoice = (
        "Invoice for Nadia Ferris, three lessons. Sort code 00-00-00, account number 00000000. 120 pounds."
    )
    assert _findings(_attached(invoice))[1] == []
