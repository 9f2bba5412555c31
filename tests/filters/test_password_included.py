"""A password in the message that carries the protected file; and mail that merely speaks of passwords."""

import base64
import quopri
from datetime import UTC, datetime

import pytest

from filters.password_included import FILTER
from gateway.mail.document import Document
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.register.model import People
from gateway.register.register import Agency, Register
from gateway.remedy.passphrase import new_passphrase

REGISTER = Register(People(), Agency(domains=("agency.example",)))
LOCKED = Document(media_type="application/pdf", digest="", size=1, protection="protected", grade="strong")
OPEN = Document(media_type="application/pdf", digest="", size=1, protection="readable")


def found(text, to="ana@family.example", document=LOCKED, kind="plain"):
    raw = (
        "From: tom@agency.example\r\nSubject: Report\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n{text}"
        "\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nX\r\n--b--\r\n"
    ).encode()
    envelope = Envelope(
        mail_from="tom@agency.example",
        recipients=(Recipient(to),),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    message = Message.parse(raw, envelope).with_facts(Facts(documents={"2": document}))
    return list(FILTER.inspect(message, REGISTER, FILTER.settings()))


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("Dear Ana,\n\nthe report is attached. Password: Heron42!\n\nTom", "Heron42!"),
        ("The password is heron.", "heron."),
        ("The password for the attached file is kingfisher\nTom", "kingfisher"),
        ("PW = x7Gq-22", "x7Gq-22"),
        ('You will need the passphrase "correct horse battery" for it.', "correct horse battery"),
        ("The passphrase is “correct horse battery”.", "correct horse battery"),
        ("PIN: 4821", "4821"),
        ("The PIN is 4821.", "4821."),
        ("Please use Heron42 to open the document.", "Heron42"),
        ("It opens with 'Heron42'.", "Heron42"),
        ("Y cyfrinair yw Crëyr42.", "Crëyr42."),
        ("Passcode - Heron42", "Heron42"),
    ],
)
def test_a_password_that_is_given_is_found(text, password):
    (finding,) = found(text)
    evidence = finding.evidence[0]
    assert evidence.quote[evidence.start : evidence.end] == password


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_passphrase_of_ours_is_found_in_a_message_that_follows_the_file(kind):
    made = new_passphrase()
    (finding,) = found(f"Dear Ana, here it is: <b>{made}</b>. Tom", document=OPEN, kind=kind)
    evidence = finding.evidence[0]
    assert evidence.quote[evidence.start : evidence.end] == made


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("base64", base64.encodebytes),
        ("quoted-printable", lambda text: quopri.encodestring(b"\xc3\xa9" + b"x" * 50 + b" " + text)),
        ("quoted-printable", lambda text: text.replace(b"-", b"=2D")),
        ("quoted-printable", lambda text: "".join(f"={octet:02X}" for octet in text).encode()),
        ("quoted-printable", lambda text: text.replace(b"-", b"-=\r\n")),
        ("8bit", bytes),
    ],
)
def test_it_is_found_however_the_text_is_transferred(encoding, encode):
    body = encode(f"It is {new_passphrase()} for you.".encode()).decode("ascii")
    assert found(body, document=OPEN, kind=f"plain\r\nContent-Transfer-Encoding: {encoding}\r\nX-Y: a")


@pytest.mark.parametrize(
    "text",
    [
        "https://blog.example/how-best-they-learn-about-poems",
        "see poems.example/why-the-cat-sat-there-again",
        "an up-to-date, state-of-the-art, one-for-all-the-family day",
        "x-how-best-they-learn-about-poems",
        "how-best-they-learn-about-poems-today",
    ],
)
def test_what_only_has_hyphens_is_no_passphrase(text):
    assert not found(f"Dear Ana, {text} Tom", document=OPEN)


def test_markup_between_word_and_password_hides_nothing():
    assert found("<p>The password: <b>Heron42</b></p>", kind="html")


@pytest.mark.parametrize(
    "text",
    [
        "The report is attached. The password follows by telephone.",
        "I will send the password by text message.",
        "The password is sent to your phone by text.",
        "The password is the one we agreed on at the parents' evening.",
        "Password: will follow by text.",
        "The file is password protected. Please ring me for the password.",
        "The document is password-protected; the password is your usual one.",
        "Please use the password I gave you to open the file.",
        "Please ring the office, who will tell you the password - they are in until five.",
        "Join the lesson on Zoom: https://zoom.example/j/123 Meeting ID 123 4567 Passcode: 998877",
        "The wifi password at the library is Books4All.",
        "If the password is incorrect, write to me.",
        "Your password is case sensitive.",
        "> The password is Heron42.\r\nThank you, it opened.",
        "We pin our hopes on Saturday. Open the file with any PDF program.",
    ],
)
def test_mail_that_speaks_of_a_password_gives_none(text):
    assert found(text) == []


def test_without_a_protected_file_there_is_nothing_to_open():
    assert found("Password: Heron42!", document=OPEN) == []


def test_inside_the_agency_it_goes_to_nobody_else():
    assert found("Password: Heron42!", to="dsl@agency.example") == []
