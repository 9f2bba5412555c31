"""Names that are ordinary words, written in small letters: found where only a person can be meant, not elsewhere."""

from datetime import UTC, datetime

import pytest

from filters.subject_name import FILTER
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.register.model import Carer, People, Pupil
from gateway.register.register import Agency, Register

WORDS = (
    ("Hope", "Dale"),
    ("Joy", "Ford"),
    ("Faith", "Kerr"),
    ("Mark", "Reading"),
    ("Sunny", "Rao"),
    ("Frank", "Moss"),
    ("William", "Reading"),
)
PEOPLE = People(
    pupils=(
        Pupil(id="p1", given_name="Grace", family_name="Hill", household="h1", carers=("c1",)),
        Pupil(id="p2", given_name="Will", family_name="Marsh", household="h2", carers=("c2",)),
        Pupil(id="p3", given_name="May", family_name="Lee", household="h3", carers=("c3",)),
        *(
            Pupil(id=given, given_name=given, family_name=family, household=given, carers=(f"carer-{given}",))
            for given, family in WORDS
        ),
    ),
    carers=(
        Carer(id="c1", given_name="Ana", emails=("grace-mum@family.example",), household="h1"),
        Carer(id="c2", given_name="Ben", emails=("will-mum@family.example",), household="h2"),
        Carer(id="c3", given_name="Cai", emails=("may-mum@family.example",), household="h3"),
        *(
            Carer(
                id=f"carer-{given}",
                given_name="Dee",
                emails=(f"{given.lower()}-mum@family.example",),
                household=given,
            )
            for given, _ in WORDS
        ),
    ),
)
REGISTER = Register(PEOPLE, Agency(domains=("a.example",)))


def is_found(subject, to):
    raw = f"From: tom@a.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nHello\r\n"
    envelope = Envelope(
        mail_from="tom@a.example",
        recipients=(Recipient(to),),
        received_at=datetime(2026, 10, 12, tzinfo=UTC),
    )
    return bool(list(FILTER.inspect(Message.parse(raw.encode(), envelope), REGISTER, FILTER.settings())))


@pytest.mark.parametrize(
    ("subject", "to"),
    [
        ("grace hill report", "office@council.example"),
        ("homework of will marsh", "will-mum@family.example"),
        ("grace report", "grace-mum@family.example"),
        ("report on grace", "grace-mum@family.example"),
        ("ehcp meeting for grace", "grace-mum@family.example"),
        ("lesson with hope on monday", "hope-mum@family.example"),
        ("re: faith timetable", "faith-mum@family.example"),
        ("mark reading homework", "mark-mum@family.example"),
    ],
)
def test_a_name_in_small_letters_counts_where_only_a_person_is_meant(subject, to):
    assert is_found(subject, to)


@pytest.mark.parametrize(
    ("subject", "to"),
    [
        ("grace period for the invoice", "grace-mum@family.example"),
        ("fall from grace in act two", "office@council.example"),
        ("report on grace", "office@council.example"),
        ("will marsh plants survive", "office@council.example"),
        ("will lessons go on", "will-mum@family.example"),
        ("may lessons", "may-mum@family.example"),
        ("lesson with lee, may half term", "office@council.example"),
        ("Starting the new term with hope", "hope-mum@family.example"),
        ("Poem about hope", "hope-mum@family.example"),
        ("report on hope in the play", "hope-mum@family.example"),
        ("hope lessons go well", "hope-mum@family.example"),
        ("sending hope to all", "hope-mum@family.example"),
        ("Losing with grace", "grace-mum@family.example"),
        ("Essay about joy", "joy-mum@family.example"),
        ("lesson on joy", "joy-mum@family.example"),
        ("Religious studies: essay on faith", "faith-mum@family.example"),
        ("Discussion about will", "will-mum@family.example"),
        ("mark reading homework", "office@council.example"),
        ("I will mark reading test on Monday", "office@council.example"),
        ("Who will mark reading homework", "office@council.example"),
        ("They will reading report", "office@council.example"),
        ("sunny timetable", "sunny-mum@family.example"),
        ("frank feedback", "frank-mum@family.example"),
    ],
)
def test_the_word_stays_a_word_elsewhere(subject, to):
    assert not is_found(subject, to)
