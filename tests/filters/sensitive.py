"""Messages about an invented pupil, for the rules that weigh what is said."""

from datetime import UTC, datetime

from gateway.documents.read import read_document
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.register.model import Carer, People, Pupil
from gateway.register.register import Agency, Register
from gateway.register.vocabulary import read_toml
from gateway.sensitivity.vocabulary import Vocabulary, read_words

PUPIL = Pupil(id="p1", given_name="Nadia", family_name="Ferris", household="h1")
CARER = Carer(id="c1", given_name="Sol", family_name="Ferris", emails=("sol@family.example",), household="h1")
REGISTER = Register(People(pupils=(PUPIL,), carers=(CARER,)), Agency(domains=("agency.example",)))
WORDS = Vocabulary(read_words(read_toml("special_category")))
LETTER = (
    "Re: Nadia Ferris, date of birth 4 May 2012.\r\n"
    "Diagnosis: focal epilepsy. Under CAMHS since March; medication: lamotrigine 50 mg."
)
LESSON = "Nadia did well on fractions today. Next week: decimals.\r\n"


def message(text: str, *to: str, attached: str | bytes = b"") -> Message:
    """A message with this text and, if there is one, an attached file."""
    file = attached.encode() if isinstance(attached, str) else attached
    raw = (
        b"From: tom@agency.example\r\nSubject: Thursday\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + text.encode() + b"\r\n--b"
    )
    if file:
        raw += (
            b"\r\nContent-Type: application/x; name=a\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            + file
            + b"\r\n--b"
        )
    envelope = Envelope(
        mail_from="tom@agency.example",
        recipients=tuple(map(Recipient, to)),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    parsed = Message.parse(raw + b"--\r\n", envelope)
    documents = {part.path: read_document(part.content, vocabulary=WORDS) for part in parsed.files}
    return parsed.with_facts(Facts(documents=documents))
